using HiWay.Domain.Routing.Analyzers;
using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing;

/// <summary>
/// Decides how strong a model a request needs. Deterministic, no model call: the same request under the same settings always gets
/// the same decision, and the decision says why.
/// </summary>
/// <remarks>
/// Two judges. Trained weights say how much likelier a stronger model succeeds; the fewer of the prompt's words they know (another
/// language), the more the analyzers' hand-set points count instead.
/// </remarks>
public static class Router
{
    /// <summary>The analyzers' names, in the order of every <see cref="RouteScore"/>.</summary>
    public static IReadOnlyList<string> AnalyzerNames { get; } = Array.ConvertAll(AnalyzerCatalog.All, analyzer => analyzer.Name);

    /// <summary>Score, tier and reasons for one request.</summary>
    public static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings) => Decide(facts, settings, LearnedModel.Shipped);

    internal static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings, LearnedModel model)
    {
        var score = Judge(facts, settings.ByAnalyzer, model, out var signals, out _);
        return TierRules.Decide(score, facts, signals, settings);
    }

    /// <param name="margin">What the trained weights say a stronger model is worth, in 1/65,536; what the trainer calibrates.</param>
    internal static RouteScore Judge(in PromptFacts facts, ReadOnlySpan<double> weights, LearnedModel model, out PromptSignals signals, out int margin)
    {
        Span<ulong> seen = stackalloc ulong[LearnedSink.SeenSize(model)];
        Span<int> hidden = stackalloc int[LearnedSink.HiddenSize];
        seen.Clear();
        hidden.Clear();
        var sink = new LearnedSink(model, seen, hidden);
        signals = new PromptSignals();
        PromptReader.Read(facts, ref signals, ref sink);

        var analyzers = AnalyzerCatalog.All;
        var readings = new AnalyzerReading[analyzers.Length];
        Span<double> points = stackalloc double[LearnedSink.Shares];
        Span<int> beside = stackalloc int[LearnedSink.Shares];
        var sum = 0.0;
        for (var i = 0; i < readings.Length; i++)
        {
            var reading = analyzers[i].Read(facts, signals);
            readings[i] = new(analyzers[i].Name, Math.Round(reading.Score, 4), weights[i], 0, reading.Reason);
            points[i] = readings[i].Score * analyzers[i].Points * weights[i];
            beside[i] = (int)Math.Round(points[i] * analyzers[i].Beside(facts, reading) * (1 << LearnedModel.ChanceBits));
            sum += points[i];
        }

        Span<double> contributions = stackalloc double[LearnedSink.Shares];
        var learned = LearnedScore.Of(model, sink, weights, beside, contributions);
        margin = learned.Margin;
        var total = learned.Trust * learned.Base;
        for (var i = 0; i < readings.Length; i++)
        {
            // Points end at 1 together.
            var contribution = (learned.Trust * contributions[i]) + ((1 - learned.Trust) * points[i] / Math.Max(1, sum));
            readings[i] = readings[i] with { Contribution = contribution };
            total += contribution;
        }

        return new(Math.Clamp(Math.Round(total, 4), 0, 1), readings) { Base = learned.Trust * learned.Base };
    }
}
