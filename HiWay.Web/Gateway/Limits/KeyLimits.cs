using System.Collections.Concurrent;
using HiWay.Domain.Limits;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Web.Gateway.Limits;

/// <summary>What one key has left this minute, for the `X-RateLimit-*` headers. A null limit is unlimited.</summary>
internal readonly record struct LimitState(
    int? RequestLimit, long RequestsLeft, int RequestsResetSeconds, int? TokenLimit, long TokensLeft, int TokensResetSeconds);

/// <summary>Whether a call may pass now.</summary>
/// <param name="RetryAfterSeconds">When refused: until it would pass.</param>
/// <param name="Second">When admitted: where its tokens were counted, for <see cref="KeyLimits.Correct"/>.</param>
internal readonly record struct Admission(bool Admitted, string? Limit, int RetryAfterSeconds, long Second, LimitState State);

/// <summary>Requests and tokens per rolling minute of every key, in this process.</summary>
internal sealed class KeyLimits(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Windows> _windows = new(StringComparer.Ordinal);

    /// <summary>Counts one request and its estimated tokens, or refuses and counts nothing.</summary>
    public Admission Admit(WorkspaceKey key, long estimatedTokens)
    {
        if (key.Rpm is null && key.Tpm is null)
        {
            return new Admission(true, null, 0, 0, default);
        }

        var second = NowSecond();
        var windows = _windows.GetOrAdd(key.Id, static _ => new Windows());
        lock (windows)
        {
            windows.Requests.Advance(second);
            windows.Tokens.Advance(second);
            if (key.Rpm is { } rpm && windows.Requests.Used + 1 > rpm)
            {
                var wait = windows.Requests.SecondsUntilFree(windows.Requests.Used + 1 - rpm);
                return new Admission(false, "rpm", wait, second, windows.State(key));
            }

            if (key.Tpm is { } tpm && windows.Tokens.Used + estimatedTokens > tpm)
            {
                var wait = windows.Tokens.SecondsUntilFree(windows.Tokens.Used + estimatedTokens - tpm);
                return new Admission(false, "tpm", wait, second, windows.State(key));
            }

            windows.Requests.Add(1);
            windows.Tokens.Add(estimatedTokens);
            return new Admission(true, null, 0, second, windows.State(key));
        }
    }

    /// <summary>Replaces the estimate by what was really used, as long as the call's second is still in the window.</summary>
    public void Correct(WorkspaceKey key, long second, long estimatedTokens, long usedTokens)
    {
        if (key.Tpm is null || estimatedTokens == usedTokens || !_windows.TryGetValue(key.Id, out var windows))
        {
            return;
        }

        lock (windows)
        {
            windows.Tokens.Advance(NowSecond());
            windows.Tokens.Correct(second, usedTokens - estimatedTokens);
        }
    }

    // Monotonic, so that a clock that is set back frees nothing.
    private long NowSecond() => time.GetTimestamp() / time.TimestampFrequency;

    private sealed class Windows
    {
        public SlidingWindow Requests { get; } = new();

        public SlidingWindow Tokens { get; } = new();

        public LimitState State(WorkspaceKey key) => new(
            key.Rpm, key.Rpm is { } rpm ? Math.Max(0, rpm - Requests.Used) : 0, Requests.SecondsUntilEmpty(),
            key.Tpm, key.Tpm is { } tpm ? Math.Max(0, tpm - Tokens.Used) : 0, Tokens.SecondsUntilEmpty());
    }
}
