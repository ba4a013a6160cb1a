using HiWay.Domain.Metering;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Drain;
using HiWay.Infrastructure.Metering.Journal;
using HiWay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace HiWay.Tests.Metering;

/// <summary>Journal, drain and ledger of one node, put together as the application does, on any database.</summary>
internal sealed class MeteringNode : IAsyncDisposable
{
    private readonly UsageDrain _drain;
    private bool _stopped;

    private MeteringNode(JournalHome home, NpgsqlDataSource database)
    {
        Journal = home.Open();
        Partitions = new(database);
        var node = new NodeIdentity(home.Data, TimeProvider.System);
        var leases = new SpendLeases(database, node, Microsoft.Extensions.Options.Options.Create(new BudgetOptions()), TimeProvider.System, NullLogger<SpendLeases>.Instance);
        var shares = new SpendShares(database, node, leases);
        Writer = new(new BooksDatabase(database), Partitions, shares);
        var options = Microsoft.Extensions.Options.Options.Create(home.Options);
        var seed = new SpendSeed(shares, Journal, Ledger, TimeProvider.System);
        _drain = new(Journal, Writer, Partitions, seed, Health, options, TimeProvider.System, NullLogger<UsageDrain>.Instance);
    }

    public UsageJournal Journal { get; }

    public SpendLedger Ledger { get; } = new();

    public MeteringHealth Health { get; } = new();

    public Partitions Partitions { get; }

    public BatchWriter Writer { get; }

    public static async Task<MeteringNode> StartAsync(JournalHome home, NpgsqlDataSource database)
    {
        var node = new MeteringNode(home, database);
        await node._drain.StartAsync(CancellationToken.None);
        return node;
    }

    public List<UsageEvent> Append(IEnumerable<UsageEvent> events)
    {
        var all = events.ToList();
        all.ForEach(Journal.Append);
        return all;
    }

    /// <summary>Waits until all that was appended is in the database.</summary>
    public Task DrainedAsync() => Patience.UntilAsync(() => Journal.PendingRows == 0, "all that was appended is in the database");

    public async Task StopAsync()
    {
        _stopped = true;
        await _drain.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
        }

        _drain.Dispose();
        Journal.Dispose();
        Health.Dispose();
    }
}
