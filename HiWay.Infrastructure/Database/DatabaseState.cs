using Npgsql;

namespace HiWay.Infrastructure.Database;

/// <summary>Whether the database is there, for readiness and the dashboard. The gateway answers calls either way.</summary>
public sealed class DatabaseState(NpgsqlDataSource database)
{
    private volatile bool _migrated;

    /// <summary>All migrations have been applied.</summary>
    public bool Migrated => _migrated;

    internal void MarkMigrated() => _migrated = true;

    /// <summary>Asks the database for an answer, waiting two seconds at most.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            await using var command = database.CreateCommand("SELECT 1");
            return await command.ExecuteScalarAsync(limit.Token) is 1;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
