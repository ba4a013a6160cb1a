using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Web.Gateway.Limits;

/// <summary>A key's limits as the windows take them.</summary>
internal static class KeyLimits
{
    public static RateLimits Of(WorkspaceKey key) => new(key.Rpm, key.Tpm, key.Rpd, key.Concurrency);
}
