using HiWay.Domain.Shield;

namespace HiWay.ShieldTrainer;

/// <summary>A row as numbers.</summary>
internal sealed class Example
{
    internal required DevRow Row { get; init; }

    /// <summary>Dense features that are not 0.</summary>
    internal required (int Index, float Value)[] Dense { get; init; }

    internal required int[] Runs { get; init; }

    /// <summary>Runs of characters and how often each is there, over the root of all of them (<see cref="ShieldModel.Norm"/>).</summary>
    internal required (int Slot, float Value)[] Grams { get; init; }

    internal static Example Of(DevRow row, ShieldFeatures features)
    {
        features.Read(row.Utf8);
        var dense = new List<(int, float)>();
        for (var i = 0; i < features.DenseValues.Length; i++)
        {
            if (features.DenseValues[i] != 0)
            {
                dense.Add((i, features.DenseValues[i]));
            }
        }

        return new() { Row = row, Dense = [.. dense], Runs = features.Runs.ToArray(), Grams = Counted(features.Grams) };
    }

    private static (int, float)[] Counted(ReadOnlySpan<int> slots)
    {
        var norm = ShieldModel.Norm(slots.Length);
        return [.. slots.ToArray().GroupBy(slot => slot).OrderBy(group => group.Key).Select(group => (group.Key, group.Count() * norm))];
    }
}

/// <summary>Settings of a training run.</summary>
internal sealed record TrainingSettings
{
    internal int Epochs { get; init; } = 100;

    /// <summary>Trainings in different orders, of which the mean is taken: what one order happens to learn weighs less.</summary>
    internal int Rounds { get; init; } = 4;

    internal float DenseRate { get; init; } = 0.03f;

    internal float RunRate { get; init; } = 0.1f;

    internal float DenseDecay { get; init; } = 1.6e-2f;

    internal float RunDecay { get; init; } = 2e-4f;

    internal float GramRate { get; init; } = 0.1f;

    internal float GramDecay { get; init; } = 2e-3f;

    /// <summary>
    /// Each time a prompt is learned from, this share of its runs of words is left out by chance: so many words learn to speak for the same
    /// thing, and an attack in other words is found as well. Chosen on other folds than those reported.
    /// </summary>
    internal float RunDrop { get; init; } = 0.5f;

    internal float NoisyWeight { get; init; } = 0.6f;

    internal float ExtraWeight { get; init; } = 0.35f;
}

/// <summary>Logistic regression by AdaGrad with weight decay. One thread, a fixed order: the same weights every time.</summary>
internal static class Training
{
    internal sealed record Weights(float Bias, float[] Dense, float[] Runs, float[] Grams)
    {
        internal float Margin(Example example) => Margin(example, example.Runs);

        internal float Margin(Example example, ReadOnlySpan<int> kept)
        {
            var sum = Bias;
            foreach (var (index, value) in example.Dense)
            {
                sum += Dense[index] * value;
            }

            foreach (var (slot, value) in example.Grams)
            {
                sum += Grams[slot] * value;
            }

            var runs = 0f;
            foreach (var slot in kept)
            {
                runs += Runs[slot];
            }

            return sum + (runs * ShieldModel.Norm(kept.Length));
        }
    }

    internal static Weights Train(IReadOnlyList<Example> examples, TrainingSettings settings)
    {
        var rounds = Enumerable.Range(0, settings.Rounds).Select(round => Train(examples, settings, new Lcg(12345 + (777 * (ulong)round)))).ToList();
        return new(rounds.Average(w => w.Bias), Mean(w => w.Dense), Mean(w => w.Runs), Mean(w => w.Grams));

        float[] Mean(Func<Weights, float[]> part) => [.. Enumerable.Range(0, part(rounds[0]).Length).Select(i => rounds.Average(w => part(w)[i]))];
    }

