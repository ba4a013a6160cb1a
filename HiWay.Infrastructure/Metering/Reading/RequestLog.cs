using System.Runtime.CompilerServices;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Metering.Traces;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>Single requests, newest first, by keyset: page 1,000 costs what page 1 does.</summary>
internal sealed class RequestLog(NpgsqlDataSource database) : IRequestLog
{
    /// <summary>The grid shows no more rows than this; who looks further back filters.</summary>
    public const int LongestWindow = 10_000;

    private const int ExportChunk = 2_000;

    public async Task<Outcome<Page<RequestRow>>> ReadAsync(Actor actor, RequestFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.Read) ?? RequestSql.Check(filter)) is { } refusal)
        {
            return refusal;
        }

        var sql = new RequestSql(actor.WorkspaceId, filter);
        if (cursor is not null)
        {
            if (RequestCursor.Parse(cursor) is not { } after)
            {
                return new Refusal(RefusalKind.Invalid, "'cursor' is not one that this list gave; begin without it.", "cursor");
            }

            sql.Before(after);
        }

        // One more than asked for tells whether there is a next page.
        var rows = await RowsAsync(sql, newestFirst: true, skip: 0, limit + 1, cancellationToken);
        var more = rows.Count > limit;
        if (more)
        {
            rows.RemoveAt(limit);
        }

        return new Page<RequestRow>(rows, more ? CursorOf(rows[^1]).ToString() : null);
    }

    public async Task<Outcome<(IReadOnlyList<RequestRow> Rows, int Total)>> WindowAsync(
        Actor actor, RequestFilter filter, int skip, int take, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.Read) ?? RequestSql.Check(filter)) is { } refusal)
        {
            return refusal;
        }

        var sql = new RequestSql(actor.WorkspaceId, filter);
        take = Math.Clamp(take, 0, LongestWindow - Math.Min(skip, LongestWindow));
        IReadOnlyList<RequestRow> rows = take == 0 ? [] : await RowsAsync(sql, newestFirst: true, skip, take, cancellationToken);

        // A window that is not full ends with the last row, so nothing has to be counted.
        if (rows.Count < take && (rows.Count > 0 || skip == 0))
        {
            return (rows, skip + rows.Count);
        }

        await using var count = sql.Count(database, LongestWindow);
        return (rows, (int)(await count.ExecuteScalarAsync(cancellationToken))!);
    }

    public async Task<Outcome<RequestDetail>> GetAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        var missing = new Refusal(RefusalKind.NotFound, $"There is no request '{id}' in this workspace. Rows appear a moment after the answer and are dropped after the retention time.");

        // The id says when, and so in which partition.
        if (Ulid.TimeOf(id) is not { } at)
        {
            return missing;
        }

        var sql = new RequestSql(actor.WorkspaceId, new() { From = at, To = at.AddMicroseconds(1) });
        const string columns = RequestSql.RowColumns + ", r.upstream_dialect, r.score, r.reason, r.usage_estimated, r.decision, " + TraceColumns.Columns;
        await using var command = sql.Rows(database, newestFirst: true, skip: 0, take: int.MaxValue, columns);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            if (row.GetString(0) == id)
            {
                var trace = TraceColumns.Read(row, 34, new());
                return new RequestDetail(RowOf(row), Text(row, 29), Number(row, 30), Text(row, 31), row.GetBoolean(32), trace.Dropped, trace.Stages, trace.Attempts)
                {
                    Decision = row.IsDBNull(33) ? null : row.GetFieldValue<byte[]>(33),
                };
            }
        }

        return missing;
    }

    /// <remarks>In chunks, so that a download that takes an hour holds neither a connection nor a snapshot of the database.</remarks>
    public async IAsyncEnumerable<RequestRow> ExportAsync(Actor actor, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            throw new UnauthorizedAccessException(refusal.Message);
        }

        RequestCursor? last = null;
        while (true)
        {
            var sql = new RequestSql(actor.WorkspaceId, new() { From = from, To = to });
            if (last is { } reached)
            {
                sql.After(reached);
            }

            var rows = await RowsAsync(sql, newestFirst: false, skip: 0, ExportChunk, cancellationToken);
            foreach (var row in rows)
            {
                yield return row;
            }

            if (rows.Count < ExportChunk)
            {
                yield break;
            }

            last = CursorOf(rows[^1]);
        }
    }

    private static RequestCursor CursorOf(RequestRow row) => new(row.CreatedAt.UtcDateTime, row.Id);

    private async Task<List<RequestRow>> RowsAsync(RequestSql sql, bool newestFirst, int skip, int take, CancellationToken cancellationToken)
    {
        await using var command = sql.Rows(database, newestFirst, skip, take);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<RequestRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(RowOf(reader));
        }

        return rows;
    }

    /// <summary>Reads <see cref="RequestSql.RowColumns"/>.</summary>
    private static RequestRow RowOf(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        CreatedAt = new(row.GetDateTime(1), TimeSpan.Zero),
        KeyId = Text(row, 2),
        KeyName = Text(row, 3) ?? JudgeKey.NameOf(Text(row, 2)),
        EndUser = Text(row, 4),
        Dialect = row.GetString(5),
        RequestedModel = row.GetString(6),
        Model = Text(row, 7),
        Provider = Text(row, 8),
        Tier = Text(row, 9),
        Status = row.GetInt32(10),
        ErrorCode = Text(row, 11),
        Streamed = row.GetBoolean(12),
        EndReason = row.GetString(13),
        InputTokens = row.GetInt64(14),
        OutputTokens = row.GetInt64(15),
        CacheReadTokens = row.GetInt64(16),
        CacheWriteTokens = row.GetInt64(17),
        ReasoningTokens = row.GetInt64(18),
        CostUsd = row.GetDecimal(19),
        BaselineUsd = row.GetDecimal(20),
        SavingsUsd = row.GetDecimal(21),
        Unpriced = row.GetBoolean(22),
        LatencyMs = row.GetDouble(23),
        TtftMs = Number(row, 24),
        OverheadMs = row.GetDouble(25),
        Attempts = row.GetInt32(26),
        CacheHit = row.GetBoolean(27),
        Tags = row.GetFieldValue<string[]>(28),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
}
