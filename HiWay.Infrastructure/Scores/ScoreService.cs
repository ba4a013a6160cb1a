using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Replay;
using Npgsql;

namespace HiWay.Infrastructure.Scores;

/// <inheritdoc cref="IScores"/>
internal sealed class ScoreService(NpgsqlDataSource database, MixStore mix, TimeProvider clock) : IScores
{
    /// <summary>A request's row follows its answer by a fraction of a second; whoever scores at once is not told that there is none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public async Task<Outcome<ScoreView>> RecordAsync(string workspaceId, string? requestId, double? score, ScoreSource source, CancellationToken cancellationToken)
    {
        if (requestId is null)
        {
            return new Refusal(RefusalKind.Invalid, "'request_id' is missing: the answer's X-Request-Id, or '_hiway.request_id'.", "request_id");
        }

        if (!(score is >= 0 and <= 1))
        {
            return new Refusal(RefusalKind.Invalid, "'score' must be a number from 0 (useless) to 1 (perfect).", "score");
        }

        if (await WaitForAsync(workspaceId, requestId, cancellationToken) is not { } found)
        {
            return new Refusal(RefusalKind.NotFound, $"There is no request '{requestId}' in this workspace. Rows are dropped after the retention time.", "request_id");
        }

        if (found.Model is not { } model || found.Status >= 400)
        {
            return new Refusal(RefusalKind.Invalid, "This request got no answer, so there is nothing to score.", "request_id");
        }

        var task = found.Decision is { } decision && LoggedDecisionCodec.Read(decision) is { } read ? read.Features.Task : TaskType.General;
        var view = new ScoreView(requestId, score.Value, model, task.Text(), source.ToString().ToLowerInvariant(), clock.GetUtcNow());
        await StoreAsync(workspaceId, view, cancellationToken);
        await mix.RefreshPointsAsync(workspaceId, cancellationToken);
        return view;
    }

    public async Task<Outcome<ScoreView?>> FindAsync(Actor actor, string requestId, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, actor.WorkspaceId, requestId, cancellationToken);
    }

    private async Task<FoundRequest?> WaitForAsync(string workspaceId, string requestId, CancellationToken cancellationToken)
    {
        if (Ulid.TimeOf(requestId) is not { } at || requestId.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            var found = await FindRequestAsync(workspaceId, requestId, at, cancellationToken);
            if (found is not null || waited >= Patience || clock.GetUtcNow() - at > TimeSpan.FromMinutes(1))
            {
                return found;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<FoundRequest?> FindRequestAsync(string workspaceId, string requestId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        // The id says when, and so in which partition.
        await using var command = database.CreateCommand("SELECT model, status, decision FROM requests WHERE created_at = $1 AND id = $2 AND workspace_id = $3");
        command.Parameters.Add(new() { Value = at.UtcDateTime });
        command.Parameters.Add(new() { Value = requestId });
        command.Parameters.Add(new() { Value = workspaceId });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2))
            : null;
    }

    private async Task StoreAsync(string workspaceId, ScoreView view, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Two scores of one request come one after the other, or both would take the same old one off the sum.
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", cancellationToken, view.RequestId);
        if (await FindAsync(connection, workspaceId, view.RequestId, cancellationToken) is { } before)
        {
            await AddAsync(connection, workspaceId, before, -1, cancellationToken);
        }

        await ExecuteAsync(connection, """
            INSERT INTO request_scores (workspace_id, request_id, scored_at, model, task, score, source) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (workspace_id, request_id) DO UPDATE
                SET scored_at = excluded.scored_at, model = excluded.model, task = excluded.task, score = excluded.score, source = excluded.source
            """, cancellationToken, workspaceId, view.RequestId, view.ScoredAt.UtcDateTime, view.Model, view.Task, view.Score, view.Source);
        await AddAsync(connection, workspaceId, view, 1, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task AddAsync(NpgsqlConnection connection, string workspaceId, ScoreView view, int times, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, """
            INSERT INTO score_sums AS s (workspace_id, model, task, scores, total) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (workspace_id, model, task) DO UPDATE SET scores = s.scores + excluded.scores, total = s.total + excluded.total
            """, cancellationToken, workspaceId, view.Model, view.Task, (long)times, times * view.Score);

    private static async Task<ScoreView?> FindAsync(NpgsqlConnection connection, string workspaceId, string requestId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT score, model, task, source, scored_at FROM request_scores WHERE workspace_id = $1 AND request_id = $2", connection);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = requestId });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new(requestId, row.GetDouble(0), row.GetString(1), row.GetString(2), row.GetString(3), new(row.GetDateTime(4), TimeSpan.Zero))
            : null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record FoundRequest(string? Model, int Status, byte[]? Decision);
}
