using System.Globalization;
using System.Text;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Metering.Rollups;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>Builds a statement over <c>requests</c> of one workspace. Values are parameters; only words of this file become SQL.</summary>
internal sealed class RequestSql
{
    public const string RowColumns =
        "r.id, r.created_at, r.key_id, (SELECT name FROM api_keys k WHERE k.id = r.key_id), r.end_user, r.dialect, r.requested_model, r.model, r.provider, r.tier, r.status, r.error_code, r.streamed, r.end_reason, " +
        "r.input_tokens + r.audio_input_tokens + r.image_input_tokens, r.output_tokens + r.audio_output_tokens + r.image_output_tokens, " +
        "r.cache_read_tokens, r.cache_write_5m_tokens + r.cache_write_1h_tokens, r.reasoning_tokens, r.cost_usd, r.baseline_usd, r.savings_usd, r.unpriced, " +
        "r.latency_ms, r.ttft_ms, r.overhead_ms, r.attempts, r.cache_hit, r.tags";

    /// <summary>As <see cref="HiWay.Domain.Metering.UsageEvent.Failed"/>.</summary>
    private const string Failed = "(r.status >= 400 OR r.end_reason IN ('error', 'upstream_cut', 'node_lost'))";

    private const string InHour = "r.created_at >= h.start AND r.created_at < h.start + interval '1 hour'";

    private readonly StringBuilder _where = new();
    private readonly List<object> _values = [];
    private readonly BusyHours _hours;

    public RequestSql(string workspaceId, RequestFilter filter)
    {
        var workspace = Value(workspaceId);
        _hours = new(workspace);
        _where.Append("r.workspace_id = ").Append(workspace);
        if (filter.From is { } from)
        {
            var first = Value(from.UtcDateTime);
            And("r.created_at >= " + first);
            _hours.From(first);
        }

        if (filter.To is { } to)
        {
            var end = Value(to.UtcDateTime);
            And("r.created_at < " + end);
            _hours.To(end);
        }

        Of("model", filter.Model);
        Of("key_id", filter.KeyId);
        Of("provider", filter.Provider);
        Of("tier", filter.Tier);
        if (filter.EndUser is { } endUser)
        {
            var user = Value(endUser);
            And("r.end_user = " + user);
            _hours.Attributed(RollupBatch.User, user);
        }

        if (filter.Tag is { } named)
        {
            var tag = Value(named);
            And(tag + " = ANY(r.tags)");
            _hours.Attributed(RollupBatch.Tag, tag);
        }

        switch (filter.Status)
        {
            case null:
                break;
            case "ok":
                And("NOT " + Failed);
                _hours.Where("requests > errors");
                break;
            case "error":
                And(Failed);
                _hours.Where("errors > 0");
                break;
            default:
                var status = int.Parse(filter.Status, CultureInfo.InvariantCulture);
                And("r.status = " + Value(status));
                if (status >= 400)
                {
                    _hours.Where("errors > 0");
                }

                break;
        }
    }

    /// <summary>Null when the filter can be turned into SQL.</summary>
    public static Refusal? Check(RequestFilter filter)
    {
        if (filter is { From: { } from, To: { } to } && to <= from)
        {
            return new(RefusalKind.Invalid, "'to' must be later than 'from'; it is not part of the range.", "to");
        }

        if (filter.Status is not (null or "ok" or "error") && !(int.TryParse(filter.Status, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and <= 599))
        {
            return new(RefusalKind.Invalid, $"'status' is '{filter.Status}', neither ok nor error nor an HTTP status such as 429.", "status");
        }

        (string Name, string? Text)[] texts =
            [("model", filter.Model), ("key_id", filter.KeyId), ("provider", filter.Provider), ("tier", filter.Tier), ("end_user", filter.EndUser), ("tag", filter.Tag)];
        return texts.FirstOrDefault(text => text.Text?.Contains('\0') is true) is { Name: { } name }
            ? new(RefusalKind.Invalid, $"'{name}' holds a NUL character.", name)
            : null;
    }

    /// <summary>Only rows older than a cursor's.</summary>
    public RequestSql Before(RequestCursor cursor)
    {
        var last = Value(cursor.CreatedAt);
        And($"(r.created_at, r.id) < ({last}, {Value(cursor.Id)})");
        _hours.To(last);
        return this;
    }

    /// <summary>Only rows newer than a cursor's.</summary>
    public RequestSql After(RequestCursor cursor)
    {
        var last = Value(cursor.CreatedAt);
        And($"(r.created_at, r.id) > ({last}, {Value(cursor.Id)})");
        _hours.From(last);
        return this;
    }

    public NpgsqlCommand Rows(NpgsqlDataSource database, bool newestFirst, int skip, int take, string columns = RowColumns)
    {
        var order = newestFirst ? "DESC" : "ASC";
        var page = string.Create(CultureInfo.InvariantCulture, $"LIMIT {take} OFFSET {skip}");
        if (_hours.AreAll)
        {
            return Command(database, $"SELECT {columns} FROM requests r WHERE {_where} ORDER BY r.created_at {order}, r.id {order} {page}");
        }

        // No hour is read further than the page could need, and none once the page is full.
        var most = ((long)skip + take).ToString(CultureInfo.InvariantCulture);
        return Command(database, $"""
            SELECT {columns} FROM ({_hours.Sql()}) AS h
            CROSS JOIN LATERAL (SELECT * FROM requests r WHERE {_where} AND {InHour} ORDER BY r.created_at {order}, r.id {order} LIMIT {most}) AS r
            ORDER BY h.start {order}, r.created_at {order}, r.id {order} {page}
            """);
    }

    /// <summary>How many there are, counted no further than <paramref name="most"/>.</summary>
    public NpgsqlCommand Count(NpgsqlDataSource database, int most)
    {
        var rows = $"SELECT 1 FROM requests r WHERE {_where}";
        if (!_hours.AreAll)
        {
            // The limit inside keeps PostgreSQL from reading the whole log to join it.
            rows = string.Create(CultureInfo.InvariantCulture, $"SELECT 1 FROM ({_hours.Sql()}) AS h CROSS JOIN LATERAL ({rows} AND {InHour} LIMIT {most}) AS r");
        }

        return Command(database, string.Create(CultureInfo.InvariantCulture, $"SELECT count(*)::integer FROM ({rows} LIMIT {most}) AS counted"));
    }

    private NpgsqlCommand Command(NpgsqlDataSource database, string sql)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in _values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private void And(string condition) => _where.Append(" AND ").Append(condition);

    /// <summary>A column of the log and of the totals.</summary>
    private void Of(string column, string? value)
    {
        if (value is not null)
        {
            var parameter = Value(value);
            And($"r.{column} = {parameter}");
            _hours.Where($"{column} = {parameter}");
        }
    }

    private string Value(object value)
    {
        _values.Add(value);
        return "$" + _values.Count.ToString(CultureInfo.InvariantCulture);
    }
}
