using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Drain;
using HiWay.Infrastructure.Metering.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// Lets calls run before the private PostgreSQL. Without it a call that is ready waits for as long as a slice lasts behind a batch of the
/// books. It looks once a second, as PostgreSQL starts a process for each session.
/// </summary>
/// <remarks>Threads of this process keep their slices: the drain and the compiler giving way as well gained nothing and cost throughput.</remarks>
internal sealed class CallPrecedence(OwnDatabase database, BooksDatabase books, UsageJournal journal, IOptions<MeteringOptions> metering, TimeProvider clock) : BackgroundService
{
    /// <summary>A seventieth, while calls leave time for more than that.</summary>
    internal const int BooksNiceness = 19;

    /// <summary>How late the books may be under full load before they get their full share.</summary>
    private static readonly TimeSpan s_lateness = TimeSpan.FromSeconds(5);

    /// <summary>As does a journal that holds this part of what it may.</summary>
    private const int FullShareFrom = 8;

    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromSeconds(1);

    private readonly SessionShares _server = new();
    private bool _behind;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_betweenLooks);
        do
        {
            try
            {
                if (database.ProcessId is { } server)
                {
                    _behind = IsBehind(journal.State, metering.Value.DrainBatchRows, clock.GetUtcNow(), _behind);
                    _server.Set(server, NicenessOf);
                }
            }
            catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
            {
                // A system that does not show its processes; calls are answered all the same.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Whether the books are so late that PostgreSQL has to get its share back; it keeps it until less than a batch is left.</summary>
    internal static bool IsBehind(JournalState journal, int batch, DateTimeOffset now, bool before) =>
        journal.PendingRows > batch && (before || now - journal.OldestPendingAt > s_lateness || journal.Bytes > journal.LimitBytes / FullShareFrom);

    /// <summary>Sessions of pages keep their share: they are few, and somebody waits for them.</summary>
    private int NicenessOf(int process) => _behind || (process != books.Session && OwnDatabase.IsSession(process)) ? 0 : BooksNiceness;
}
