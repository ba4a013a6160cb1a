using HiWay.Domain.Guardian;
using HiWay.Domain.Ids;

namespace HiWay.Infrastructure.Guardian;

/// <summary>What is new of one event.</summary>
/// <param name="IsNew">It has not been written yet.</param>
/// <param name="First">The event's first hit.</param>
/// <param name="Last">The newest one.</param>
/// <param name="Hits">Calls that came on top.</param>
internal sealed record EventNews(string Id, bool IsNew, GuardianSeen First, GuardianSeen Last, long Hits)
{
    public GuardianAction Action => First.Hit.Action;

    /// <summary>Filled when it is written.</summary>
    public string? KeyName { get; set; }
}

/// <summary>
/// Joins hits that follow each other into one event: a key that hammers for hours is one line and one alert, not thousands. Used by one
/// thread.
/// </summary>
internal sealed class OpenEvents
{
    /// <summary>After a silence of so long the next hit is a new event.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(10);

    /// <summary>While calls go on, and cost, people hear of it again after so long.</summary>
    private static readonly TimeSpan s_unstopped = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_stopped = TimeSpan.FromHours(24);

    private readonly Dictionary<(KeyWatch Watch, GuardianRule Rule, GuardianAction Action), (string Id, GuardianSeen First, DateTimeOffset LastAt)> _open = [];

    /// <summary>The events that a batch of hits begins or goes on with.</summary>
    public IReadOnlyList<EventNews> Take(IEnumerable<GuardianSeen> batch)
    {
        var news = new Dictionary<string, EventNews>(StringComparer.Ordinal);
        foreach (var seen in batch)
        {
            var key = (seen.Watch, seen.Hit.Rule, seen.Hit.Action);
            var isNew = !_open.TryGetValue(key, out var open) || seen.At - open.LastAt > s_silence
                || seen.At - open.First.At > (Lasts(seen.Hit.Action) ? s_stopped : s_unstopped);
            open = isNew ? (Ulid.New("gev", seen.At), seen, seen.At) : open with { LastAt = seen.At > open.LastAt ? seen.At : open.LastAt };
            _open[key] = open;
            news[open.Id] = news.TryGetValue(open.Id, out var known)
                ? known with { Last = seen, Hits = known.Hits + 1 }
                : new(open.Id, isNew, open.First, seen, 1);
        }

        if (_open.Count > 1_000 && batch.LastOrDefault() is { } newest)
        {
            foreach (var (key, open) in _open)
            {
                if (newest.At - open.LastAt > s_silence)
                {
                    _open.Remove(key);
                }
            }
        }

        return [.. news.Values];
    }

    private static bool Lasts(GuardianAction action) => action is GuardianAction.Block or GuardianAction.Reject or GuardianAction.Suspend;
}
