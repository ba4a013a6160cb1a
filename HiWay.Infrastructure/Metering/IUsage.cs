using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Metering;

/// <summary>Where finished calls are written down. <see cref="Append"/> returns once the operating system has the bytes.</summary>
public interface IUsageJournal
{
    /// <summary>Writes one event to the local journal; called before the last byte of an answer leaves.</summary>
    /// <exception cref="IOException">The disk refuses; the call fails rather than go unmetered.</exception>
    void Append(UsageEvent usage);

    /// <summary>
    /// Notes that a call is about to reach a provider; called before each attempt. Costs no system call. If this process ends before
    /// <see cref="Close"/>, the next one on the data directory appends the row of a <see cref="LostCall"/>.
    /// </summary>
    /// <param name="progress">What the call has cost before this attempt; default where how far it comes is not noted.</param>
    /// <param name="before">What the call's earlier attempt was noted as; 0 for the first.</param>
    /// <returns>For <see cref="Progress"/> and <see cref="Close"/>.</returns>
    int Open(in OpenCall call, in CallProgress progress, int before = 0);

    /// <summary>Notes how far the call has come; stores to memory, so cheap enough for every chunk. Nothing for 0.</summary>
    void Progress(int open, in CallProgress progress);

    /// <summary>The call's event is appended. Nothing for 0.</summary>
    void Close(int open);

    /// <summary>
    /// False when the journal is full or the disk refuses: the gateway answers new calls with 503 <c>overloaded</c> rather
    /// than run them unmetered. Costs two reads; ask it before every call.
    /// </summary>
    bool AcceptsCalls { get; }

    /// <summary>For readiness, metrics and the dashboard.</summary>
    JournalState State { get; }
}

/// <param name="Bytes">On disk, drained events of the open segment included.</param>
/// <param name="LimitBytes">From here on <see cref="IUsageJournal.AcceptsCalls"/> is false.</param>
/// <param name="PendingRows">Events that are not in the database yet.</param>
/// <param name="OldestPendingAt">A lower bound for the oldest of them; null when there is none.</param>
/// <param name="Problem">Why calls are refused, in a sentence; null when they are not.</param>
public sealed record JournalState(long Bytes, long LimitBytes, long PendingRows, DateTimeOffset? OldestPendingAt, bool AcceptsCalls, string? Problem);

public enum UsageInterval { Minute, Hour, Day }

public enum UsageGrouping { None, Model, Provider, Tier, Key, User, Tag }

/// <param name="From">Inclusive, UTC.</param>
/// <param name="To">Exclusive, UTC.</param>
public sealed record UsageQuery(DateTimeOffset From, DateTimeOffset To, UsageInterval Interval, UsageGrouping GroupBy = UsageGrouping.None);

/// <summary>Sums over some requests. Token buckets do not overlap. Latencies are milliseconds from a histogram (at most 5 % off); null without requests.</summary>
public sealed record UsageTotals
{
    public long Requests { get; init; }

    public long Errors { get; init; }

    public long CacheHits { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheWriteTokens { get; init; }

    public long ReasoningTokens { get; init; }

    public decimal CostUsd { get; init; }

    public decimal BaselineUsd { get; init; }

    public decimal SavingsUsd { get; init; }

    /// <summary>Requests whose cost is not known in full.</summary>
    public long UnpricedRequests { get; init; }

    public double? LatencyP50Ms { get; init; }

    public double? LatencyP95Ms { get; init; }

    public double? LatencyP99Ms { get; init; }
}

/// <param name="Group">Null when not grouped; a key's id when grouped by key.</param>
/// <param name="GroupLabel">For people: a key's name.</param>
public sealed record UsagePoint(DateTimeOffset Start, string? Group, string? GroupLabel, UsageTotals Totals);

public sealed record UsageGroup(string? Group, string? GroupLabel, UsageTotals Totals);

/// <param name="Series">Only buckets with requests, by time then group.</param>
public sealed record UsageReport(UsageQuery Query, UsageTotals Totals, IReadOnlyList<UsageGroup> Groups, IReadOnlyList<UsagePoint> Series);

/// <summary>Reads roll-ups; never scans events.</summary>
public interface IUsageReader
{
    Task<Outcome<UsageReport>> ReadAsync(Actor actor, UsageQuery query, CancellationToken cancellationToken);
}

/// <summary>Filters of the request log; null does not filter. Newest first.</summary>
public sealed record RequestFilter
{
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    public string? Model { get; init; }

    public string? KeyId { get; init; }

    public string? Provider { get; init; }

    public string? Tier { get; init; }

    /// <summary><c>ok</c>, <c>error</c>, or an HTTP status such as <c>429</c>.</summary>
    public string? Status { get; init; }

    public string? EndUser { get; init; }

    public string? Tag { get; init; }
}

/// <summary>One row of the log, api.md section 4.</summary>
public sealed record RequestRow
{
    public required string Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? KeyId { get; init; }

    public string? KeyName { get; init; }

    public string? EndUser { get; init; }

    public required string Dialect { get; init; }

    public required string RequestedModel { get; init; }

    public string? Model { get; init; }

    public string? Provider { get; init; }

    public string? Tier { get; init; }

    public int Status { get; init; }

    public string? ErrorCode { get; init; }

    public bool Streamed { get; init; }

    /// <summary><c>completed</c>, <c>error</c>, <c>client_gone</c>, <c>upstream_cut</c>, <c>node_lost</c>.</summary>
    public required string EndReason { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheWriteTokens { get; init; }

    public long ReasoningTokens { get; init; }

    public decimal CostUsd { get; init; }

    public decimal BaselineUsd { get; init; }

    public decimal SavingsUsd { get; init; }

    public bool Unpriced { get; init; }

    public double LatencyMs { get; init; }

    public double? TtftMs { get; init; }

    public double OverheadMs { get; init; }

    /// <summary>Number of attempts.</summary>
    public int Attempts { get; init; }

    public bool CacheHit { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>A row with its decision trace.</summary>
public sealed record RequestDetail(
    RequestRow Row, string? UpstreamDialect, double? Score, string? Reason, bool UsageEstimated, IReadOnlyList<string> Dropped,
    IReadOnlyList<StageRecord> Stages, IReadOnlyList<AttemptRecord> AttemptList)
{
    /// <summary>What is kept of the decision of a call that was routed by score (<see cref="HiWay.Domain.Routing.Replay.LoggedDecisionCodec"/>); null for all others.</summary>
    public byte[]? Decision { get; init; }
}

public interface IRequestLog
{
    Task<Outcome<Page<RequestRow>>> ReadAsync(Actor actor, RequestFilter filter, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>A window for the virtualised grid: rows from <paramref name="skip"/>, and how many there are in all.</summary>
    Task<Outcome<(IReadOnlyList<RequestRow> Rows, int Total)>> WindowAsync(Actor actor, RequestFilter filter, int skip, int take, CancellationToken cancellationToken);

    Task<Outcome<RequestDetail>> GetAsync(Actor actor, string id, CancellationToken cancellationToken);

    /// <summary>Rows oldest first for export, read as they are needed.</summary>
    IAsyncEnumerable<RequestRow> ExportAsync(Actor actor, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);
}

/// <summary>Tells pages of this process that something was metered in a workspace; used for live updates.</summary>
public interface IUsageFeed
{
    /// <param name="onUsage">Called on a pool thread, soon after the event; must be quick. Dispose the result to stop.</param>
    IDisposable Subscribe(string workspaceId, Action<UsageEvent> onUsage);
}
