using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HiWay.Infrastructure.Budgets;

/// <summary>What people see of caps and spend: the books, what the other nodes say, and what this node knows before the books do.</summary>
internal sealed class BudgetReader(NpgsqlDataSource database, SpendShares shares, SpendLedger ledger, TimeProvider clock)
{
    private const int MostEvents = 100;

    /// <summary>The workspace's budget, and its spend by day in this month.</summary>
    public async Task<(BudgetView View, IReadOnlyList<(DateOnly Day, decimal Usd)> Days)> BudgetAsync(HiWayDb db, string workspaceId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = await db.Budgets.AsNoTracking().SingleOrDefaultAsync(row => row.WorkspaceId == workspaceId, cancellationToken);
        var at = BudgetShapes.Thresholds(row);
        var cap = BudgetShapes.Plain(row?.CapUsd);
        var month = new SpendWindowKey(SpendSubject.Workspace(workspaceId), CapPeriod.Month, SpendWindows.StartOf(CapPeriod.Month, now));
        var (spent, reserved) = (await SpentAsync([month], now, cancellationToken))[0];
        var (byDay, firstDay) = await DaysAsync(workspaceId, month.Start, now, cancellationToken);
        var forecast = BudgetForecast.Of(byDay, firstDay, spent, cap * at.Block, now);
        var verdict = cap is { } usd ? BudgetRules.Judge(at, usd, spent + reserved) : BudgetVerdict.Ok;
        var view = new BudgetView(
            cap, at.Warn, at.Downgrade, at.LightOnly, at.Block, BudgetShapes.Plain(row?.EndUserCapUsd), Round(spent), Round(reserved), verdict.Text(),
            SpendWindows.EndOf(CapPeriod.Month, month.Start), Round(forecast.MonthEndUsd), forecast.BlockAt);
        return (view, EveryDay(byDay, month.Start, now));
    }

    /// <summary>Keys with caps, one line for each cap, the fullest first.</summary>
    public async Task<List<KeyCapView>> KeysAsync(HiWayDb db, string workspaceId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var at = await WholeAsync(db, workspaceId, cancellationToken);
        var keys = await db.ApiKeys.AsNoTracking()
            .Where(key => key.WorkspaceId == workspaceId && key.RevokedAt == null && (key.DailyCapUsd != null || key.MonthlyCapUsd != null))
            .Select(key => new { key.Id, key.Name, key.DailyCapUsd, key.MonthlyCapUsd }).ToListAsync(cancellationToken);
        var caps = keys.SelectMany(key => new[] { (key.Id, key.Name, Period: CapPeriod.Day, Cap: key.DailyCapUsd), (key.Id, key.Name, Period: CapPeriod.Month, Cap: key.MonthlyCapUsd) })
            .Where(cap => cap.Cap is not null).ToList();
        var spent = await SpentAsync([.. caps.Select(cap => new SpendWindowKey(SpendSubject.Key(cap.Id), cap.Period, SpendWindows.StartOf(cap.Period, now)))], now, cancellationToken);
        return [.. caps.Select((cap, i) =>
            {
                var usd = BudgetShapes.Plain(cap.Cap!.Value);
                return new KeyCapView(
                    cap.Id, cap.Name, cap.Period is CapPeriod.Day ? "day" : "month", usd, Round(spent[i].SpentUsd),
                    BudgetRules.Judge(at, usd, spent[i].SpentUsd + spent[i].ReservedUsd).Text(), SpendWindows.EndOf(cap.Period, SpendWindows.StartOf(cap.Period, now)));
            })
            .OrderByDescending(view => view.CapUsd > 0m ? view.SpentUsd / view.CapUsd : 1m).ThenBy(view => view.KeyName, StringComparer.Ordinal)];
    }

    /// <param name="only">One end user, or null for all with a cap of their own, by name.</param>
    public async Task<List<EndUserCapView>> UsersAsync(HiWayDb db, string workspaceId, string? only, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var at = await WholeAsync(db, workspaceId, cancellationToken);
        var month = SpendWindows.StartOf(CapPeriod.Month, now);
        var rows = await db.EndUserCaps.AsNoTracking().Where(row => row.WorkspaceId == workspaceId && (only == null || row.EndUser == only))
            .OrderBy(row => row.EndUser).ToListAsync(cancellationToken);
        var spent = await SpentAsync([.. rows.Select(row => new SpendWindowKey(SpendSubject.EndUser(workspaceId, row.EndUser), CapPeriod.Month, month))], now, cancellationToken);
        return [.. rows.Select((row, i) => new EndUserCapView(
            row.EndUser, BudgetShapes.Plain(row.CapUsd), Round(spent[i].SpentUsd), BudgetRules.Judge(at, row.CapUsd, spent[i].SpentUsd + spent[i].ReservedUsd).Text(),
            SpendWindows.EndOf(CapPeriod.Month, month)))];
    }

