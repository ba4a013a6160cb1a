using System.Globalization;
using System.Text;
using HiWay.Domain.Errors;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>Builds a statement over <c>requests</c> of one workspace. Values are parameters; only words of this file become SQL.</summary>
internal sealed class RequestSql
{
    public const string RowColumns =
        "r.id, r.created_at, r.key_id, k.name, r.end_user, r.dialect, r.requested_model, r.model, r.provider, r.tier, r.status, r.error_code, r.streamed, r.end_reason, " +
        "r.input_tokens + r.audio_input_tokens + r.image_input_tokens, r.output_tokens + r.audio_output_tokens + r.image_output_tokens, " +
        "r.cache_read_tokens, r.cache_write_5m_tokens + r.cache_write_1h_tokens, r.reasoning_tokens, r.cost_usd, r.baseline_usd, r.savings_usd, r.unpriced, " +
        "r.latency_ms, r.ttft_ms, r.overhead_ms, r.attempts, r.cache_hit, r.tags";

    /// <summary>As <see cref="HiWay.Domain.Metering.UsageEvent.Failed"/>.</summary>
    private const string Failed = "(r.status >= 400 OR r.end_reason IN ('error', 'upstream_cut', 'node_lost'))";

    private readonly StringBuilder _where = new();
    private readonly List<object> _values = [];

    public RequestSql(string workspaceId, RequestFilter filter)
    {
        _where.Append("r.workspace_id = ").Append(Value(workspaceId));
        And("r.created_at >= ", filter.From?.UtcDateTime);
        And("r.created_at < ", filter.To?.UtcDateTime);
        And("r.model = ", filter.Model);
        And("r.key_id = ", filter.KeyId);
        And("r.provider = ", filter.Provider);
        And("r.tier = ", filter.Tier);
        And("r.end_user = ", filter.EndUser);
        if (filter.Tag is { } tag)
        {
            _where.Append(" AND ").Append(Value(tag)).Append(" = ANY(r.tags)");
        }

        switch (filter.Status)
        {
            case null:
                break;
            case "ok":
                _where.Append(" AND NOT ").Append(Failed);
                break;
            case "error":
                _where.Append(" AND ").Append(Failed);
                break;
            default:
                And("r.status = ", int.Parse(filter.Status, CultureInfo.InvariantCulture));
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
        _where.Append(" AND (r.created_at, r.id) < (").Append(Value(cursor.CreatedAt)).Append(", ").Append(Value(cursor.Id)).Append(')');
        return this;
    }

    /// <summary>Only rows newer than a cursor's.</summary>
    public RequestSql After(RequestCursor cursor)
    {
        _where.Append(" AND (r.created_at, r.id) > (").Append(Value(cursor.CreatedAt)).Append(", ").Append(Value(cursor.Id)).Append(')');
        return this;
    }

    public NpgsqlCommand Rows(NpgsqlDataSource database, bool newestFirst, int skip, int take, string columns = RowColumns)
    {
        var order = newestFirst ? "DESC" : "ASC";
        return Command(database, string.Create(CultureInfo.InvariantCulture,
            $"SELECT {columns} FROM requests r LEFT JOIN api_keys k ON k.id = r.key_id WHERE {_where} ORDER BY r.created_at {order}, r.id {order} LIMIT {take} OFFSET {skip}"));
    }

    /// <summary>How many there are, counted no further than <paramref name="most"/>.</summary>
    public NpgsqlCommand Count(NpgsqlDataSource database, int most) =>
        Command(database, string.Create(CultureInfo.InvariantCulture, $"SELECT count(*)::integer FROM (SELECT 1 FROM requests r WHERE {_where} LIMIT {most}) AS counted"));

    private NpgsqlCommand Command(NpgsqlDataSource database, string sql)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in _values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private void And(string condition, object? value)
    {
        if (value is not null)
        {
            _where.Append(" AND ").Append(condition).Append(Value(value));
        }
    }

    private string Value(object value)
    {
        _values.Add(value);
        return "$" + _values.Count.ToString(CultureInfo.InvariantCulture);
    }
}
