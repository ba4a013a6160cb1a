using System.Globalization;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Limits;

namespace HiWay.Web.Gateway.Wire;

/// <summary>The headers that HiWay adds to answers (api.md section 2).</summary>
internal static class AnswerHeaders
{
    /// <summary>Proxies in front commonly refuse more than 4 or 8 KB of headers in all.</summary>
    private const int MaxHeaderLength = 1024;

    public static void WriteRouting(IHeaderDictionary headers, GatewayCall call)
    {
        if (call.LastAttempt is { } attempt && call.HasRoute)
        {
            headers["X-HiWay-Routed-Model"] = attempt.Deployment.Model.Id;
            headers["X-HiWay-Routed-Tier"] = call.Route.RoutedTier;
        }

        if (call.LastAttempt is { Dropped: { Count: > 0 } dropped })
        {
            headers["X-HiWay-Dropped"] = HeaderText(dropped);
        }

        headers["X-HiWay-Overhead-Ms"] = Math.Round(call.OverheadMs, 3).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A list for one header; what callers name their fields is theirs, so anything but plain ASCII is left as a question mark.</summary>
    private static string HeaderText(List<string> items)
    {
        var text = string.Join(", ", items);
        text = text.Length <= MaxHeaderLength ? text : text[..MaxHeaderLength] + "...";
        return string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
            }
        });
    }

    /// <summary>A 401 names the scheme that would be let in (RFC 9110, section 11.6.1).</summary>
    public static void WriteChallenge(IHeaderDictionary headers, GatewayError error)
    {
        if (error.Kind == GatewayErrorKind.AuthenticationFailed)
        {
            headers.WWWAuthenticate = "Bearer";
        }
    }

    public static void WriteCost(IHeaderDictionary headers, decimal costUsd) =>
        headers["X-HiWay-Cost-USD"] = costUsd.ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>What the key has left this minute, under the names that OpenAI's clients read.</summary>
    public static void WriteLimits(IHeaderDictionary headers, RateAdmission? admission)
    {
        if (admission is not { } known)
        {
            return;
        }

        if (known.State.RequestLimit is { } requests)
        {
            headers["X-RateLimit-Limit-Requests"] = requests.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Remaining-Requests"] = known.State.RequestsLeft.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Reset-Requests"] = Duration(known.State.RequestsResetSeconds);
        }

        if (known.State.TokenLimit is { } tokens)
        {
            headers["X-RateLimit-Limit-Tokens"] = tokens.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Remaining-Tokens"] = known.State.TokensLeft.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Reset-Tokens"] = Duration(known.State.TokensResetSeconds);
        }
    }

    // OpenAI writes durations as 1s, 6m0s.
    private static string Duration(int seconds) => seconds < 60 ? $"{seconds}s" : $"{seconds / 60}m{seconds % 60}s";
}
