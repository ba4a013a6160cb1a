using System.Text.Json;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Mix;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Scores;

/// <summary>Keeps the points of a workspace's mix in step with its scores.</summary>
internal sealed class MixStore(IDbContextFactory<HiWayDb> contexts, ISnapshots snapshots)
{
    /// <summary>The scores of a workspace, added up.</summary>
    public static async Task<IReadOnlyList<ScoreSum>> SumsAsync(HiWayDb db, string workspaceId, CancellationToken cancellationToken)
    {
        var rows = await db.ScoreSums.AsNoTracking().Where(row => row.WorkspaceId == workspaceId && (row.Scores > 0 || row.Judged > 0)).ToListAsync(cancellationToken);
        return [.. rows.Select(row => new ScoreSum(row.Model, TaskTypes.Parse(row.Task) ?? TaskType.General, row.Scores, row.Total, row.Judged, row.JudgedTotal))];
    }

    /// <summary>
    /// After a score: writes the points down when one has changed, which is seldom, and only where the mix is on. Each writing makes the
    /// nodes build the workspace's snapshot anew.
    /// </summary>
    public async Task RefreshPointsAsync(string workspaceId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.LearnedMixes.SingleOrDefaultAsync(row => row.WorkspaceId == workspaceId, cancellationToken);
        if (row is not { Enabled: true } || !Apply(row, await SumsAsync(db, workspaceId, cancellationToken)))
        {
            return;
        }

        await db.SaveChangesAsync(cancellationToken);
        await snapshots.RefreshAsync(workspaceId, CancellationToken.None);
    }

    /// <summary>False when the points are as they were.</summary>
    public static bool Apply(LearnedMixRow row, IReadOnlyList<ScoreSum> sums)
    {
        var points = PointsJson(MixRules.Points(sums));
        if (SamePoints(row.Points, points))
        {
            return false;
        }

        row.Points = points;
        return true;
    }

    /// <summary>What the snapshot takes in.</summary>
    public static LearnedMix MixOf(LearnedMixRow? row) => row is { Enabled: true } ? new(Parse(row.Points)) : LearnedMix.None;

    private static string PointsJson(Dictionary<(string Model, TaskType Task), int> points) => JsonSerializer.Serialize(points
        .Where(point => point.Value != 0).OrderBy(point => point.Key.Model, StringComparer.Ordinal).ThenBy(point => point.Key.Task)
        .Select(point => new StoredPoint(point.Key.Model, point.Key.Task.Text(), point.Value)));

    // The database writes JSON in its own way, so texts do not compare.
    private static bool SamePoints(string stored, string made) =>
        JsonSerializer.Deserialize<StoredPoint[]>(stored)!.SequenceEqual(JsonSerializer.Deserialize<StoredPoint[]>(made)!);

    private static IEnumerable<KeyValuePair<(string Model, TaskType Task), int>> Parse(string json) =>
        from point in JsonSerializer.Deserialize<StoredPoint[]>(json)
        where TaskTypes.Parse(point.Task) is not null   // a kind that this version does not know
        select KeyValuePair.Create((point.Model, TaskTypes.Parse(point.Task)!.Value), Math.Clamp(point.Points, -MixRules.MostPoints, MixRules.MostPoints));

    private sealed record StoredPoint(string Model, string Task, int Points);
}
