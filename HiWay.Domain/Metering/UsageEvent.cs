using HiWay.Domain.Pricing;

namespace HiWay.Domain.Metering;

/// <summary>One stage of the path with what it decided, as the request page shows it.</summary>
/// <param name="Stage">The stage's name: <c>authenticate</c>, <c>guard</c>, <c>choose_chain</c>.</param>
/// <param name="Verdict">What it decided, in a few words.</param>
/// <param name="Micros">Its own time in microseconds.</param>
public readonly record struct StageRecord(string Stage, string Verdict, long Micros);

/// <summary>One try at one deployment.</summary>
/// <param name="Model">The model's catalogue id.</param>
/// <param name="Status">The upstream's HTTP status; null when there was none.</param>
/// <param name="Failure">The class of failure in snake case; null for the attempt that answered.</param>
/// <param name="Error">The failure in words.</param>
/// <param name="TtftMs">Milliseconds to the first meaningful content, where there was any.</param>
public sealed record AttemptRecord(
    string Model, string Provider, string? CredentialId, int? Status, string? Failure, string? Error,
    double LatencyMs, double? TtftMs, TokenUsage Usage, decimal CostUsd, bool Unpriced);

/// <summary>Everything the books need to know of one finished call. One event, one row, whatever happened.</summary>
public sealed record UsageEvent
{
    /// <summary>The <see cref="Dialect"/> of the short question that HiWay itself asks to test a provider.</summary>
    public const string ProviderTest = "provider_test";

    /// <summary>The request id, <c>req_</c> + ULID; the key of idempotency. Its time is <see cref="CreatedAt"/> to the millisecond.</summary>
    public required string Id { get; init; }

    /// <summary>When the call arrived, UTC, whole milliseconds.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required string WorkspaceId { get; init; }

    /// <summary>Null for the dashboard's playground and for tests of providers.</summary>
    public string? KeyId { get; init; }

    public string? EndUser { get; init; }

    /// <summary>The client's dialect: <c>openai_chat</c>.</summary>
    public required string Dialect { get; init; }

    /// <summary>The dialect of the answering upstream, where one answered.</summary>
    public string? UpstreamDialect { get; init; }

    /// <summary>The model as the caller wrote it; empty when none could be read.</summary>
    public required string RequestedModel { get; init; }

    /// <summary>The catalogue id of the model that answered, or of the last one tried.</summary>
    public string? Model { get; init; }

    public string? Provider { get; init; }

    /// <summary>The routed tier as the API spells it, <c>override</c>, <c>bypass</c> or <c>test</c> included.</summary>
    public string? Tier { get; init; }

    /// <summary>The HTTP status that the client saw.</summary>
    public int Status { get; init; }

    public string? ErrorCode { get; init; }

    public bool Streamed { get; init; }

    public EndReason EndReason { get; init; }

    /// <summary>All attempts together.</summary>
    public TokenUsage Usage { get; init; }

    public decimal CostUsd { get; init; }

    /// <summary>The same tokens on the workspace's flagship model.</summary>
    public decimal BaselineUsd { get; init; }

    /// <summary>
    /// What the provider may bill beyond <see cref="CostUsd"/>, US dollars, of a call whose process was lost: nobody can know how far the
    /// provider went on. In no total; caps keep it set aside.
    /// </summary>
    public decimal OpenUsd { get; init; }

    public bool Unpriced { get; init; }

    /// <summary>Usage was estimated because the upstream gave none (a cut stream, a client that left).</summary>
    public bool UsageEstimated { get; init; }

    public double LatencyMs { get; init; }

    /// <summary>Time to the first content byte for the client; null without content.</summary>
    public double? TtftMs { get; init; }

    /// <summary>HiWay's own share of the latency.</summary>
    public double OverheadMs { get; init; }

    public double? Score { get; init; }

    /// <summary>Why this model, in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>What is kept of the decision of a call that was routed by score (<see cref="Routing.Replay.LoggedDecisionCodec"/>); null for all others.</summary>
    public byte[]? Decision { get; init; }

    public bool CacheHit { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    public IReadOnlyList<StageRecord> Stages { get; init; } = [];

    /// <summary>Request fields that the answering upstream could not express.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];

    /// <summary>Counts as an error: refused, failed, cut short by the upstream or lost with its node. A client that left is none.</summary>
    public bool Failed => Status >= 400 || EndReason is EndReason.Error or EndReason.UpstreamCut or EndReason.NodeLost;

    /// <summary>Never negative: a dearer model than the flagship saves nothing, and what a call without a full price saved nobody knows.</summary>
    public decimal SavingsUsd => Unpriced ? 0m : Math.Max(0m, BaselineUsd - CostUsd);
}
