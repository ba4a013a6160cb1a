using System.Globalization;
using System.Net.Http.Headers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Reads how long an upstream asks to be left alone.</summary>
public static class RetryAfter
{
    /// <summary>From <c>retry-after-ms</c> (OpenAI, Azure) or <c>Retry-After</c> (seconds or a date); null when neither can be read.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Value(headers, "retry-after-ms") is { } ms
            && double.TryParse(ms, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return Bounded(milliseconds / 1000);
        }

        if (Value(headers, "Retry-After") is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return Bounded(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? Bounded((date - now).TotalSeconds)
            : null;
    }

    /// <summary>Google's duration text: <c>34.4s</c>.</summary>
    public static TimeSpan? FromGoogleDuration(string? text) =>
        text is [.. var number, 's'] && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? Bounded(seconds)
            : null;

    /// <summary>At least nothing (a date that has passed), at most a day; not a number is no answer.</summary>
    private static TimeSpan? Bounded(double seconds) =>
        double.IsNaN(seconds) ? null : TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86_400));

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
