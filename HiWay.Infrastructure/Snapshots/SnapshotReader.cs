using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>Reads what workspaces' snapshots are built from.</summary>
internal sealed class SnapshotReader(IDbContextFactory<HiWayDb> contexts)
{
    /// <summary>The rows of some workspaces, or of all; deleted ones are left out.</summary>
    public async Task<IReadOnlyList<WorkspaceRows>> ReadAsync(IReadOnlyCollection<string>? ids, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);

        // Workspaces first: what is read after them is at least as new as their version, so a change in between is read again and not lost.
        var workspaces = await db.Workspaces.AsNoTracking()
            .Where(row => row.DeletedAt == null && (ids == null || ids.Contains(row.Id))).ToListAsync(cancellationToken);
        var keys = await db.ApiKeys.AsNoTracking()
            .Where(row => row.RevokedAt == null && (ids == null || ids.Contains(row.WorkspaceId))).ToListAsync(cancellationToken);
        var credentials = await db.Credentials.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).OrderBy(row => row.Id).ToListAsync(cancellationToken);
        var models = await db.WorkspaceModels.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToListAsync(cancellationToken);

        var budgets = await db.Budgets.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToDictionaryAsync(row => row.WorkspaceId, StringComparer.Ordinal, cancellationToken);
        var endUserCaps = await db.EndUserCaps.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToListAsync(cancellationToken);

        var guardians = await db.GuardianSettings.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToDictionaryAsync(row => row.WorkspaceId, StringComparer.Ordinal, cancellationToken);
        var shields = await db.SecuritySettings.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToDictionaryAsync(row => row.WorkspaceId, StringComparer.Ordinal, cancellationToken);
        var privacy = await db.PrivacySettings.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToDictionaryAsync(row => row.WorkspaceId, StringComparer.Ordinal, cancellationToken);
        var ipRules = await db.IpRules.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToListAsync(cancellationToken);

        var mixes = await db.LearnedMixes.AsNoTracking()
            .Where(row => ids == null || ids.Contains(row.WorkspaceId)).ToDictionaryAsync(row => row.WorkspaceId, StringComparer.Ordinal, cancellationToken);
        var judges = await db.JudgeSettings.AsNoTracking()
            .Where(row => row.Enabled && (ids == null || ids.Contains(row.WorkspaceId))).ToDictionaryAsync(row => row.WorkspaceId, StringComparer.Ordinal, cancellationToken);

        var keysOf = keys.ToLookup(row => row.WorkspaceId, StringComparer.Ordinal);
        var credentialsOf = credentials.ToLookup(row => row.WorkspaceId, StringComparer.Ordinal);
        var modelsOf = models.ToLookup(row => row.WorkspaceId, StringComparer.Ordinal);
        var endUserCapsOf = endUserCaps.ToLookup(row => row.WorkspaceId, StringComparer.Ordinal);
        var ipRulesOf = ipRules.ToLookup(row => row.WorkspaceId, StringComparer.Ordinal);
        return [.. workspaces.Select(row => new WorkspaceRows(row, [.. keysOf[row.Id]], [.. credentialsOf[row.Id]], [.. modelsOf[row.Id]])
        {
            Budget = budgets.GetValueOrDefault(row.Id),
            EndUserCaps = [.. endUserCapsOf[row.Id]],
            Guardian = guardians.GetValueOrDefault(row.Id),
            Security = shields.GetValueOrDefault(row.Id),
            Privacy = privacy.GetValueOrDefault(row.Id),
            IpRules = [.. ipRulesOf[row.Id]],
            Mix = mixes.GetValueOrDefault(row.Id),
            Judge = judges.GetValueOrDefault(row.Id),
        })];
    }

    /// <summary>Which workspace a secret belongs to; null for unknown and revoked ones.</summary>
    public async Task<string?> WorkspaceOfKeyAsync(byte[] secretHash, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.ApiKeys.AsNoTracking().Where(row => row.RevokedAt == null && row.SecretHash == secretHash).Select(row => row.WorkspaceId).SingleOrDefaultAsync(cancellationToken);
    }
}
