using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Keys;

namespace HiWay.Infrastructure.Accounts;

/// <summary>What a program gets that has no browser of its own.</summary>
/// <param name="DeviceCode">The program's secret; it asks with it until a person has decided.</param>
/// <param name="UserCode">What the person types: <c>WDJB-MJHT</c>.</param>
public sealed record DeviceCodes(string DeviceCode, string UserCode, TimeSpan Lifetime, TimeSpan Interval);

/// <summary>What a person is asked to approve.</summary>
public sealed record DeviceRequest(string UserCode, string Client, string? IpAddress, DateTimeOffset CreatedAt);

/// <summary>RFC 8628, section 3.5, and the key where there is one.</summary>
public enum DeviceAnswer
{
    Pending,
    SlowDown,
    Denied,
    Expired,
    Unknown,
    Approved,
}

/// <summary>Keys for programs without a browser: the program shows a code, a person approves it in the dashboard (RFC 8628).</summary>
public interface IDeviceGrants
{
    /// <param name="client">How the program calls itself; at most 80 characters are kept.</param>
    Task<Outcome<DeviceCodes>> StartAsync(string? client, string? ipAddress, CancellationToken cancellationToken);

    /// <summary>The request behind a code that somebody typed, if it still waits.</summary>
    Task<Outcome<DeviceRequest>> FindAsync(string userCode, CancellationToken cancellationToken);

    /// <summary>Lets the program have a key in the actor's workspace. The actor must be a person who may make keys.</summary>
    Task<Outcome<bool>> ApproveAsync(Actor actor, string userCode, CancellationToken cancellationToken);

    Task DenyAsync(string userCode, CancellationToken cancellationToken);

    /// <summary>The program's question. Makes the key at the first question after the approval, and only then.</summary>
    Task<(DeviceAnswer Answer, IssuedKey? Key)> TakeAsync(string deviceCode, CancellationToken cancellationToken);
}
