using System.Globalization;
using System.Text;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Metering.Rollups;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>Reports from the totals. Percentiles come from merged histograms, so they are right for any grouping.</summary>
internal sealed class UsageReader(NpgsqlDataSource database, IOptions<MeteringOptions> options, TimeProvider clock) : IUsageReader
{
    /// <summary>Longest stretch of each interval, so that no report has more than some ten thousand points.</summary>
    private static readonly TimeSpan s_longestByHour = TimeSpan.FromDays(93);
    private static readonly TimeSpan s_longestByDay = TimeSpan.FromDays(1100);

    public async Task<Outcome<UsageReport>> ReadAsync(Actor actor, UsageQuery query, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.Read) ?? Check(query)) is { } refusal)
        {
            return refusal;
        }

        var interval = GranularityOf(query.Interval);
        var parts = UsageParts.Of(query.From.UtcDateTime, query.To.UtcDateTime, interval, MinutesKeptFrom.UtcDateTime);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var byPeople = query.GroupBy is UsageGrouping.User or UsageGrouping.Tag;
        var calls = await ReadAsync(connection, actor.WorkspaceId, parts, interval, byPeople ? UsageGrouping.None : query.GroupBy, cancellationToken);
        var grouped = byPeople ? await ReadAsync(connection, actor.WorkspaceId, parts, interval, query.GroupBy, cancellationToken) : calls;

        var totals = new UsageSums();
        foreach (var sums in calls.Values)
        {
            totals.Add(sums);
        }

        var labels = query.GroupBy is UsageGrouping.Key ? await KeyNamesAsync(connection, actor.WorkspaceId, cancellationToken) : [];
        var range = parts.Count == 0 ? query : query with { From = new(parts[0].From, TimeSpan.Zero), To = new(parts[^1].To, TimeSpan.Zero) };
        return new UsageReport(range, totals.ToTotals(), query.GroupBy is UsageGrouping.None ? [] : Groups(grouped, labels), Series(grouped, labels));
    }

    private DateTimeOffset MinutesKeptFrom => clock.GetUtcNow().AddDays(-options.Value.MinuteRetentionDays);

    private Refusal? Check(UsageQuery query)
    {
        if (query.To <= query.From)
        {
            return new(RefusalKind.Invalid, "'to' must be later than 'from'; it is not part of the range.", "to");
        }

        var length = query.To - query.From;
        return query.Interval switch
        {
            UsageInterval.Minute when query.From < MinutesKeptFrom =>
                new(RefusalKind.Invalid, $"Totals by the minute are kept for {options.Value.MinuteRetentionDays} days. Take a later 'from', or interval=hour.", "from"),
            UsageInterval.Hour when length > s_longestByHour =>
                new(RefusalKind.Invalid, $"interval=hour covers at most {s_longestByHour.TotalDays:0} days. Take a later 'from', or interval=day.", "from"),
            UsageInterval.Day when length > s_longestByDay =>
                new(RefusalKind.Invalid, $"A report covers at most {s_longestByDay.TotalDays:0} days. Take a later 'from'.", "from"),
            _ => null,
        };
    }

    private static async Task<Dictionary<(DateTime Start, string Group), UsageSums>> ReadAsync(
        NpgsqlConnection connection, string workspaceId, List<UsagePart> parts, string interval, UsageGrouping grouping, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<(DateTime, string), UsageSums>();
        if (parts.Count == 0)
        {
            return sums;
        }

        await using var command = new NpgsqlCommand { Connection = connection };
        command.CommandText = Sql(parts, grouping);
        command.Parameters.Add(new() { Value = workspaceId });
        foreach (var part in parts)
        {
            command.Parameters.Add(new() { Value = part.From });
            command.Parameters.Add(new() { Value = part.To });
        }

        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var at = (RollupBatch.StartOf(interval, row.GetDateTime(0)), row.GetString(1));
            if (!sums.TryGetValue(at, out var into))
            {
                sums.Add(at, into = new());
            }

            RollupUpsert.Read(row, 2, into);
        }

        return sums;
    }

    /// <summary>One SELECT for each part, with the granularity as a constant, so that only the partitions it lives in are looked at.</summary>
    private static string Sql(List<UsagePart> parts, UsageGrouping grouping)
    {
        var (table, group, filter) = grouping switch
        {
            UsageGrouping.None => ("usage_rollups", "''", ""),
            UsageGrouping.Model => ("usage_rollups", "model", ""),
            UsageGrouping.Provider => ("usage_rollups", "provider", ""),
            UsageGrouping.Tier => ("usage_rollups", "tier", ""),
            UsageGrouping.Key => ("usage_rollups", "key_id", ""),
            UsageGrouping.User => ("usage_attribution", "subject", $" AND kind = '{RollupBatch.User}'"),
            UsageGrouping.Tag => ("usage_attribution", "subject", $" AND kind = '{RollupBatch.Tag}'"),
        };
        var sql = new StringBuilder();
        for (var i = 0; i < parts.Count; i++)
        {
            sql.Append(i == 0 ? "" : " UNION ALL ").Append(CultureInfo.InvariantCulture,
                $"SELECT start, {group}, {RollupUpsert.SumColumns} FROM {table} WHERE workspace_id = $1 AND granularity = '{parts[i].Granularity}' AND start >= ${2 * i + 2} AND start < ${2 * i + 3}{filter}");
        }

        return sql.ToString();
    }

    private static async Task<Dictionary<string, string>> KeyNamesAsync(NpgsqlConnection connection, string workspaceId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT id, name FROM api_keys WHERE workspace_id = $1", connection) { Parameters = { new() { Value = workspaceId } } };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
        {
            names.Add(row.GetString(0), row.GetString(1));
        }

        return names;
    }

    private static List<UsageGroup> Groups(Dictionary<(DateTime Start, string Group), UsageSums> sums, Dictionary<string, string> labels)
    {
        var groups = new Dictionary<string, UsageSums>(StringComparer.Ordinal);
        foreach (var ((_, group), part) in sums)
        {
            if (!groups.TryGetValue(group, out var into))
            {
                groups.Add(group, into = new());
            }

            into.Add(part);
        }

        return [.. groups.OrderByDescending(group => group.Value.CostUsd).ThenByDescending(group => group.Value.Requests).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new UsageGroup(Named(group.Key), Label(group.Key, labels), group.Value.ToTotals()))];
    }

    private static List<UsagePoint> Series(Dictionary<(DateTime Start, string Group), UsageSums> sums, Dictionary<string, string> labels) =>
        [.. sums.OrderBy(point => point.Key.Start).ThenBy(point => point.Key.Group, StringComparer.Ordinal)
            .Select(point => new UsagePoint(new(point.Key.Start, TimeSpan.Zero), Named(point.Key.Group), Label(point.Key.Group, labels), point.Value.ToTotals()))];

    private static string? Named(string group) => group.Length == 0 ? null : group;

    private static string? Label(string group, Dictionary<string, string> labels) => (labels.GetValueOrDefault(group) ?? JudgeKey.NameOf(group) ?? group) is { Length: > 0 } label ? label : null;

    private static string GranularityOf(UsageInterval interval) => interval switch
    {
        UsageInterval.Minute => RollupBatch.Minute,
        UsageInterval.Hour => RollupBatch.Hour,
        UsageInterval.Day => RollupBatch.Day,
    };
}
