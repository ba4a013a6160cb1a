using System.Runtime.CompilerServices;
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
    public static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings)
    {
        Read(facts, out var features);
        return Decide(features, settings);
    }

    /// <summary>All of a request that a decision rests on; the request itself is needed no more.</summary>
    public static void Read(in PromptFacts facts, out RouteFeatures features) => Read(facts, LearnedModel.Shipped, out features);

    /// <summary>Score, tier and reasons for what was read of a request.</summary>
    public static RouteDecision Decide(in RouteFeatures features, RoutingSettings settings) => Decide(features, settings, LearnedModel.Shipped);

    internal static RouteDecision Decide(in RouteFeatures features, RoutingSettings settings, LearnedModel model) =>
        TierRules.Decide(Judge(features, settings.ByAnalyzer, model, out _), features, settings);

    internal static RouteDecision Decide(in PromptFacts facts, RoutingSettings settings, LearnedModel model)
    {
        Read(facts, model, out var features);
        return Decide(features, settings, model);
    }

    [SkipLocalsInit]   // both buffers are cleared below, and faster
    internal static void Read(in PromptFacts facts, LearnedModel model, out RouteFeatures features)
    {
        Span<ulong> seen = stackalloc ulong[LearnedSink.SeenSize(model)];
        Span<int> hidden = stackalloc int[LearnedSink.HiddenSize];
        seen.Clear();
        hidden.Clear();
        var sink = new LearnedSink(model, seen, hidden);
        var signals = new PromptSignals();
        PromptReader.Read(facts, ref signals, ref sink);

        features = new()
        {
            HasTools = facts.ToolCount > 0,
            PassesGate = TierRules.PassesGate(facts, signals),
            SortsFirst = TierRules.IsSortingFirst(signals),
        };
        var analyzers = AnalyzerCatalog.All;
        for (var i = 0; i < analyzers.Length; i++)
        {
            var reading = analyzers[i].Read(facts, signals);
            features.Readings[i] = (short)Math.Round(reading.Score * RouteFeatures.ReadingUnits);
            features.Beside[i] = features.Readings[i] == 0 ? (short)0 : (short)Math.Round(analyzers[i].Beside(facts, reading) * RouteFeatures.BesideUnits);
            features.Reasons[i] = PlaceOf(reading.Reason, analyzers[i].Reasons);
        }

        LearnedScore.Read(model, sink, ref features);
    }

    /// <param name="margin">What the trained weights say a stronger model is worth, in 1/65,536; what the trainer calibrates.</param>
    internal static RouteScore Judge(in RouteFeatures features, ReadOnlySpan<double> weights, LearnedModel model, out int margin)
    {
        var analyzers = AnalyzerCatalog.All;
        var readings = new AnalyzerReading[analyzers.Length];
        Span<double> points = stackalloc double[LearnedSink.Shares];
        Span<int> beside = stackalloc int[LearnedSink.Shares];
        var sum = 0.0;
        for (var i = 0; i < readings.Length; i++)
        {
            readings[i] = new(analyzers[i].Name, features.Readings[i] / (double)RouteFeatures.ReadingUnits, weights[i], 0, analyzers[i].Reasons[features.Reasons[i]]);
            points[i] = readings[i].Score * analyzers[i].Points * weights[i];
            beside[i] = (int)Math.Round(points[i] * (features.Beside[i] / (double)RouteFeatures.BesideUnits) * (1 << LearnedModel.ChanceBits));
            sum += points[i];
        }

        Span<double> contributions = stackalloc double[LearnedSink.Shares];
        var learned = LearnedScore.Of(model, features, weights, beside, contributions);
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

    // Reasons are literals of this assembly, so the same one is the same object.
    private static short PlaceOf(string reason, string[] reasons)
    {
        for (short i = 0; i < reasons.Length; i++)
        {
            if (ReferenceEquals(reasons[i], reason))
            {
                return i;
            }
        }

        throw new InvalidOperationException($"An analyzer gives a reason that it does not list: '{reason}'.");
    }
}
