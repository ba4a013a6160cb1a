using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>Which headers go through on the way to a provider and back. The hop's own, credentials and HiWay's stay here.</summary>
internal static class ProviderHeaders
{
    /// <summary>RFC 9110 section 7.6.1, and what frames a message.</summary>
    private static readonly string[] s_hop =
        ["Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "HTTP2-Settings"];

    private static readonly FrozenSet<string> s_notSent = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        [.. s_hop, "Host", "Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Cookie", "Origin", "Referer", "Forwarded", "Via", "X-Real-IP", "Expect", "Accept-Encoding", "X-Request-Id", "Traceparent", "Tracestate",
            "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"]);

    private static readonly FrozenSet<string> s_notReturned = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        [.. s_hop, "Set-Cookie", "Server", "Date", "Alt-Svc", "Strict-Transport-Security", "Via", "X-Request-Id", "Content-Encoding"]);

    public static void Send(IHeaderDictionary from, HttpRequestMessage to)
    {
        var named = from.Connection.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var (name, value) in from)
        {
            if (s_notSent.Contains(name) || name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("X-HiWay-", StringComparison.OrdinalIgnoreCase) || named.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                to.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }
    }

    /// <summary>The provider's own request id comes back under another name; ours finds the call in HiWay.</summary>
    public static void Return(HttpResponseMessage from, IHeaderDictionary to)
    {
        Return(from.Headers, to);
        Return(from.Content.Headers, to);
        if (from.Headers.TryGetValues("x-request-id", out var id))
        {
            to["X-HiWay-Upstream-Request-Id"] = new StringValues([.. id]);
        }
    }

    private static void Return(HttpHeaders from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (!s_notReturned.Contains(name) && !name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
            {
                to[name] = new StringValues([.. values]);
            }
        }
    }
}
