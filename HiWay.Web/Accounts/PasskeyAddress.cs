using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Accounts;

/// <summary>
/// The address that passkeys belong to. A browser hands a passkey only to the domain that it was made for, so HiWay has to know how browsers
/// reach it: by the setting <c>PublicUrl</c>, else by the host that the request names.
/// </summary>
public sealed class PasskeyAddress(IConfiguration configuration) : IConfigureOptions<IdentityPasskeyOptions>
{
    private readonly Uri? _public = Uri.TryCreate(configuration["PublicUrl"], UriKind.Absolute, out var url) ? url : null;

    public void Configure(IdentityPasskeyOptions options)
    {
        options.ServerDomain = _public?.IdnHost;   // null takes the request's
        options.UserVerificationRequirement = "required";   // device and fingerprint or PIN: both factors in one, see SignIn.WithPasskeyAsync
        options.ResidentKeyRequirement = "required";   // found without an address being typed
        options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && IsOurs(context.Origin, context.HttpContext.Request.Host));
    }

    /// <summary>
    /// Whether a page of this origin is a page of this HiWay. The port counts: another program on the same machine shares the domain.
    /// A browser lets only pages with https, or on this machine, use passkeys; the scheme that a request seems to have says nothing behind a proxy.
    /// </summary>
    internal bool IsOurs(string? origin, HostString host)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var page))
        {
            return false;
        }

        if (_public is not null)
        {
            return Uri.Compare(page, _public, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
        }

        return (page.Scheme == Uri.UriSchemeHttps || page.IsLoopback)
            && string.Equals(page.IdnHost, host.Host, StringComparison.OrdinalIgnoreCase)
            && page.Port == (host.Port ?? (page.Scheme == Uri.UriSchemeHttps ? 443 : 80));
    }
}
