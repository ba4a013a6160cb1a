using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace HiWay.Infrastructure.Metering;

/// <summary>Whether events reach the database.</summary>
/// <param name="DatabaseProblem">Why they do not, in a sentence; null when they do.</param>
/// <param name="LastDrainedAt">When the last batch was committed; null before the first.</param>
public sealed record DrainState(string? DatabaseProblem, DateTimeOffset? ProblemSince, DateTimeOffset? LastDrainedAt);

/// <summary>What readiness, metrics and the dashboard say of metering.</summary>
public sealed class MeteringHealth : IDisposable
{
    public const string MeterName = "HiWay.Metering";

    private readonly Lock _lock = new();
    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _batchSeconds;
    private DrainState _state = new(null, null, null);

    public MeteringHealth()
    {
        _rows = _meter.CreateCounter<long>("hiway.metering.drained", "{event}", "Events written to the database.");
        _batchSeconds = _meter.CreateHistogram<double>("hiway.metering.batch.duration", "s", "Time of one batch, tries included.");
    }

    public DrainState Drain
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Shows the journal's numbers as gauges.</summary>
    internal void Watch(IUsageJournal journal, TimeProvider clock)
    {
        _meter.CreateObservableGauge("hiway.journal.size", () => journal.State.Bytes, "By", "The usage journal on disk.");
        _meter.CreateObservableGauge("hiway.journal.limit", () => journal.State.LimitBytes, "By", "Size at which new calls are refused.");
        _meter.CreateObservableGauge("hiway.journal.pending", () => journal.State.PendingRows, "{event}", "Events that are not in the database yet.");
        _meter.CreateObservableGauge(
            "hiway.journal.pending.age", () => journal.State.OldestPendingAt is { } oldest ? Math.Max(0, (clock.GetUtcNow() - oldest).TotalSeconds) : 0, "s", "Age of the oldest of them.");
        _meter.CreateObservableGauge("hiway.journal.accepts_calls", () => journal.AcceptsCalls ? 1 : 0, description: "0 while new calls are refused.");
    }

    internal void Drained(int rows, TimeSpan took, DateTimeOffset now)
    {
        _rows.Add(rows);
        _batchSeconds.Record(took.TotalSeconds);
        lock (_lock)
        {
            _state = _state with { LastDrainedAt = now };
        }
    }

    /// <summary>True when that is news: the first failure, and then once a minute.</summary>
    internal bool Lost(string problem, DateTimeOffset now)
    {
        lock (_lock)
        {
            var news = _state.DatabaseProblem is null || Stopwatch.GetElapsedTime(_toldAt) > TimeSpan.FromMinutes(1);
            _state = _state with { DatabaseProblem = problem, ProblemSince = _state.ProblemSince ?? now };
            _toldAt = news ? Stopwatch.GetTimestamp() : _toldAt;
            return news;
        }
    }

    /// <summary>True when it had failed before.</summary>
    internal bool Regained()
    {
        lock (_lock)
        {
            var had = _state.DatabaseProblem is not null;
            _state = _state with { DatabaseProblem = null, ProblemSince = null };
            return had;
        }
    }

    public void Dispose() => _meter.Dispose();

    private long _toldAt;
}
