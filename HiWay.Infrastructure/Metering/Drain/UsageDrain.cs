using System.Diagnostics;
using System.Text.Json;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>
/// Moves events from the journal to PostgreSQL, in order, for as long as the process lives. While the database is away it
/// waits and tries again; the journal keeps what comes in.
/// </summary>
/// <remarks>
/// The database always holds a beginning of the journal, because batches are committed in order. So after a start, and
/// after a failure that may have been a commit, batches go the careful way until one holds nothing known; everything
/// behind that one is new for certain.
/// </remarks>
internal sealed class UsageDrain(
    UsageJournal journal, BatchWriter writer, Partitions partitions, SpendSeed seed, MeteringHealth health, IOptions<MeteringOptions> options,
    TimeProvider clock, ILogger<UsageDrain> log) : BackgroundService
{
    private static readonly TimeSpan s_touchInterval = TimeSpan.FromSeconds(2);
    private readonly MeteringOptions _options = options.Value;
    private readonly StringPool _strings = new();
    private readonly Dictionary<string, DateTimeOffset> _usedKeys = new(StringComparer.Ordinal);
    private JournalPosition _position;
    private bool _careful = true;
    private long _touchedAt;

    /// <summary>Runs before the first call is answered: finds out where the database stands, then counts what has been spent.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        while (_careful && Next() is { } batch)
        {
            await DrainAsync(batch, cancellationToken);
        }

        await UntilItWorksAsync(() => seed.RunAsync(_position, cancellationToken), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Calls have ended by now, so one last pass leaves the journal empty where the database is there.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            while (Next() is { } batch)
            {
                await WriteAsync(batch, cancellationToken);
                Confirm(batch);
            }

            await TouchKeysAsync(cancellationToken);
        }
        catch (Exception away) when (away is OperationCanceledException || DatabaseFault.IsPassing(away))
        {
            MeteringLog.LeftForNextStart(log, journal.State.PendingRows, away.GetBaseException().Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                if (Next() is { } batch)
                {
                    await DrainAsync(batch, stoppingToken);
                }

                if (Stopwatch.GetElapsedTime(_touchedAt) > s_touchInterval)
                {
                    await TouchKeysAsync(stoppingToken);
                }

                // Under load the next batch is large already; otherwise waiting makes it so.
                if (journal.PendingRows < _options.DrainBatchRows)
                {
                    await Task.Delay(_options.DrainInterval, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // StopAsync makes the last pass.
        }
    }

    private JournalBatch? Next() => journal.Read(_position, _options.DrainBatchRows, _strings);

    private async Task DrainAsync(JournalBatch batch, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await UntilItWorksAsync(() => WriteAsync(batch, cancellationToken), cancellationToken);
        Confirm(batch);
        health.Drained(batch.Count, Stopwatch.GetElapsedTime(started), clock.GetUtcNow());
    }

    private void Confirm(JournalBatch batch)
    {
        journal.Confirm(batch);
        _position = batch.End;
    }

    private async Task WriteAsync(JournalBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            if (_careful || !await TryWriteNewAsync(batch, cancellationToken))
            {
                await WriteMissingAsync(batch.Days, [.. Noted(batch)], cancellationToken);
            }
        }
        catch (Exception)
        {
            // It may have been the commit that failed to answer.
            _careful = true;
            partitions.Forget();
            throw;
        }
    }

    private async Task<bool> TryWriteNewAsync(JournalBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.TryWriteNewAsync(batch.Days, Noted(batch), cancellationToken);
        }
        catch (PostgresException refused) when (IsDataFault(refused))
        {
            return false;   // the careful way finds the one
        }
    }

    private async Task WriteMissingAsync(IReadOnlyCollection<DateOnly> days, IReadOnlyList<UsageEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            var added = await writer.WriteMissingAsync(days, events, cancellationToken);
            _careful = added < events.Count;
            if (added < events.Count)
            {
                MeteringLog.AlreadyThere(log, events.Count - added, events.Count);
            }
        }
        catch (PostgresException refused) when (IsDataFault(refused))
        {
            await WithoutTheFaultyAsync(days, events, refused, cancellationToken);
        }
    }

    /// <summary>The events of a batch; the keys that they name have been used, whatever becomes of the batch.</summary>
    private IEnumerable<UsageEvent> Noted(JournalBatch batch)
    {
        foreach (var usage in batch)
        {
            if (usage.KeyId is { } key)
            {
                _usedKeys[key] = usage.CreatedAt;
            }

            yield return usage;
        }
    }

    /// <summary>One event that the database will never take must not hold up all others: halves until it is alone, then it is put aside.</summary>
    private async Task WithoutTheFaultyAsync(
        IReadOnlyCollection<DateOnly> days, IReadOnlyList<UsageEvent> events, PostgresException refused, CancellationToken cancellationToken)
    {
        if (events.Count > 1)
        {
            var half = events.Count / 2;
            await WriteMissingAsync(days, [.. events.Take(half)], cancellationToken);
            await WriteMissingAsync(days, [.. events.Skip(half)], cancellationToken);
            return;
        }

        await File.AppendAllTextAsync(journal.RejectedPath, JsonSerializer.Serialize(events[0]) + "\n", cancellationToken);
        MeteringLog.Rejected(log, refused, events[0].Id, journal.RejectedPath);
    }

    private async Task UntilItWorksAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            try
            {
                await work();
                if (health.Regained())
                {
                    MeteringLog.DatabaseBack(log, journal.PendingRows);
                }

                return;
            }
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
            {
                if (health.Lost(failed.GetBaseException().Message, clock.GetUtcNow()))
                {
                    // An outage needs no stack trace; anything else is a defect that somebody has to see.
                    MeteringLog.DatabaseAway(log, DatabaseFault.IsAway(failed) ? null : failed, journal.PendingRows, failed.GetBaseException().Message);
                }
            }

            await Task.Delay(pause, cancellationToken);
            pause = pause * 2 < _options.DrainMaxBackoff ? pause * 2 : _options.DrainMaxBackoff;
        }
    }

    private async Task TouchKeysAsync(CancellationToken cancellationToken)
    {
        _touchedAt = Stopwatch.GetTimestamp();
        if (_usedKeys.Count == 0)
        {
            return;
        }

        try
        {
            await writer.TouchKeysAsync(_usedKeys, cancellationToken);
            _usedKeys.Clear();
        }
        catch (Exception failed) when (DatabaseFault.IsPassing(failed))
        {
            MeteringLog.KeysNotTouched(log, failed.GetBaseException().Message);
        }
    }

    /// <summary>Classes 22 (bad value), 23 (constraint) and 54 (limit), but for a partition that is gone, which the next try makes again.</summary>
    private static bool IsDataFault(PostgresException refused) =>
        refused.SqlState[..2] is "22" or "23" or "54" && refused.SqlState != PostgresErrorCodes.CheckViolation;
}
