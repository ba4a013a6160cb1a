namespace HiWay.Infrastructure.Accounts;

/// <summary>Section <c>Signup</c>.</summary>
public sealed class SignupOptions
{
    /// <summary>Whether people may make accounts by themselves. Closed, only an invitation lets somebody in.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Accounts that one address may make in an hour; the next one gets 429.</summary>
    public int MaxPerIpPerHour { get; set; } = 60;
}
