using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing.Replay;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Routing;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Replay;

/// <inheritdoc cref="IReplay"/>
internal sealed class ReplayService(IRouting routing, ISnapshots snapshots, ReplayReader reader, TimeProvider clock) : IReplay
{
    private const int LongestDays = 30;
    private const int BetweenReports = 1_000;

    public async Task<Outcome<ReplayReport>> RunAsync(Actor actor, int days, RoutingPatch tried, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (days is < 1 or > LongestDays)
        {
            return new Refusal(RefusalKind.Invalid, $"'days' must be from 1 to {LongestDays}.", "days");
        }

        var under = await routing.TryAsync(actor, tried, cancellationToken);
        if (under.Refusal is { } refusal)
        {
            return refusal with { Param = refusal.Param is { } param ? $"settings.{param}" : null };
        }

        if (snapshots.Workspace(actor.WorkspaceId) is not { } saved)
        {
            return new Refusal(RefusalKind.Unavailable, "This workspace is not loaded yet. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        var to = clock.GetUtcNow();
        var from = to.AddDays(-days);
        var hours = await reader.HoursAsync(actor.WorkspaceId, from, to, cancellationToken);
        var requests = hours.Sum(hour => hour.Requests);
        var sampled = requests > ReplayReader.MostRows;
        IReadOnlyList<(DateTime Hour, long Most)> share = sampled
            ? [.. hours.Select(hour => (hour.Hour, Math.Max(1, hour.Requests * ReplayReader.MostRows / requests)))]
            : [.. hours.Select(hour => (hour.Hour, (long)ReplayReader.MostRows))];

        var (before, after) = (SettingsOf(saved), SettingsOf(under.Value));
        var allowed = await reader.AllowedModelsAsync(actor.WorkspaceId, cancellationToken);
        var tally = new ReplayTally();
        var expected = Math.Max(1, Math.Min(requests, ReplayReader.MostRows));
        await foreach (var row in reader.ReadAsync(actor.WorkspaceId, from, to, share, cancellationToken))
        {
            if (ReplayReader.CallOf(row, allowed) is not { } call)
            {
                tally.Skipped++;
            }
            else if (!call.Decision.ThroughAlias)   // its list decides, whatever the settings
            {
                tally.Add(call, ReplayRules.Decide(call, before), ReplayRules.Decide(call, after));
                if (tally.Decisions % BetweenReports == 0)
                {
                    progress?.Report(Math.Min(1, tally.Decisions / (double)expected));
                }
            }
        }

        return tally.Report(days, from, to, sampled);
    }

    private static ReplaySettings<Deployment> SettingsOf(WorkspaceSnapshot workspace) =>
        new(workspace.Routing, workspace.Profile, workspace.Candidates, static deployment => deployment.Model, id => workspace.ByModelId.GetValueOrDefault(id));
}
