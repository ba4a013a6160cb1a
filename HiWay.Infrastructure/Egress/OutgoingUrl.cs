using System.Net;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Egress;

/// <summary>Checks an address that a user typed before it is stored. The connection is checked again when it is made.</summary>
public static class OutgoingUrl
{
    public const int MaxLength = 500;

    /// <summary>The address as it is stored: absolute, http or https, ending with a slash.</summary>
    /// <param name="param">The field that the address came in.</param>
    public static Outcome<Uri> CheckBase(string text, string param, EgressOptions options)
    {
        if (text.Length > MaxLength || !Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            return Wrong($"'{param}' must be an absolute http or https URL of at most {MaxLength} characters. Example: https://llm.example.com/v1");
        }

        if (url.UserInfo.Length > 0)
        {
            return Wrong($"'{param}' must not contain a user name or password; the key goes into 'api_key'.");
        }

        if (url.Query.Length > 0 || url.Fragment.Length > 0 || text.Contains('?', StringComparison.Ordinal) || text.Contains('#', StringComparison.Ordinal))
        {
            return Wrong($"'{param}' must not have a query or a fragment; paths are appended to it.");
        }

        // Names are resolved at each connection; what is wrong without asking anybody is said at once.
        var isPrivate = url.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && !PublicAddress.Is(address));
        if (isPrivate && !options.AllowPrivateNetworks)
        {
            return Wrong($"'{param}' leads to a private or reserved address, which this installation does not call. The operator can allow it with Egress:AllowPrivateNetworks.");
        }

        return url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;

        Outcome<Uri> Wrong(string message) => new Refusal(RefusalKind.Invalid, message, param);
    }
}
