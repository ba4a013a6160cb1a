using HiWay.Domain.Routing.Analyzers;
using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing;

/// <summary>
/// Decides how strong a model a request needs. Deterministic, no model call: the same request under the same settings always gets
/// the same decision, and the decision says why.
/// </summary>
/// <remarks>
/// Two judges, both linear. Where the prompt's words are known, trained weights say how much likelier a heavy model succeeds than a
/// light one. Where they are not (another language), the analyzers' hand-set points decide. In between both count by their share.
/// </remarks>
public static class Router
{
    /// <summary>The analyzers' names, in the order of every <see cref="RouteScore"/>.</summary>
    public static IReadOnlyList<string> AnalyzerNames { get; } = Array.ConvertAll(AnalyzerCatalog.All, analyzer => analyzer.Name);

    /// <summary>Score, tier and reasons for one request.</summary>
    public static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings) => Decide(facts, settings, LearnedModel.Shipped);

    internal static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings, LearnedModel model)
    {
        Span<int> sums = stackalloc int[LearnedSink.Shares * LearnedSink.SumsPerShare];
        Span<ulong> seen = stackalloc ulong[(model.Slots + 63) / 64];
        sums.Clear();
        seen.Clear();
        var sink = new LearnedSink(model, seen, sums);
        var signals = new PromptSignals();
        PromptReader.Read(facts, ref signals, ref sink);

        Span<double> weights = stackalloc double[LearnedSink.Shares];
        Span<double> contributions = stackalloc double[LearnedSink.Shares];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = settings.Weights.Count > 0 && settings.Weights.TryGetValue(AnalyzerCatalog.All[i].Name, out var set) ? set : 1;
        }

        var learned = LearnedScore.Of(model, sink, sums, weights, contributions);
        return TierRules.Decide(Mix(facts, signals, learned, weights), facts, signals, settings);
    }

    private static RouteScore Mix(in PromptFacts facts, in PromptSignals signals, in LearnedScore learned, ReadOnlySpan<double> weights)
    {
        var analyzers = AnalyzerCatalog.All;
        var readings = new AnalyzerReading[analyzers.Length];
        Span<double> points = stackalloc double[LearnedSink.Shares];
        var sum = 0.0;
        for (var i = 0; i < readings.Length; i++)
        {
            var (score, reason) = analyzers[i].Read(facts, signals);
            readings[i] = new(analyzers[i].Name, Math.Round(score, 4), weights[i], 0, reason);
            points[i] = readings[i].Score * analyzers[i].Points * weights[i];
            sum += points[i];
        }

        var total = 0.0;
        var start = learned.Trust * learned.Base;
        for (var i = 0; i < readings.Length; i++)
        {
            // Points end at 1 together; and what the training data does not hold (histories, system prompts) keeps them beside the weights.
            var own = points[i] / Math.Max(1, sum);
            var taught = learned.Contributions[i] + (analyzers[i].IsTaught(facts) ? 0 : own);
            readings[i] = readings[i] with { Contribution = (learned.Trust * taught) + ((1 - learned.Trust) * own) };
            total += readings[i].Contribution;
        }

        if (start + total > 1)
        {
            for (var i = 0; i < readings.Length; i++)
            {
                readings[i] = readings[i] with { Contribution = readings[i].Contribution * (1 - start) / total };
            }
        }

        return new(Math.Clamp(Math.Round(start + total, 4), 0, 1), readings) { Base = start };
    }
}
