using HiWay.Domain.Shield;

namespace HiWay.ShieldTrainer;

/// <summary>A row as numbers.</summary>
internal sealed class Example
{
    internal required DevRow Row { get; init; }

    /// <summary>Dense features that are not 0.</summary>
    internal required (int Index, float Value)[] Dense { get; init; }

    internal required int[] Runs { get; init; }

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

        return new() { Row = row, Dense = [.. dense], Runs = features.Runs.ToArray() };
    }
}

/// <summary>Settings of a training run.</summary>
internal sealed record TrainingSettings
{
    internal int Epochs { get; init; } = 100;

    internal float DenseRate { get; init; } = 0.06f;

    internal float RunRate { get; init; } = 0.1f;

    internal float DenseDecay { get; init; } = 1.5e-2f;

    internal float RunDecay { get; init; } = 2e-4f;

    internal float NoisyWeight { get; init; } = 0.6f;

    internal float ExtraWeight { get; init; } = 0.35f;
}

/// <summary>Logistic regression by AdaGrad with weight decay. One thread, a fixed order: the same weights every time.</summary>
internal static class Training
{
    internal sealed record Weights(float Bias, float[] Dense, float[] Runs)
    {
        internal float Margin(Example example)
        {
            var sum = Bias;
            foreach (var (index, value) in example.Dense)
            {
                sum += Dense[index] * value;
            }

            var runs = 0f;
            foreach (var slot in example.Runs)
            {
                runs += Runs[slot];
            }

            return sum + (runs * ShieldModel.Norm(example.Runs.Length));
        }
    }

    internal static Weights Train(IReadOnlyList<Example> examples, TrainingSettings settings)
    {
        var dense = new float[ShieldFeatures.Dense];
        var runs = new float[ShieldFeatures.Slots];
        var denseSquares = new float[dense.Length];
        var runSquares = new float[runs.Length];
        var (bias, biasSquare) = (0f, 1e-6f);
        Array.Fill(denseSquares, 1e-2f);
        Array.Fill(runSquares, 1e-2f);
        var attacks = examples.Count(e => e.Row.Attack);
        var positive = 0.5f * examples.Count / attacks;
        var negative = 0.5f * examples.Count / (examples.Count - attacks);
        var order = Enumerable.Range(0, examples.Count).ToArray();
        var random = new Lcg(12345);
        double sumBias = 0;
        var sumDense = new double[dense.Length];
        var sumRuns = new double[runs.Length];
        var averaged = 0;
        for (var epoch = 0; epoch < settings.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (var i in order)
            {
                var example = examples[i];
                var weights = new Weights(bias, dense, runs);
                var chance = 1 / (1 + MathF.Exp(-weights.Margin(example)));
                var weight = (example.Row.Attack ? positive : negative) * (example.Row.Noisy ? settings.NoisyWeight : example.Row.Extra ? settings.ExtraWeight : 1);
                var slope = (chance - (example.Row.Attack ? 1 : 0)) * weight;
                Step(ref bias, ref biasSquare, slope, 0.05f);
                foreach (var (index, value) in example.Dense)
                {
                    Step(ref dense[index], ref denseSquares[index], (slope * value) + (settings.DenseDecay * dense[index]), settings.DenseRate);
                }

                var norm = ShieldModel.Norm(example.Runs.Length);
                foreach (var slot in example.Runs)
                {
                    Step(ref runs[slot], ref runSquares[slot], (slope * norm) + (settings.RunDecay * runs[slot]), settings.RunRate);
                }
            }

            // The mean of the last half of the way is steadier than its end.
            if (epoch >= settings.Epochs / 2)
            {
                averaged++;
                sumBias += bias;
                for (var j = 0; j < dense.Length; j++)
                {
                    sumDense[j] += dense[j];
                }

                for (var j = 0; j < runs.Length; j++)
                {
                    sumRuns[j] += runs[j];
                }
            }
        }

        return new((float)(sumBias / averaged), Array.ConvertAll(sumDense, sum => (float)(sum / averaged)), Array.ConvertAll(sumRuns, sum => (float)(sum / averaged)));
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
                _state = (_state * 6364136223846793005) + 1442695040888963407;
                var j = (int)((_state >> 33) % (ulong)(i + 1));
                (items[i], items[j]) = (items[j], items[i]);
            }
        }
    }
}
