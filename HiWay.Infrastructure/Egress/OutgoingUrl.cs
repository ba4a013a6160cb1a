using System.Diagnostics.CodeAnalysis;
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
        if (!Read(text, out var url))
        {
            return Wrong(param, $"'{param}' must be an absolute http or https URL of at most {MaxLength} characters. Example: https://llm.example.com/v1");
        }

        if (url.UserInfo.Length > 0)
        {
            return Wrong(param, $"'{param}' must not contain a user name or password; the key goes into 'api_key'.");
        }

        if (url.Query.Length > 0 || url.Fragment.Length > 0 || text.Contains('?', StringComparison.Ordinal) || text.Contains('#', StringComparison.Ordinal))
        {
            return Wrong(param, $"'{param}' must not have a query or a fragment; paths are appended to it.");
        }

        return Private(url, param, options) is { } refusal ? refusal
            : url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;
    }

    /// <summary>An address that messages are posted to: absolute, with a query where it has one; https unless the operator allows private networks.</summary>
    /// <param name="param">The field that the address came in.</param>
    public static Outcome<Uri> CheckTarget(string text, string param, EgressOptions options)
    {
        if (!Read(text, out var url))
        {
            return Wrong(param, $"'{param}' must be an absolute https URL of at most {MaxLength} characters. Example: https://example.com/hooks/hiway");
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            return Wrong(param, $"'{param}' must have neither a user name nor a password nor a fragment.");
        }

        return Private(url, param, options) is { } refusal ? refusal
            : url.Scheme != Uri.UriSchemeHttps && !options.AllowPrivateNetworks ? Wrong(param, $"'{param}' must begin with https://, so that nobody on the way can read or change what is sent.")
            : url;
    }

    private static bool Read(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out url) && text.Length <= MaxLength && url.Scheme is "http" or "https" && url.Host.Length > 0;

    /// <summary>Names are resolved at each connection; what is wrong without asking anybody is said at once.</summary>
    private static Refusal? Private(Uri url, string param, EgressOptions options)
    {
        var isPrivate = url.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && !PublicAddress.Is(address));
        return isPrivate && !options.AllowPrivateNetworks
            ? Wrong(param, $"'{param}' leads to a private or reserved address, which this installation does not call. The operator can allow it with Egress:AllowPrivateNetworks.")
            : null;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
