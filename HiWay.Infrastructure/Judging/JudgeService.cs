using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Judging;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Judging;

/// <inheritdoc cref="IJudge"/>
internal sealed class JudgeService(IDbContextFactory<HiWayDb> contexts, IUsageReader usage, IAuditLog audit, ISnapshots snapshots, TimeProvider clock) : IJudge, IJudgeFailures
{
    private const decimal MostDailyLimitUsd = 1_000_000m;
    private const int ForecastDays = 7;
    private const int AgreementDays = 30;
    private const int LongestMessage = 500;

    public async Task<Outcome<JudgeView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await ViewAsync(db, actor, await FindAsync(db, actor, cancellationToken) ?? JudgeShapes.Default(actor.WorkspaceId), cancellationToken);
    }

    public async Task<Outcome<JudgeView>> UpdateAsync(Actor actor, JudgePatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await FindAsync(db, actor, cancellationToken);
        var isNew = row is null;
        row ??= JudgeShapes.Default(actor.WorkspaceId);
        var before = JudgeShapes.Facts(row);
        row.Enabled = patch.Enabled ?? row.Enabled;
        row.SampleRate = patch.SampleRate ?? row.SampleRate;
        row.Model = patch.Model ?? row.Model;
        row.DailyLimitUsd = patch.DailyLimitUsd ?? row.DailyLimitUsd;
        if (Check(row, patch) is { } wrong)
        {
            return wrong;
        }

        var (old, changed) = AuditChanges.Between(before, JudgeShapes.Facts(row));
        if (changed.Count > 0)
        {
            if (isNew)
            {
                db.JudgeSettings.Add(row);
            }

            audit.Record(db, actor, "routing.judge_configured", actor.WorkspaceId, "Judge", old, changed);
            await db.JudgeFailures.Where(failure => failure.WorkspaceId == actor.WorkspaceId).ExecuteDeleteAsync(cancellationToken);   // of settings that are no more
            await db.SaveChangesAsync(cancellationToken);
            await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        }

        return await ViewAsync(db, actor, row, cancellationToken);
    }

    public async Task RecordAsync(string workspaceId, string code, string message, CancellationToken cancellationToken)
    {
        var (now, text) = (clock.GetUtcNow(), message.Length > LongestMessage ? message[..LongestMessage] : message);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO judge_failures (workspace_id, failed_at, code, message) SELECT id, {now}, {code}, {text} FROM workspaces WHERE id = {workspaceId}
            ON CONFLICT (workspace_id) DO UPDATE SET failed_at = excluded.failed_at, code = excluded.code, message = excluded.message
            """, cancellationToken);
    }

    private Refusal? Check(JudgeSettingsRow row, JudgePatch patch)
    {
        if (!(row.SampleRate is >= 0 and <= 1))
        {
            return Invalid("'sample_rate' must be a share of answers from 0 to 1, such as 0.05 for one in twenty.", "sample_rate");
        }

        if (row.DailyLimitUsd is < 0 or > MostDailyLimitUsd)
        {
            return Invalid($"'daily_limit_usd' must be from 0 to {MostDailyLimitUsd:0}.", "daily_limit_usd");
        }

        if (row.Model is null)
        {
            return row.Enabled ? Invalid("'model' is missing: the model that rates, such as 'openai/gpt-4o-mini'. GET /v1/models lists those that this workspace can call.", "model") : null;
        }

        // A model that has gone since must not keep anybody from switching the judge off.
        return patch.Model is null && patch.Enabled is not true ? null : CheckModel(row.Model, snapshots.Workspace(row.WorkspaceId));
    }

    private Refusal? CheckModel(string name, WorkspaceSnapshot? workspace)
    {
        if (workspace is null)
        {
            return new Refusal(RefusalKind.Unavailable, "This workspace is not loaded yet. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        if (ModelOf(name, workspace) is not { } model || !model.Serves(TierPlacement.ChatEndpoint))
        {
            return Invalid($"'{name}' is no chat model that this workspace can call now. GET /v1/models lists those that are.", "model");
        }

        if (!ZoneRules.Allows(workspace.Zone, model.Zone))
        {
            return Invalid($"'{name}' is outside this workspace's zone.", "model");
        }

        return JudgeRules.Forecast(new(1, 1, 1), 1, model, clock.GetUtcNow()).UsdPerDay is null
            ? Invalid($"'{name}' has no price, so its ratings could not be held to a daily limit. Set its prices under Models, or choose another.", "model")
            : null;
    }

    /// <summary>The one model that a name stands for.</summary>
    private ModelEntry? ModelOf(string name, WorkspaceSnapshot workspace) => workspace.Resolve(name, snapshots.Catalogue).Deployment?.Model;

    private async Task<Outcome<JudgeView>> ViewAsync(HiWayDb db, Actor actor, JudgeSettingsRow row, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var keys = await usage.ReadAsync(actor, new(today, today.AddDays(1), UsageInterval.Day, UsageGrouping.Key), cancellationToken);
        var tiers = await usage.ReadAsync(actor, new(today.AddDays(1 - ForecastDays), today.AddDays(1), UsageInterval.Day, UsageGrouping.Tier), cancellationToken);
        if ((keys.Refusal ?? tiers.Refusal) is { } refusal)
        {
            return refusal;
        }

        var own = keys.Value.Groups.FirstOrDefault(group => group.Group == JudgeKey.IdOf(actor.WorkspaceId))?.Totals ?? new();
        var (calls, usd) = Expected(row, tiers.Value, now);
        var failure = await db.JudgeFailures.AsNoTracking().SingleOrDefaultAsync(failure =>
            failure.WorkspaceId == actor.WorkspaceId
            && !db.JudgeScores.Any(rating => rating.WorkspaceId == failure.WorkspaceId && rating.ScoredAt > failure.FailedAt), cancellationToken);
        return new JudgeView(
            row.Enabled, row.SampleRate, row.Model, row.DailyLimitUsd, calls, usd, own.Requests - own.Errors, own.CostUsd,
            failure is null ? null : new(failure.FailedAt, failure.Code, failure.Message, JudgeRules.Advice(failure.Code)), await AgreementAsync(db, actor.WorkspaceId, now, cancellationToken));
    }

    private (double Calls, decimal? Usd) Expected(JudgeSettingsRow row, UsageReport seen, DateTimeOffset now)
    {
        var routed = seen.Groups.Where(group => TierNames.Parse(group.Group) is not null).Select(group => group.Totals).ToList();
        var answers = (double)routed.Sum(totals => totals.Requests - totals.Errors);
        var traffic = answers > 0
            ? new JudgedTraffic(
                answers / ForecastDays, routed.Sum(totals => totals.InputTokens + totals.CacheReadTokens + totals.CacheWriteTokens) / answers, routed.Sum(totals => totals.OutputTokens) / answers)
            : default;
        var calls = Math.Round(traffic.AnswersPerDay * row.SampleRate, 2);
        if (row.Model is null || snapshots.Workspace(row.WorkspaceId) is not { } workspace || ModelOf(row.Model, workspace) is not { } model)
        {
            return (calls, null);
        }

        var forecast = JudgeRules.Forecast(traffic, row.SampleRate, model, now);
        return (calls, forecast.UsdPerDay is { } usd ? Math.Round(Math.Min(usd, row.DailyLimitUsd), 6) : null);
    }

    private static async Task<JudgeAgreementView> AgreementAsync(HiWayDb db, string workspaceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = now.AddDays(-AgreementDays);
        var both = from rating in db.JudgeScores
                   join said in db.RequestScores on new { rating.WorkspaceId, rating.RequestId } equals new { said.WorkspaceId, said.RequestId }
                   where rating.WorkspaceId == workspaceId && rating.ScoredAt >= since
                   select new { Rating = rating.Score, Said = said.Score };
        var sums = await both.GroupBy(_ => 1).Select(all => new
        {
            Count = all.LongCount(),
            Mean = all.Average(pair => Math.Abs(pair.Rating - pair.Said)),
            Opposed = all.LongCount(pair => (pair.Rating < 0.5) != (pair.Said < 0.5)),
        }).SingleOrDefaultAsync(cancellationToken);
        return sums is null ? new(0, null, 0) : new(sums.Count, Math.Round(sums.Mean, 4), sums.Opposed);
    }

    private static Task<JudgeSettingsRow?> FindAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken) =>
        db.JudgeSettings.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);

    private static Refusal Invalid(string message, string param) => new(RefusalKind.Invalid, message, param);
}
