using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Credentials;

namespace HiWay.Infrastructure.Guardian;

/// <summary>What this node remembers of the keys that are in use, each by itself; forgotten when a key is silent for long.</summary>
public sealed class KeyWatches(TimeProvider time, MasterKeys keys)
{
    private const long ForgottenAfterMs = 6 * 60 * 60 * 1000;

    private readonly ConcurrentDictionary<string, KeyWatch> _watches = new(StringComparer.Ordinal);

    /// <summary>Prompts are told apart by it; the same on all nodes, which have the same master key.</summary>
    public ulong PromptSeed { get; } = BinaryPrimitives.ReadUInt64LittleEndian(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.Version(keys.Current)!, sizeof(ulong), info: "hiway guardian prompts"u8.ToArray()));

    /// <summary>Other nodes want to hear of keys.</summary>
    internal bool InCompany { get; set; }

    internal IEnumerable<KeyWatch> All => _watches.Values;

    /// <summary>Monotonic, so that a clock that is set back frees nothing.</summary>
    public long NowMs => time.GetTimestamp() / (time.TimestampFrequency / 1000);

    /// <param name="keyId">Null for the workspace's playground.</param>
    public KeyWatch Of(string workspaceId, string? keyId) => _watches.TryGetValue(keyId ?? workspaceId, out var known)
        ? known
        : _watches.GetOrAdd(keyId ?? workspaceId, _ => new KeyWatch(workspaceId, keyId, NowMs) { InCompany = InCompany });

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
