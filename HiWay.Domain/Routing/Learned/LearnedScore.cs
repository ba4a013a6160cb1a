namespace HiWay.Domain.Routing.Learned;

/// <summary>What the trained weights say of one prompt.</summary>
internal readonly ref struct LearnedScore
{
    /// <summary>Shares of known words at which trust begins and at which it is full. English prose is far above, other languages far below.</summary>
    private const double TrustFrom = 0.3, TrustFull = 0.6;

    /// <summary>
    /// The hand-set points keep a fifth even then: the sets that were measured are mostly questions with one right answer, and what
    /// people ask is more than that. It costs 0.001 of the measured area.
    /// </summary>
    private const double MostTrust = 0.8;

    /// <summary>How much likelier a heavy model succeeds than a light one, in 1/65,536.</summary>
    internal required int Margin { get; init; }

    /// <summary>The score of a prompt of which nothing is known, 0..1; with all contributions it makes up this one's.</summary>
    internal required double Base { get; init; }

    /// <summary>
    /// How far to go by it, 0 to <see cref="MostTrust"/>: the share of the prompt's words that occur in the training data, stretched so
    /// that English is trusted fully and a language that the weights have not seen not at all.
    /// </summary>
    internal required double Trust { get; init; }

    /// <summary>Per analyzer, on the scale of the score.</summary>
    internal required Span<double> Contributions { get; init; }

    /// <param name="sums">The sink's sums.</param>
    /// <param name="weights">Per analyzer what the workspace multiplies its share by.</param>
    /// <param name="contributions">Receives each analyzer's share.</param>
    /// <remarks>
    /// Sums and score are integers. The shares divide the score's distance from its base as each analyzer moved the two sums: of
    /// each curve's rise in proportion to its part in the sum below, so that they add up exactly.
    /// </remarks>
    internal static LearnedScore Of(LearnedModel model, in LearnedSink sink, ReadOnlySpan<int> sums, ReadOnlySpan<double> weights, Span<double> contributions)
    {
        // Long prompts hold more features; by the root of their number the sums of short and long ones become comparable.
        var root = (int)(65_536 / Math.Sqrt(Math.Max(4, sink.Known)));
        Span<int> lights = stackalloc int[LearnedSink.Shares];
        Span<int> heavies = stackalloc int[LearnedSink.Shares];
        int light = model.LightBias, heavy = model.HeavyBias;
        for (var i = 0; i < lights.Length; i++)
        {
            var at = i * LearnedSink.SumsPerShare;
            lights[i] = Weighted((int)(((long)sums[at] * root) >> 16) + sums[at + 2], weights[i]);
            heavies[i] = Weighted((int)(((long)sums[at + 1] * root) >> 16) + sums[at + 3], weights[i]);
            light += lights[i];
            heavy += heavies[i];
        }

        var margin = model.Margin(light, heavy);
        var (score, start) = (model.Score(margin) / (double)LearnedModel.ScoreUnits, model.Score(model.BaseMargin) / (double)LearnedModel.ScoreUnits);
        var (lightRise, heavyRise) = (Rise(model, model.LightBias, light), Rise(model, model.HeavyBias, heavy));
        var perMargin = margin == model.BaseMargin ? 0 : (score - start) / (margin - model.BaseMargin);
        for (var i = 0; i < lights.Length; i++)
        {
            contributions[i] = ((heavies[i] * heavyRise) - (lights[i] * lightRise)) * perMargin;
        }

        var known = sink.Words == 0 ? 0 : sink.KnownWords / (double)sink.Words;
        return new()
        {
            Margin = margin, Base = start, Contributions = contributions, Trust = MostTrust * Math.Clamp((known - TrustFrom) / (TrustFull - TrustFrom), 0, 1),
        };
    }

    private static int Weighted(int sum, double weight) => weight == 1 ? sum : (int)Math.Round(sum * weight);

    private static double Rise(LearnedModel model, int from, int to) => from == to ? 0 : (model.Chance(to) - model.Chance(from)) / (double)(to - from);
}