    private static Weights Train(IReadOnlyList<Example> examples, TrainingSettings settings, Lcg random)
    {
        var dense = new float[ShieldFeatures.Dense];
        var runs = new float[ShieldFeatures.Slots];
        var grams = new float[ShieldFeatures.GramSlots];
        var denseSquares = new float[dense.Length];
        var runSquares = new float[runs.Length];
        var gramSquares = new float[grams.Length];
        var (bias, biasSquare) = (0f, 1e-6f);
        Array.Fill(denseSquares, 1e-2f);
        Array.Fill(runSquares, 1e-2f);
        Array.Fill(gramSquares, 1e-2f);
        var attacks = examples.Count(e => e.Row.Attack);
        var positive = 0.5f * examples.Count / attacks;
        var negative = 0.5f * examples.Count / (examples.Count - attacks);
        var order = Enumerable.Range(0, examples.Count).ToArray();
        var room = new int[examples.Max(e => e.Runs.Length)];
        double sumBias = 0;
        var sumDense = new double[dense.Length];
        var sumRuns = new double[runs.Length];
        var sumGrams = new double[grams.Length];
        var averaged = 0;
        for (var epoch = 0; epoch < settings.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (var i in order)
            {
                var example = examples[i];
                var weights = new Weights(bias, dense, runs, grams);
                var kept = random.Thin(example.Runs, settings.RunDrop, room);
                var chance = 1 / (1 + MathF.Exp(-weights.Margin(example, kept)));
                var weight = (example.Row.Attack ? positive : negative) * (example.Row.Noisy ? settings.NoisyWeight : example.Row.Extra ? settings.ExtraWeight : 1);
                var slope = (chance - (example.Row.Attack ? 1 : 0)) * weight;
                Step(ref bias, ref biasSquare, slope, 0.05f);
                foreach (var (index, value) in example.Dense)
                {
                    Step(ref dense[index], ref denseSquares[index], (slope * value) + (settings.DenseDecay * dense[index]), settings.DenseRate);
                }

                foreach (var (slot, value) in example.Grams)
                {
                    Step(ref grams[slot], ref gramSquares[slot], (slope * value) + (settings.GramDecay * grams[slot]), settings.GramRate);
                }

                var norm = ShieldModel.Norm(kept.Length);
                foreach (var slot in kept)
                {
                    Step(ref runs[slot], ref runSquares[slot], (slope * norm) + (settings.RunDecay * runs[slot]), settings.RunRate);
                }
            }

            // The mean of the last half of the way is steadier than its end.
            if (epoch >= settings.Epochs / 2)
            {
                averaged++;
                sumBias += bias;
                Gather(sumDense, dense);
                Gather(sumRuns, runs);
                Gather(sumGrams, grams);
            }
        }

        return new((float)(sumBias / averaged), Mean(sumDense), Mean(sumRuns), Mean(sumGrams));

        static void Gather(double[] sums, float[] weights)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                sums[i] += weights[i];
            }
        }

        float[] Mean(double[] sums) => Array.ConvertAll(sums, sum => (float)(sum / averaged));
    }

    private static void Step(ref float weight, ref float squares, float slope, float rate)
    {
        squares += slope * slope;
        weight -= rate * slope / MathF.Sqrt(squares);
    }

    /// <summary>A fixed sequence, so that training comes out the same everywhere.</summary>
    internal sealed class Lcg(ulong seed)
    {
        private ulong _state = seed;

        internal void Shuffle(int[] items)
        {
            for (var i = items.Length - 1; i > 0; i--)
            {
                var j = (int)(Next() % (ulong)(i + 1));
                (items[i], items[j]) = (items[j], items[i]);
            }
        }

        /// <summary>The items without a share of them that chance picks.</summary>
        internal ReadOnlySpan<int> Thin(int[] items, float drop, int[] into)
        {
            var limit = (ulong)(drop * (1L << 31));
            var kept = 0;
            foreach (var item in items)
            {
                into[kept] = item;
                kept += Next() >= limit ? 1 : 0;
            }

            return into.AsSpan(0, kept);
        }

        /// <summary>31 bits.</summary>
        private ulong Next()
        {
            _state = (_state * 6364136223846793005) + 1442695040888963407;
            return _state >> 33;
        }
    }
}
