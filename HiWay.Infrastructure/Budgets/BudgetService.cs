using System.Globalization;
using HiWay.Domain.Accounts;
using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Budgets;

/// <inheritdoc cref="IBudgets"/>
internal sealed class BudgetService(
    IDbContextFactory<HiWayDb> contexts, BudgetReader reader, BudgetHealth health, IAuditLog audit, ISnapshots snapshots) : IBudgets
{
    private const int MaxEndUserCaps = 10_000;

    public async Task<Outcome<BudgetView>> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return (await reader.BudgetAsync(db, actor.WorkspaceId, cancellationToken)).View;
    }

    public async Task<Outcome<BudgetView>> PutAsync(Actor actor, BudgetDraft draft, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.ManageWorkspace) ?? Check(draft)) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.Budgets.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId, cancellationToken);
        var before = Facts(row);
        if (row is null)
        {
            db.Budgets.Add(row = new BudgetRow { WorkspaceId = actor.WorkspaceId });
        }

        (row.CapUsd, row.WarnAt, row.DowngradeAt, row.LightOnlyAt, row.BlockAt, row.EndUserCapUsd) =
            (draft.CapUsd, draft.WarnAt, draft.DowngradeAt, draft.LightOnlyAt, draft.BlockAt, draft.EndUserCapUsd);
        var (old, changed) = AuditChanges.Between(before, Facts(row));
        if (changed.Count > 0)
        {
            audit.Record(db, actor, "budget.updated", actor.WorkspaceId, "Budget Control", old, changed);
            await SaveAsync(db, actor, cancellationToken);
        }

        return (await reader.BudgetAsync(db, actor.WorkspaceId, cancellationToken)).View;
    }

    public async Task<Outcome<IReadOnlyList<EndUserCapView>>> UsersAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await reader.UsersAsync(db, actor.WorkspaceId, null, cancellationToken);
    }

    public async Task<Outcome<EndUserCapView>> PutUserAsync(Actor actor, string user, decimal? capUsd, CancellationToken cancellationToken)
    {
        if ((actor.Lacks(Permission.ManageWorkspace) ?? CheckUser(user)
            ?? (capUsd is null ? Wrong("cap_usd", "'cap_usd' is missing: the most that the end user may cost in a month, in US dollars.") : CheckCap(capUsd, "cap_usd"))) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.EndUserCaps.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId && row.EndUser == user, cancellationToken);
        var before = row is null ? null : Usd(row.CapUsd);
        if (row is null)
        {
            if (await db.EndUserCaps.CountAsync(other => other.WorkspaceId == actor.WorkspaceId, cancellationToken) >= MaxEndUserCaps)
            {
                return new Refusal(RefusalKind.Conflict, $"A workspace holds at most {MaxEndUserCaps} caps of single end users. Use 'end_user_cap_usd' for the rest.");
            }

            db.EndUserCaps.Add(row = new EndUserCapRow { WorkspaceId = actor.WorkspaceId, EndUser = user });
        }

        row.CapUsd = capUsd!.Value;
        if (before != Usd(row.CapUsd))
        {
            audit.Record(db, actor, "budget.user_cap_set", user, user,
                new Dictionary<string, string?> { ["cap_usd"] = before }, new Dictionary<string, string?> { ["cap_usd"] = Usd(row.CapUsd) });
            await SaveAsync(db, actor, cancellationToken);
        }

        return (await reader.UsersAsync(db, actor.WorkspaceId, user, cancellationToken))[0];
    }

    public async Task<Outcome<bool>> DeleteUserAsync(Actor actor, string user, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageWorkspace) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.EndUserCaps.SingleOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId && row.EndUser == user, cancellationToken) is not { } row)
        {
            return new Refusal(RefusalKind.NotFound, $"The end user '{user}' has no cap of its own.");
        }

        db.EndUserCaps.Remove(row);
        audit.Record(db, actor, "budget.user_cap_removed", user, user, new Dictionary<string, string?> { ["cap_usd"] = Usd(row.CapUsd) });
        await SaveAsync(db, actor, cancellationToken);
        return true;
    }

    public async Task<Outcome<IReadOnlyList<BudgetEventView>>> EventsAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        return await reader.EventsAsync(actor.WorkspaceId, cancellationToken);
    }

    public async Task<Outcome<BudgetPageView>> PageAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var (view, days) = await reader.BudgetAsync(db, actor.WorkspaceId, cancellationToken);
        var keys = await reader.KeysAsync(db, actor.WorkspaceId, cancellationToken);
        var users = await reader.UsersAsync(db, actor.WorkspaceId, null, cancellationToken);
        return new BudgetPageView(view, days, keys, users, await reader.EventsAsync(actor.WorkspaceId, cancellationToken),
            await reader.KeptAsync(actor.WorkspaceId, cancellationToken));
    }

    public BudgetState NodeOf(string workspaceId, BudgetPageView page) =>
        health.State with { HeldUsd = reader.HeldUsd(workspaceId, page.Budget, page.Keys, page.Users) };

    private async Task SaveAsync(HiWayDb db, Actor actor, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);

        // The caller's own next call must see the change, even if the caller hangs up now.
        await snapshots.RefreshAsync(actor.WorkspaceId, CancellationToken.None);
    }

    private static Refusal? Check(BudgetDraft draft) =>
        CheckCap(draft.CapUsd, "cap_usd")
        ?? CheckCap(draft.EndUserCapUsd, "end_user_cap_usd")
        ?? (BudgetRules.Check(new(draft.WarnAt, draft.DowngradeAt, draft.LightOnlyAt, draft.BlockAt)) is { } wrong ? Wrong(wrong.Param, wrong.Message) : null);

    private static Refusal? CheckCap(decimal? cap, string param) =>
        CapAmount.Wrong(cap, param, "refuses every call") is { } wrong ? Wrong(param, wrong) : null;

    private static Refusal? CheckUser(string user) => string.IsNullOrWhiteSpace(user) || user.Length > SpendScope.LongestEndUser || user.Any(char.IsControl)
        ? Wrong("user", $"The end user's name must have 1 to {SpendScope.LongestEndUser} characters, as callers send it in X-HiWay-User or 'user'.")
        : null;

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);

    private static Dictionary<string, string?> Facts(BudgetRow? row)
    {
        var at = BudgetShapes.Thresholds(row);
        return new(StringComparer.Ordinal)
        {
            ["cap_usd"] = Usd(row?.CapUsd),
            ["warn_at"] = Usd(at.Warn),
            ["downgrade_at"] = Usd(at.Downgrade),
            ["light_only_at"] = Usd(at.LightOnly),
            ["block_at"] = Usd(at.Block),
            ["end_user_cap_usd"] = Usd(row?.EndUserCapUsd),
        };
    }

    private static string? Usd(decimal? value) => value?.ToString("0.######", CultureInfo.InvariantCulture);
}
