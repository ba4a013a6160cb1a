using System.Collections.Concurrent;

namespace HiWay.Web.Gateway;

/// <summary>Says when something that happens again and again is worth a line in the log: once per subject in a while.</summary>
internal sealed class RareNotices(TimeSpan interval, TimeProvider time)
{
    /// <summary>Callers name the subjects, so there may be any number.</summary>
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<string, long> _next = new(StringComparer.Ordinal);

    /// <summary>True for the first one, and once more when the interval has passed.</summary>
    public bool IsDue(string subject)
    {
        var now = time.GetUtcNow().UtcTicks;
        if (_next.TryGetValue(subject, out var next))
        {
            return now >= next && _next.TryUpdate(subject, now + interval.Ticks, next);
        }

        if (_next.Count >= Most)
        {
            _next.Clear();
        }

        return _next.TryAdd(subject, now + interval.Ticks);
    }
}
