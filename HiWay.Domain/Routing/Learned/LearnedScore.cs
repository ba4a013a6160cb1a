namespace HiWay.Domain.Routing.Learned;

/// <summary>What the trained weights say of one prompt.</summary>
internal readonly ref struct LearnedScore
{
    /// <summary>Shares of known words at which trust is least and at which it is full. English prose is far above, other languages far below.</summary>
    private const double TrustFrom = 0.3, TrustFull = 0.6;

    /// <summary>
    /// What is left where no word is known: length, numbers, formulas, lists and the cue words of seven languages are features as well, and
    /// alone they rank prompts better than the hand-set points do.
    /// </summary>
    private const double LeastTrust = 0.5;

    /// <summary>How much a stronger model is worth, in 1/65,536.</summary>
    internal required int Margin { get; init; }

    /// <summary>The score of a prompt of which nothing is known, 0..1; with all contributions it makes up this one's.</summary>
    internal required double Base { get; init; }

    /// <summary>How far to go by it, <see cref="LeastTrust"/> to 1: by the share of the prompt's words that occur in the training data.</summary>
    internal required double Trust { get; init; }

    /// <summary>Per analyzer, on the scale of the score.</summary>
    internal required Span<double> Contributions { get; init; }

    /// <summary>Takes from what a prompt's features add up to what its score rests on: each analyzer's part of the heads' sums, and how many words were known.</summary>
    internal static void Read(LearnedModel model, in LearnedSink sink, ref RouteFeatures features)
    {
        Span<int> hidden = stackalloc int[TopicModel.Width];
        sink.Condense(hidden);
        var (task, subject) = model.Topics.Expect(hidden, out var kind);
        var root = LearnedSink.Root(sink.Known);
        for (var i = 0; i < LearnedSink.Shares; i++)
        {
            var own = sink.Texts[i].Scaled(root) + sink.Shapes[i];
            own += i == (int)Share.Intent ? task - model.BaseTask : i == (int)Share.Domain ? subject - model.BaseSubject : default;
            features.Sums[i] = own;
        }

        (features.Words, features.KnownWords) = (sink.Words, sink.KnownWords);
        features.Task = KnownShare(features) < TrustFrom ? TaskType.General : kind;
    }

    /// <param name="weights">Per analyzer what the workspace multiplies its share by.</param>
    /// <param name="beside">Per analyzer what its reading adds to the margin beside the weights, in 1/65,536.</param>
    /// <param name="contributions">Receives each analyzer's share.</param>
    /// <remarks>
    /// Sums and score are integers. The shares divide the score's distance from its base as each analyzer moved the heads' sums: of
    /// each curve's rise in proportion to its part in the sum below, so that they add up exactly.
    /// </remarks>
    internal static LearnedScore Of(
        LearnedModel model, in RouteFeatures features, ReadOnlySpan<double> weights, ReadOnlySpan<int> beside, Span<double> contributions)
    {
        var shares = new ShareSums();
        var (sums, added) = (model.Base, 0);
        for (var i = 0; i < LearnedSink.Shares; i++)
        {
            shares[i] = features.Sums[i].Times(weights[i]);
            sums += shares[i];
            added += beside[i];
        }

        var margin = model.Margin(sums) + added;
        var (score, start) = (model.Score(margin) / (double)LearnedModel.ScoreUnits, model.Score(model.BaseMargin) / (double)LearnedModel.ScoreUnits);
        var perMargin = margin == model.BaseMargin ? 0 : (score - start) / (margin - model.BaseMargin);
        var top = model.TopGain / (double)(1 << LearnedModel.UnitBits);
        var light = -Rise(model, model.Base.Light, sums.Light);
        var standard = -top * Rise(model, model.Base.Standard, sums.Standard);
        var heavy = (1 + top) * Rise(model, model.Base.Heavy, sums.Heavy);
        for (var i = 0; i < LearnedSink.Shares; i++)
        {
            contributions[i] = perMargin * ((shares[i].Light * light) + (shares[i].Standard * standard) + (shares[i].Heavy * heavy) + beside[i]);
        }

        return new()
        {
            Margin = margin, Base = start, Contributions = contributions,
            Trust = LeastTrust + ((1 - LeastTrust) * Math.Clamp((KnownShare(features) - TrustFrom) / (TrustFull - TrustFrom), 0, 1)),
        };
    }

    private static double KnownShare(in RouteFeatures features) => features.Words == 0 ? 0 : features.KnownWords / (double)features.Words;

    private static double Rise(LearnedModel model, int from, int to) => from == to ? 0 : (model.Chance(to) - model.Chance(from)) / (double)(to - from);
}
