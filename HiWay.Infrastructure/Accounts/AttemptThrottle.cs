using System.Collections.Concurrent;

namespace HiWay.Infrastructure.Accounts;

/// <summary>
/// Counts attempts by purpose and network address in fixed windows, in this process. It slows guessing down across accounts;
/// the lock-out of the single account is Identity's and is stored.
/// </summary>
public sealed class AttemptThrottle(TimeProvider clock)
{
    /// <summary>Windows kept before ended ones are thrown out; an attacker with many addresses costs memory, not more.</summary>
    private const int MaxWindows = 50_000;

    private readonly ConcurrentDictionary<(string Purpose, string Address), Window> _windows = new();

    /// <summary>Null when another attempt is allowed now, else how long to wait. Counts nothing.</summary>
    public TimeSpan? WaitFor(string purpose, string? address, int limit)
    {
        var now = clock.GetUtcNow();
        return _windows.TryGetValue((purpose, address ?? ""), out var window) && window.EndsAt > now && window.Count >= limit
            ? window.EndsAt - now
            : null;
    }

    /// <summary>Notes an attempt; the first of a window starts it.</summary>
    public void Count(string purpose, string? address, TimeSpan windowLength)
    {
        var now = clock.GetUtcNow();
        if (_windows.Count > MaxWindows)
        {
            foreach (var (key, window) in _windows)
            {
                if (window.EndsAt <= now)
                {
                    _windows.TryRemove(key, out _);
                }
            }
        }

        _windows.AddOrUpdate(
            (purpose, address ?? ""),
            _ => new Window(now + windowLength, 1),
            (_, window) => window.EndsAt <= now ? new Window(now + windowLength, 1) : window with { Count = window.Count + 1 });
    }

    private sealed record Window(DateTimeOffset EndsAt, int Count);
}
