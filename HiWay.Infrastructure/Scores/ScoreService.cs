using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Domain.Judging;
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
            return NotThere(requestId);
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

    public async Task RecordAsync(string workspaceId, string requestId, string model, TaskType task, JudgeRating rating, CancellationToken cancellationToken)
    {
        var (share, at) = (new Share(model, task.Text(), rating.Score, Judged: true), clock.GetUtcNow());
        await WithTheRequestAsync(requestId, cancellationToken, async connection =>
        {
            var isNew = await ExecuteAsync(connection, """
                INSERT INTO judge_scores (workspace_id, request_id, scored_at, model, task, score, reason) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
                """, cancellationToken, workspaceId, requestId, at.UtcDateTime, share.Model, share.Task, share.Score, rating.Reason.Text()) > 0;
            if (isNew && (await FindAsync(connection, workspaceId, requestId, cancellationToken)).Said is null)
            {
                await AddAsync(connection, workspaceId, share, 1, cancellationToken);
            }
        });
        await mix.RefreshPointsAsync(workspaceId, cancellationToken);
    }

    public async Task<Outcome<RequestScores>> FindAsync(Actor actor, string requestId, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        if (await WaitForAsync(actor.WorkspaceId, requestId, cancellationToken) is null)
        {
            return NotThere(requestId);
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (said, judged) = await FindAsync(connection, actor.WorkspaceId, requestId, cancellationToken);
        return new RequestScores(
            said is null ? null : new(requestId, said.Score, said.Model, said.Task, said.By, said.At), judged is null ? null : new(judged.Score, judged.By, judged.At));
    }

    private static Refusal NotThere(string requestId) =>
        new(RefusalKind.NotFound, $"There is no request '{requestId}' in this workspace. Rows are dropped after the retention time.", "request_id");

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

    private Task StoreAsync(string workspaceId, ScoreView view, CancellationToken cancellationToken) =>
        WithTheRequestAsync(view.RequestId, cancellationToken, async connection =>
        {
            // In the sums stands somebody's word, or as long as there is none the judge's.
            var (said, judged) = await FindAsync(connection, workspaceId, view.RequestId, cancellationToken);
            if ((said ?? judged) is { } before)
            {
                await AddAsync(connection, workspaceId, new(before.Model, before.Task, before.Score, Judged: said is null), -1, cancellationToken);
            }

            await ExecuteAsync(connection, """
                INSERT INTO request_scores (workspace_id, request_id, scored_at, model, task, score, source) VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (workspace_id, request_id) DO UPDATE
                    SET scored_at = excluded.scored_at, model = excluded.model, task = excluded.task, score = excluded.score, source = excluded.source
                """, cancellationToken, workspaceId, view.RequestId, view.ScoredAt.UtcDateTime, view.Model, view.Task, view.Score, view.Source);
            await AddAsync(connection, workspaceId, new(view.Model, view.Task, view.Score, Judged: false), 1, cancellationToken);
        });

    /// <summary>Two scores of one request come one after the other, or both would take the same old one off the sum.</summary>
    private async Task WithTheRequestAsync(string requestId, CancellationToken cancellationToken, Func<NpgsqlConnection, Task> work)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", cancellationToken, requestId);
        await work(connection);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <param name="times">1 puts it into the sums, -1 takes it out.</param>
    private static Task AddAsync(NpgsqlConnection connection, string workspaceId, Share share, int times, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, $"""
            INSERT INTO score_sums AS s (workspace_id, model, task, scores, total, judged, judged_total)
                VALUES ($1, $2, $3, {(share.Judged ? "0, 0, $4, $5" : "$4, $5, 0, 0")})
            ON CONFLICT (workspace_id, model, task) DO UPDATE SET
                scores = s.scores + excluded.scores, total = s.total + excluded.total,
                judged = s.judged + excluded.judged, judged_total = s.judged_total + excluded.judged_total
            """, cancellationToken, workspaceId, share.Model, share.Task, (long)times, times * share.Score);

    private static async Task<(Stored? Said, Stored? Judged)> FindAsync(NpgsqlConnection connection, string workspaceId, string requestId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT true, score, model, task, source, scored_at FROM request_scores WHERE workspace_id = $1 AND request_id = $2
            UNION ALL SELECT false, score, model, task, reason, scored_at FROM judge_scores WHERE workspace_id = $1 AND request_id = $2
            """, connection);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = requestId });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (said, judged) = ((Stored?)null, (Stored?)null);
        while (await row.ReadAsync(cancellationToken))
        {
            var found = new Stored(row.GetDouble(1), row.GetString(2), row.GetString(3), row.GetString(4), new(row.GetDateTime(5), TimeSpan.Zero));
            (said, judged) = row.GetBoolean(0) ? (found, judged) : (said, found);
        }

        return (said, judged);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What one score adds to the sums.</summary>
    private sealed record Share(string Model, string Task, double Score, bool Judged);

    /// <param name="By">The source of what people and programs said; a judge's reason.</param>
    private sealed record Stored(double Score, string Model, string Task, string By, DateTimeOffset At);

    private sealed record FoundRequest(string? Model, int Status, byte[]? Decision);
}
