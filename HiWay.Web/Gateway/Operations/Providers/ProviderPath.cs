using Microsoft.AspNetCore.Http.Features;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>
/// From <c>/v1/providers/{provider}/rest?query</c> to an address below the provider's base URL, or to none: whatever is written there, the
/// call goes to this provider and below this path.
/// </summary>
internal static class ProviderPath
{
    private const string Prefix = "/v1/providers/";

    /// <summary>Deeper than any encoding that a server undoes.</summary>
    private const int DecodingDepth = 5;

    /// <summary>Names under which keys travel in a query; ours must not reach a provider and theirs is set in a header.</summary>
    private static readonly string[] s_credentials = ["key", "api_key", "api-key", "apikey", "access_token", "token"];

    /// <summary>What stands behind the provider as the client wrote it, escapes included; null when the target is no such path.</summary>
    public static (string Below, string Query)? Of(HttpContext http, string slug)
    {
        // The raw target: the server has already undone escapes and dots in the path that routes match on.
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        return path.StartsWith(Prefix + slug, StringComparison.Ordinal) && (path.Length == Prefix.Length + slug.Length || path[Prefix.Length + slug.Length] == '/') && IsPlain(path)
            ? (path[(Prefix.Length + slug.Length)..].TrimStart('/'), query < 0 ? "" : WithoutCredentials(target[query..]))
            : null;
    }

    /// <summary>The upstream address; null when it would lie outside the base URL.</summary>
    public static Uri? Address(Uri baseUrl, string rest, string query)
    {
        // Clients whose base URL has no version write it into each path; ours has one already.
        var version = baseUrl.AbsolutePath.TrimEnd('/');
        version = version[(version.LastIndexOf('/') + 1)..];
        if (version.Length > 1 && version[0] == 'v' && char.IsAsciiDigit(version[1]) && rest.StartsWith(version + "/", StringComparison.Ordinal))
        {
            rest = rest[(version.Length + 1)..];
        }

        return Uri.TryCreate(baseUrl.AbsoluteUri + rest + query, UriKind.Absolute, out var address)
            && address.Scheme == baseUrl.Scheme && address.Host == baseUrl.Host && address.Port == baseUrl.Port && address.UserInfo == baseUrl.UserInfo
            && address.AbsolutePath.StartsWith(baseUrl.AbsolutePath, StringComparison.Ordinal)
                ? address
                : null;
    }

    /// <summary>No segment that climbs, in any encoding; no backslash, no control character.</summary>
    private static bool IsPlain(string path)
    {
        for (var depth = 0; depth < DecodingDepth; depth++)
        {
            if (path.AsSpan().IndexOfAny('\\', '#') >= 0 || path.Any(char.IsControl))
            {
                return false;
            }

            foreach (var segment in path.AsSpan().Split('/'))
            {
                // "..;x" is a climb to servers that cut parameters off.
                var name = path.AsSpan(segment);
                name = name.IndexOf(';') is var end and >= 0 ? name[..end] : name;
                if (name is "." or "..")
                {
                    return false;
                }
            }

            var decoded = Uri.UnescapeDataString(path);
            if (decoded == path)
            {
                return true;
            }

            path = decoded;
        }

        return false;
    }

    private static string WithoutCredentials(string query)
    {
        var kept = query[1..].Split('&').Where(pair =>
        {
            var name = Uri.UnescapeDataString(pair.Split('=')[0].Replace('+', ' '));
            return pair.Length > 0 && !s_credentials.Contains(name, StringComparer.OrdinalIgnoreCase);
        });
        var text = string.Join('&', kept);
        return text.Length == 0 ? "" : "?" + text;
    }
}
