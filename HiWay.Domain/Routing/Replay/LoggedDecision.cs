using HiWay.Domain.Budgets;
using HiWay.Domain.Routing.Candidates;

namespace HiWay.Domain.Routing.Replay;

/// <summary>
/// What a logged call of <c>auto</c> keeps of its decision, so that it can be explained later and decided again under other settings.
/// Numbers only, none of the prompt's text; some 60 bytes as stored (<see cref="LoggedDecisionCodec"/>).
/// </summary>
public sealed record LoggedDecision
{
    public required RouteFeatures Features { get; init; }

    /// <summary>What a model had to be able to do. A deadline is what was left of it, in whole milliseconds. The key's allowed models are not kept; whoever decides again adds those of today.</summary>
    public required RouteNeeds Needs { get; init; }

    /// <summary>What the strictest cap said; it may have taken a tier off.</summary>
    public BudgetVerdict Budget { get; init; }

    public RoutingProfile Profile { get; init; } = RoutingProfile.Balanced;

    /// <summary>The call or its key named the profile, so the workspace's does not matter.</summary>
    public bool ProfileIsTheCallers { get; init; }

    /// <summary>Tokens of the conversation that its model's provider had cached, which kept the call there; null when no cache was in play.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>The call named an alias that lists several models, <c>auto</c> or a tier among them: its list decided, not the workspace's settings alone.</summary>
    public bool ThroughAlias { get; init; }

    /// <summary>A deployment may have been passed over because calls to it failed or were slow then, which nobody can know later.</summary>
    public bool SomebodyWasUnwell { get; init; }

    /// <summary>What the workspace multiplied each analyzer's share by, in the order of <see cref="Router.AnalyzerNames"/>, in thousandths; null when by nothing.</summary>
    public IReadOnlyList<int>? WeightThousandths { get; init; }

    /// <summary>A workspace's weights as they are kept; null for the usual case that all are 1.</summary>
    public static IReadOnlyList<int>? ThousandthsOf(RoutingSettings settings) =>
        settings.Weights.Count == 0 ? null : [.. Router.AnalyzerNames.Select(name => (int)Math.Round(settings.Weights.GetValueOrDefault(name, 1) * 1000))];

    /// <summary>The score's parts as they were then.</summary>
    public RouteScore Score() => Router.Decide(Features, RoutingSettings.Default with { Weights = Weights() }).Score;

    private Dictionary<string, double> Weights()
    {
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < WeightThousandths?.Count; i++)
        {
            weights[Router.AnalyzerNames[i]] = WeightThousandths[i] / 1000.0;
        }

        return weights;
    }
}
