using System.Security.Claims;
using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Accounts;

namespace HiWay.Web.Management;

/// <summary>A management call after admission: who asks, and from where. Handlers take it as a parameter.</summary>
internal sealed class ManagementCall(HttpContext http)
{
    private Actor? _actor;

    public HttpContext Http { get; } = http;

    /// <summary>The member or key acting in the path's workspace.</summary>
    /// <exception cref="InvalidOperationException">The route does not ask for <see cref="Caller.Member"/>.</exception>
    public Actor Actor => _actor ?? throw new InvalidOperationException("This route has no actor; it must ask for Caller.Member.");

    /// <summary>The key that was shown; null for a session.</summary>
    public KeyGrant? Grant { get; private set; }

    /// <summary>The signed-in user; null for keys.</summary>
    public string? UserId { get; private set; }

    public string? IpAddress => Http.Connection.RemoteIpAddress?.ToString();

    /// <summary>This dashboard's own address, without a slash at the end; for links in mails.</summary>
    public string BaseUrl => Http.RequestServices.GetRequiredService<PublicAddress>().For(Http.Request);

    public static ValueTask<ManagementCall?> BindAsync(HttpContext http) => ValueTask.FromResult<ManagementCall?>(Of(http));

    internal static ManagementCall Of(HttpContext http)
    {
        if (http.Features.Get<ManagementCall>() is not { } call)
        {
            http.Features.Set(call = new ManagementCall(http));
        }

        return call;
    }

    internal void Admit(KeyGrant grant) => Grant = grant;

    internal void Admit(ClaimsPrincipal user) => UserId = user.FindFirstValue(ClaimTypes.NameIdentifier);

    internal void Admit(Actor actor) => _actor = actor;
}
