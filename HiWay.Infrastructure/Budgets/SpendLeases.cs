using System.Diagnostics;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Caps that several nodes share, as leases in PostgreSQL. Each node has a row per window with all that it may use there
/// (granted) and what is in the books of it (spent); the larger of the two counts against the cap, so the slice of a node that
/// is gone stays counted until its journal is replayed or the slice is written off. The rule itself is the function
/// <c>spend_take</c> of the migration.
/// </summary>
internal sealed class SpendLeases(
    NpgsqlDataSource database, NodeIdentity node, IOptions<BudgetOptions> options, TimeProvider clock, ILogger<SpendLeases> log) : ISpendLeases
{
    /// <summary>
    /// A call must not hang with the database. A server that takes connections and answers nothing also holds up Npgsql's way of cancelling
    /// (it waits for the server to close the connection that asks), so this is how long a call waits, whatever becomes of its statement.
    /// </summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <summary>Statements that nobody waits for any more and that the server still holds. With so many of them it is not asked again: they hold connections.</summary>
    private const int MostLeft = 4;

    /// <summary>After a failure others do not try for so long, so that an outage does not hold up each call for its own time-out.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    // Statements that outlive their connection must not undo later ones; the time at the start puts a new process after the last one.
    private long _sequence = clock.GetUtcNow().UtcTicks;
    private long _failedAt;
    private int _left;

    public TimeSpan RecallPatience { get; } = options.Value.ExchangeInterval * 4 + TimeSpan.FromMilliseconds(500);

    public long NextSequence() => Interlocked.Increment(ref _sequence);

    /// <summary>The database has just answered something else.</summary>
    public void MarkReachable() => Interlocked.Exchange(ref _failedAt, 0);

    public async Task<SliceAnswer?> TakeAsync(SpendWindowKey window, SliceQuestion question)
    {
        if (Interlocked.Read(ref _failedAt) is not 0 and var failedAt && Stopwatch.GetElapsedTime(failedAt) < s_pause)
        {
            return null;
        }

        if (Volatile.Read(ref _left) >= MostLeft)
        {
            return null;
        }

        var asking = AskAsync(window, question);
        try
        {
            return await asking.WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            Interlocked.Exchange(ref _failedAt, Stopwatch.GetTimestamp());
            BudgetLog.NoSlice(log, window.Subject.Id, $"no answer within {s_limit.TotalSeconds:0} s");
            Interlocked.Increment(ref _left);
            _ = asking.ContinueWith(_ => Interlocked.Decrement(ref _left), TaskScheduler.Default);
            return null;
        }
    }

    private async Task<SliceAnswer?> AskAsync(SpendWindowKey window, SliceQuestion question)
    {
        // A connection that broke while it lay idle fails on its first use; asking twice gives nothing twice, since totals are asked for.
        var started = Stopwatch.GetTimestamp();
        return await TryTakeAsync(window, question) is { } answer ? answer
            : Stopwatch.GetElapsedTime(started) < s_pause ? await TryTakeAsync(window, question)
            : null;
    }

    private async Task<SliceAnswer?> TryTakeAsync(SpendWindowKey window, SliceQuestion question)
    {
        const string sql = "SELECT granted, room, slice, drained, others_spent, others_used, others_hold_more FROM spend_take($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        try
        {
            using var limit = new CancellationTokenSource(s_limit);
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(new() { Value = node.Id });
            command.Parameters.Add(new() { Value = (int)window.Subject.Kind });
            command.Parameters.Add(new() { Value = window.Subject.Id });
            command.Parameters.Add(new() { Value = (int)window.Period });
            command.Parameters.Add(new() { Value = window.Start.UtcDateTime });
            command.Parameters.Add(new() { Value = question.LimitUsd });
            command.Parameters.Add(new() { Value = question.SettledUsd });
            command.Parameters.Add(new() { Value = question.ReservedUsd });
            command.Parameters.Add(new() { Value = question.HeldUsd });
            command.Parameters.Add(new() { Value = question.NeedUsd });
            command.Parameters.Add(new() { Value = question.LeastUsd });
            command.Parameters.Add(new() { Value = options.Value.MaxSliceUsd });
            command.Parameters.Add(new() { Value = NextSequence(), NpgsqlDbType = NpgsqlDbType.Bigint });
            await using var reader = await command.ExecuteReaderAsync(limit.Token);
            await reader.ReadAsync(limit.Token);
            Interlocked.Exchange(ref _failedAt, 0);
            return new(
                reader.GetDecimal(0), reader.GetDecimal(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetDecimal(4), reader.GetDecimal(5), reader.GetBoolean(6));
        }
        catch (Exception away) when (away is OperationCanceledException || DatabaseFault.IsPassing(away))
        {
            Interlocked.Exchange(ref _failedAt, Stopwatch.GetTimestamp());
            BudgetLog.NoSlice(log, window.Subject.Id, away.GetBaseException().Message);
            return null;
        }
    }
}
