using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Routing;

/// <summary>Where the tiers begin on the score's scale: light below the first, heavy from the second on, standard between.</summary>
public sealed record RoutingThresholds(double LightBelow, double HeavyFrom);

/// <summary>How a workspace routes.</summary>
/// <param name="Profile"><c>budget</c>, <c>balanced</c> or <c>quality</c>.</param>
/// <param name="Zone"><c>global</c>, <c>eu</c>, <c>fr</c> or <c>strict</c>.</param>
/// <param name="Weights">All analyzers; 1 counts as trained, 0 silences.</param>
/// <param name="Margin">How closely below a cut a score counts as above it.</param>
/// <param name="UltraLight">Whether short single tasks go to the smallest models.</param>
/// <param name="Aliases">Per name the models, tiers or further aliases that it stands for, in the order in which they are tried. The aliases of single models (<c>models</c>) are not among them.</param>
public sealed record RoutingView(
    string Profile, string Zone, IReadOnlyDictionary<string, double> Weights, RoutingThresholds Thresholds, double Margin, bool UltraLight,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Aliases);

/// <summary>What to set; null leaves a field as it is.</summary>
public sealed record RoutingPatch
{
    public string? Profile { get; init; }

    public string? Zone { get; init; }

    /// <summary>Replaces all weights; analyzers left out count 1.</summary>
    public IReadOnlyDictionary<string, double>? Weights { get; init; }

    public double? LightBelow { get; init; }

    public double? HeavyFrom { get; init; }

    public double? Margin { get; init; }

    public bool? UltraLight { get; init; }

    /// <summary>Replaces all aliases.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Aliases { get; init; }
}

/// <summary>A workspace's routing settings. The next call after a change goes by it.</summary>
public interface IRouting
{
    Task<Outcome<RoutingView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<RoutingView>> UpdateAsync(Actor actor, RoutingPatch patch, CancellationToken cancellationToken);

    /// <summary>The workspace as calls would see it after <paramref name="patch"/>, checked as if it were saved; stores nothing.</summary>
    Task<Outcome<WorkspaceSnapshot>> TryAsync(Actor actor, RoutingPatch patch, CancellationToken cancellationToken);
}
