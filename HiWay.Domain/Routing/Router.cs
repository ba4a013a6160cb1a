using HiWay.Domain.Routing.Analyzers;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing;

/// <summary>
/// Decides how strong a model a request needs. Deterministic, no model call: the same request under the same settings always gets
/// the same decision, and the decision says why.
/// </summary>
public static class Router
{
    /// <summary>The analyzers' names with their default weights, in the order of every <see cref="RouteScore"/>.</summary>
    public static IReadOnlyList<KeyValuePair<string, double>> DefaultWeights { get; } =
        Array.ConvertAll(AnalyzerCatalog.All, analyzer => KeyValuePair.Create(analyzer.Name, analyzer.DefaultWeight));

    /// <summary>Score, tier and reasons for one request.</summary>
    public static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings)
    {
        var signals = new PromptSignals();
        PromptReader.Read(facts, ref signals);
        return TierRules.Decide(Score(facts, signals, settings), facts, signals, settings);
    }

    private static RouteScore Score(in PromptFacts facts, in PromptSignals signals, RoutingSettings settings)
    {
        var analyzers = AnalyzerCatalog.All;
        var readings = new AnalyzerReading[analyzers.Length];
        var sum = 0.0;
        for (var i = 0; i < analyzers.Length; i++)
        {
            var (score, reason) = analyzers[i].Read(facts, signals);
            var weight = settings.Weights.Count > 0 && settings.Weights.TryGetValue(analyzers[i].Name, out var set) ? set : analyzers[i].DefaultWeight;
            readings[i] = new(analyzers[i].Name, Math.Round(score, 4), weight, Math.Round(score * weight, 4), reason);
            sum += readings[i].Contribution;
        }

        if (sum > 1)
        {
            // The score ends at 1; shares shrink alike, so that they still add up to it.
            for (var i = 0; i < readings.Length; i++)
            {
                readings[i] = readings[i] with { Contribution = readings[i].Contribution / sum };
            }
        }

        return new(Math.Clamp(Math.Round(sum, 4), 0, 1), readings);
    }
}
