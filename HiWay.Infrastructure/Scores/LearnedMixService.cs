using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Mix;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Scores;

/// <inheritdoc cref="ILearnedMix"/>
internal sealed class LearnedMixService(IDbContextFactory<HiWayDb> contexts, IAuditLog audit, ISnapshots snapshots) : ILearnedMix
{
    public async Task<Outcome<LearnedView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return View(await FindAsync(db, actor, cancellationToken), await MixStore.SumsAsync(db, actor.WorkspaceId, cancellationToken));
    }

    public async Task<Outcome<LearnedView>> UpdateAsync(Actor actor, LearnedPatch patch, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await FindAsync(db, actor, cancellationToken);
        var before = Facts(row);
        if (row is null)
        {
            db.LearnedMixes.Add(row = new LearnedMixRow { WorkspaceId = actor.WorkspaceId });
        }

        row.Enabled = patch.Enabled ?? row.Enabled;
        var sums = await MixStore.SumsAsync(db, actor.WorkspaceId, cancellationToken);
        MixStore.Apply(row, sums);
        var (old, changed) = AuditChanges.Between(before, Facts(row));
        if (changed.Count > 0)
        {
            audit.Record(db, actor, "routing.learned_configured", actor.WorkspaceId, "Learned mix", old, changed);
        }

        await SaveAsync(db, actor, cancellationToken);
        return View(row, sums);
    }

    public async Task<Outcome<bool>> ForgetAsync(Actor actor, string? model, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var gone = await db.ScoreSums.Where(row => row.WorkspaceId == actor.WorkspaceId && (model == null || row.Model == model)).ExecuteDeleteAsync(cancellationToken);
        await db.RequestScores.Where(row => row.WorkspaceId == actor.WorkspaceId && (model == null || row.Model == model)).ExecuteDeleteAsync(cancellationToken);
        await db.JudgeScores.Where(row => row.WorkspaceId == actor.WorkspaceId && (model == null || row.Model == model)).ExecuteDeleteAsync(cancellationToken);
        if (gone == 0 && model is not null)
        {
            return new Refusal(RefusalKind.NotFound, $"There are no scores of '{model}' in this workspace.", "model");
        }

        if (await FindAsync(db, actor, cancellationToken) is { } row)
        {
            MixStore.Apply(row, await MixStore.SumsAsync(db, actor.WorkspaceId, cancellationToken));
        }

        audit.Record(db, actor, "routing.learned_forgotten", actor.WorkspaceId, model ?? "All scores", new Dictionary<string, string?> { ["model"] = model ?? "all" });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
        return true;
    }

    private LearnedView View(LearnedMixRow? row, IReadOnlyList<ScoreSum> sums)
    {
        var points = MixRules.Points(sums);
        var quality = snapshots.Catalogue.ToDictionary(model => model.Id, model => model.Quality, StringComparer.Ordinal);
        return new(row?.Enabled ?? false, MixRules.LeastScores, MixRules.MostPoints,
            [.. sums.OrderBy(sum => sum.Model, StringComparer.Ordinal).ThenBy(sum => sum.Task).Select(sum => new LearnedModelView(
                sum.Model, sum.Task.Text(), sum.Count, sum.Judged, Math.Round(sum.Mean, 4), MixRules.Missing(sum), points[(sum.Model, sum.Task)], quality.GetValueOrDefault(sum.Model)))]);
    }

    private async Task SaveAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
    }

    private static Task<LearnedMixRow?> FindAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken) =>
        db.LearnedMixes.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);

    private static Dictionary<string, string?> Facts(LearnedMixRow? row) => new(StringComparer.Ordinal)
    {
        ["enabled"] = row?.Enabled is true ? "true" : "false",
    };
}
