using HiWay.Domain.Ids;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;

namespace HiWay.Tests.Metering;

/// <summary>Usage events as the gateway would write them.</summary>
internal static class SomeUsage
{
    /// <summary>A chat call that took the usual way: six stages, one attempt.</summary>
    public static UsageEvent Chat(
        DateTimeOffset at, string workspaceId = "ws_01JD00000000000000000000WS", string? keyId = "key_01JD0000000000000000000KEY",
        decimal costUsd = 0.001575m, double latencyMs = 812.5)
    {
        var usage = new TokenUsage { Input = 1200, CacheRead = 300, CacheWrite5m = 20, Output = 85, Reasoning = 40 };
        at = DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
        return new UsageEvent
        {
            Id = Ulid.New("req", at),
            CreatedAt = at,
            WorkspaceId = workspaceId,
            KeyId = keyId,
            EndUser = "customer-17",
            Dialect = "openai_chat",
            UpstreamDialect = "openai_chat",
            RequestedModel = "auto",
            Model = "openai/gpt-4o-mini",
            Provider = "openai",
            Tier = "light",
            Status = 200,
            Streamed = true,
            EndReason = EndReason.Completed,
            Usage = usage,
            CostUsd = costUsd,
            BaselineUsd = 0.0185m,
            LatencyMs = latencyMs,
            TtftMs = latencyMs / 4,
            OverheadMs = 0.41,
            Score = 0.27,
            Reason = "Short question without code or tools.",
            Tags = ["support"],
            Attempts =
            [
                new("openai/gpt-4o-mini", "openai", "cred_01JD00000000000000000CRED", 200, null, null, latencyMs - 1, latencyMs / 4, usage, costUsd, false),
            ],
            Stages =
            [
                new("authenticate", "ok", 3), new("guard", "ok", 1), new("choose_chain", "light: openai/gpt-4o-mini", 42),
                new("reserve", "no cap", 0), new("dispatch", "200 from openai", 811_000), new("deliver", "streamed", 1_100),
            ],
        };
    }
}
