using System.Diagnostics;
using Npgsql;

namespace HiWay.Infrastructure.Database;

/// <summary>Whether the database is there, for readiness and the dashboard. The gateway answers calls either way.</summary>
public sealed class DatabaseState(NpgsqlDataSource database)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <summary>A machine that is busy for a moment is not a database that hangs.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private volatile bool _migrated;
    private volatile bool _away;
    private long _answeredAt = Stopwatch.GetTimestamp();
    private Task<bool>? _asking;

    /// <summary>All migrations have been applied.</summary>
    public bool Migrated => _migrated;

    internal void MarkMigrated()
    {
        _migrated = true;
        MarkAnswering(true);
    }

    /// <summary>
    /// It has not answered for ten seconds, asked twice a second. Whatever needs it is then refused without being tried: with a server that hangs,
    /// trying takes as long as a statement may.
    /// </summary>
    public bool IsAway => _away;

    internal void MarkAnswering(bool answering)
    {
        if (answering)
        {
            Volatile.Write(ref _answeredAt, Stopwatch.GetTimestamp());
        }

        _away = !answering && Stopwatch.GetElapsedTime(Volatile.Read(ref _answeredAt)) > s_patience;
    }

    /// <summary>Asks the database for an answer, waiting two seconds at most.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        // Those who ask while a question hangs with the server wait for that one: each of them would hold a connection.
        var asking = Volatile.Read(ref _asking);
        if (asking is null or { IsCompleted: true })
        {
            Volatile.Write(ref _asking, asking = AskAsync());
        }

        try
        {
            return await asking.WaitAsync(s_limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task<bool> AskAsync()
    {
        try
        {
            await using var command = database.CreateCommand("SELECT 1");
            return await command.ExecuteScalarAsync() is 1;
        }
        catch (Exception away) when (DatabaseFault.IsPassing(away))
        {
            return false;
        }
    }
}