    public async Task<List<BudgetEventView>> EventsAsync(string workspaceId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT e.at, e.kind, e.subject, coalesce(k.name, ''), e.period, e.verdict, e.spent_usd, e.cap_usd
            FROM budget_events e LEFT JOIN api_keys k ON k.id = e.subject
            WHERE e.workspace_id = $1 ORDER BY e.at DESC, e.spent_usd DESC LIMIT $2
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = MostEvents });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<BudgetEventView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var subject = new SpendSubject((SpendSubjectKind)reader.GetInt32(1), reader.GetString(2));
            var label = reader.GetString(3);
            events.Add(new(
                new DateTimeOffset(reader.GetDateTime(0), TimeSpan.Zero), subject.ScopeName, subject.Name, label.Length > 0 ? label : subject.Name,
                (CapPeriod)reader.GetInt32(4) is CapPeriod.Day ? "day" : "month", reader.GetString(5), Round(reader.GetDecimal(6)), Round(reader.GetDecimal(7))));
        }

        return events;
    }

    public Task<KeptSpend> KeptAsync(string workspaceId, CancellationToken cancellationToken) =>
        shares.KeptAsync(workspaceId, SpendWindows.StartOf(CapPeriod.Month, clock.GetUtcNow()), cancellationToken);

    /// <summary>What this node holds of the workspace's caps; the workspace's own is the bound of all that lies below it.</summary>
    public decimal HeldUsd(string workspaceId, BudgetView budget, IReadOnlyList<KeyCapView> keys, IReadOnlyList<EndUserCapView> users) => budget.CapUsd is not null
        ? ledger.HeldUsd(SpendSubject.Workspace(workspaceId))
        : keys.Select(key => key.KeyId).Distinct().Sum(key => ledger.HeldUsd(SpendSubject.Key(key)))
            + users.Sum(user => ledger.HeldUsd(SpendSubject.EndUser(workspaceId, user.User)));

    private static async Task<BudgetThresholds> WholeAsync(HiWayDb db, string workspaceId, CancellationToken cancellationToken) =>
        BudgetShapes.Thresholds(await db.Budgets.AsNoTracking().SingleOrDefaultAsync(row => row.WorkspaceId == workspaceId, cancellationToken)) with { Block = 1m };

    /// <summary>Of this node the larger of its own count and the books: calls of the last moment are not in the books, end users may only be there.</summary>
    private async Task<(decimal SpentUsd, decimal ReservedUsd)[]> SpentAsync(SpendWindowKey[] windows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (windows.Length == 0)
        {
            return [];
        }

        var heard = await shares.HearAsync(windows, cancellationToken);
        return [.. windows.Select((window, i) =>
        {
            var (spent, reserved) = ledger.Read(window.Subject, window.Period, now);
            var others = heard[i];
            return (Math.Max(spent, others.OwnSpentUsd) + others.OthersSpentUsd, reserved + Math.Max(0m, others.OthersUsedUsd - others.OthersSpentUsd));
        })];
    }

    private async Task<(List<(DateOnly Day, decimal Usd)> Days, DateOnly? First)> DaysAsync(string workspaceId, DateTimeOffset month, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT start, sum(cost_usd), (SELECT min(start) FROM usage_rollups WHERE workspace_id = $1 AND granularity = 'day' AND cost_usd > 0)
            FROM usage_rollups WHERE workspace_id = $1 AND granularity = 'day' AND start >= $2 GROUP BY start ORDER BY start
            """;
        var weekAgo = SpendWindows.StartOf(CapPeriod.Day, now).AddDays(-BudgetForecast.Days);
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = workspaceId });
        command.Parameters.Add(new() { Value = (weekAgo < month ? weekAgo : month).UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new List<(DateOnly, decimal)>();
        DateOnly? first = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            days.Add((DateOnly.FromDateTime(reader.GetDateTime(0)), reader.GetDecimal(1)));
            first = reader.IsDBNull(2) ? null : DateOnly.FromDateTime(reader.GetDateTime(2));
        }

        return (days, first);
    }

    private static List<(DateOnly Day, decimal Usd)> EveryDay(List<(DateOnly Day, decimal Usd)> spent, DateTimeOffset month, DateTimeOffset now)
    {
        var known = spent.ToDictionary(day => day.Day, day => day.Usd);
        var days = new List<(DateOnly, decimal)>();
        for (var day = DateOnly.FromDateTime(month.UtcDateTime); day <= DateOnly.FromDateTime(now.UtcDateTime); day = day.AddDays(1))
        {
            days.Add((day, known.GetValueOrDefault(day)));
        }

        return days;
    }

    /// <summary>Far below a cent, and without the tail of zeros that sums of price lists have.</summary>
    private static decimal Round(decimal usd) => BudgetShapes.Plain(decimal.Round(usd, 12));
}
