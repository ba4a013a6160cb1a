using System.Collections.Concurrent;
using HiWay.Domain.Guardian;

namespace HiWay.Infrastructure.Guardian;

/// <summary>What this node remembers of the keys that are in use, each by itself; forgotten when a key is silent for long.</summary>
public sealed class KeyWatches(TimeProvider time)
{
    private const long ForgottenAfterMs = 6 * 60 * 60 * 1000;

    private readonly ConcurrentDictionary<string, KeyWatch> _watches = new(StringComparer.Ordinal);

    internal IEnumerable<KeyWatch> All => _watches.Values;

    /// <summary>Monotonic, so that a clock that is set back frees nothing.</summary>
    public long NowMs => time.GetTimestamp() / (time.TimestampFrequency / 1000);

    /// <param name="keyId">Null for the workspace's playground.</param>
    public KeyWatch Of(string workspaceId, string? keyId) => _watches.TryGetValue(keyId ?? workspaceId, out var known)
        ? known
        : _watches.GetOrAdd(keyId ?? workspaceId, _ => new KeyWatch(workspaceId, keyId));

    internal void Forget()
    {
        var now = NowMs;
        foreach (var (id, watch) in _watches)
        {
            if (now - watch.SeenMs > ForgottenAfterMs && !watch.SuspensionPending)
            {
                _watches.TryRemove(new(id, watch));
            }
        }
    }
}
