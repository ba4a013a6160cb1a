using System.Diagnostics.Metrics;

namespace HiWay.Infrastructure.Budgets;

/// <summary>How caps are kept on this node.</summary>
/// <param name="Nodes">HiWays on this database that were heard of in the last seconds, this one included.</param>
/// <param name="HeldUsd">Slices of caps that this node holds and has not used: the most that its calls can cost before it must ask again.</param>
/// <param name="DatabaseLostAt">Since when the database cannot be asked; null while it can.</param>
public sealed record BudgetState(int Nodes, decimal HeldUsd, DateTimeOffset? DatabaseLostAt)
{
    /// <summary>What can be spent without the database's knowing, in US dollars; 0 while it answers.</summary>
    public decimal ExposureUsd => DatabaseLostAt is null ? 0m : HeldUsd;
}

/// <summary>What readiness, metrics and the dashboard say of caps.</summary>
public sealed class BudgetHealth : IDisposable
{
    public const string MeterName = "HiWay.Budgets";

    private readonly Meter _meter = new(MeterName);
    private readonly Lock _lock = new();
    private readonly SpendLedger _ledger;
    private int _nodes = 1;
    private DateTimeOffset? _lostAt;

    public BudgetHealth(SpendLedger ledger)
    {
        _ledger = ledger;
        _meter.CreateObservableGauge("hiway.budget.held", () => (double)Held(), "USD", "Slices of caps held here and not used.");
        _meter.CreateObservableGauge("hiway.budget.exposure", () => (double)State.ExposureUsd, "USD", "What can be spent here without the database's knowing; 0 while it answers.");
        _meter.CreateObservableGauge("hiway.budget.nodes", () => State.Nodes, "{node}", "HiWays on this database, this one included.");
    }

    public BudgetState State
    {
        get
        {
            lock (_lock)
            {
                return new(_nodes, Held(), _lostAt);
            }
        }
    }

    /// <summary>Other nodes were heard of.</summary>
    internal bool HasCompany
    {
        get
        {
            lock (_lock)
            {
                return _nodes > 1;
            }
        }
    }

    /// <summary>True when that is news.</summary>
    internal bool Lost(DateTimeOffset now)
    {
        lock (_lock)
        {
            var news = _lostAt is null;
            _lostAt ??= now;
            return news;
        }
    }

    /// <summary>Since when it had been lost; null when it had not.</summary>
    internal DateTimeOffset? Heard(int nodes)
    {
        lock (_lock)
        {
            var lostAt = _lostAt;
            (_nodes, _lostAt) = (nodes, null);
            return lostAt;
        }
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>An account with two caps can use only the smaller of their slices.</summary>
    private decimal Held()
    {
        var held = 0m;
        foreach (var account in _ledger.Accounts)
        {
            lock (account.Gate)
            {
                held += account.HeldUsd;
            }
        }

        return held;
    }
}
