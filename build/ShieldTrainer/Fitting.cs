using HiWay.Domain.Shield;

namespace HiWay.ShieldTrainer;

/// <summary>From training weights to the model that ships: rounded, calibrated, with the weights that tell kinds of attack apart.</summary>
internal static class Fitting
{
    /// <param name="margins">By cross-validation: the cut is where one harmless prompt in a hundred lies above it, unseen.</param>
    internal static ShieldModel Fit(IReadOnlyList<Example> examples, float[] margins, TrainingSettings settings)
    {
        var weights = Training.Train(examples, settings);
        var unit = weights.Runs.Max(Math.Abs) / sbyte.MaxValue;
        var gramUnit = weights.Grams.Max(Math.Abs) / sbyte.MaxValue;
        var cut = CrossValidation.CutAt(examples, margins, 0.01);
        return new ShieldModel
        {
            Bias = weights.Bias,
            Dense = weights.Dense,
            SlotUnit = unit,
            Slots = Rounded(weights.Runs, unit),
            GramUnit = gramUnit,
            Grams = Rounded(weights.Grams, gramUnit),
            Cut = cut,
            Slope = Slope(examples, margins, cut),
            KindWeights = Kinds(examples),
        };
    }

    private static sbyte[] Rounded(float[] weights, float unit) => Array.ConvertAll(weights, weight => (sbyte)MathF.Round(weight / unit));

    /// <summary>How steep the score may rise around the cut so that it fits the outcomes best.</summary>
    private static float Slope(IReadOnlyList<Example> examples, float[] margins, float cut)
    {
        var (best, least) = (1f, double.MaxValue);
        for (var slope = 0.3f; slope < 3; slope *= 1.1f)
        {
            var loss = 0.0;
            foreach (var i in CrossValidation.Judged(examples))
            {
                var score = 1 / (1 + Math.Exp(-((margins[i] - cut) * slope) - Math.Log(ShieldModel.CalibratedScore / (1 - ShieldModel.CalibratedScore))));
                loss -= Math.Log(Math.Max(1e-9, examples[i].Row.Attack ? score : 1 - score));
            }

            (best, least) = loss < least ? (slope, loss) : (best, least);
        }

        return best;
    }

    /// <summary>Three plain regressions over the concepts, attacks only.</summary>
    private static float[][] Kinds(IReadOnlyList<Example> examples)
    {
        var attacks = examples.Where(e => e.Row is { Attack: true, Noisy: false }).ToList();
        return Array.ConvertAll(ShieldModel.Kinds, kind =>
        {
            var weights = new float[ShieldFeatures.Concepts + 1];
            var share = attacks.Count(e => e.Row.Kind == kind) / (float)attacks.Count;
            for (var epoch = 0; epoch < 200; epoch++)
            {
                foreach (var example in attacks)
                {
                    var concepts = example.Dense.Where(d => d.Index < ShieldFeatures.Concepts).ToArray();
                    var sum = weights[0] + concepts.Sum(d => weights[d.Index + 1]);
                    var wanted = example.Row.Kind == kind ? 1 : 0;
                    var step = 0.02f * (wanted - (1 / (1 + MathF.Exp(-sum)))) * (wanted == 1 ? 0.5f / share : 0.5f / (1 - share));
                    weights[0] += step;
                    foreach (var (index, _) in concepts)
                    {
                        weights[index + 1] += step - (0.0005f * weights[index + 1]);
                    }
                }
            }

            return weights;
        });
    }
}
