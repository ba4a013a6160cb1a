using HiWay.Domain.Routing.Learned;

namespace HiWay.RouterTrainer;

/// <summary>The classifier's numbers before they become integers.</summary>
/// <param name="Vectors">Per feature.</param>
/// <param name="Weights">Per topic.</param>
internal sealed record TopicWeights(float[] Vectors, float[] Weights, float[] Bias);

/// <summary>
/// Trains which topic a prompt is of: each word has a short vector, their sum gives the topics' log-odds. AdaGrad, averaged over the
/// later passes. Deterministic: one thread, one seed.
/// </summary>
internal static class TopicTrainer
{
    // Chosen by cross-validation over the development set; longer training fits the sets, not the subjects.
    private const int Width = TopicModel.Trained;
    private const int Passes = 6;
    private const float Rate = 0.1f;
    private const float BiasRate = 0.01f;
    private const float Floor = 1e-3f;
    private const float ShapeScale = TopicModel.ShapeScale / 256f;

    internal static TopicWeights Train(IReadOnlyList<(KnownFeatures Prompt, int Topic)> examples, int features, int topics)
    {
        var random = new Random(1);
        var vectors = Start(features * Width, 0.1f, random);
        var weights = Start(topics * Width, 1, random);
        var bias = new float[topics];
        var (vectorSquares, weightSquares) = (new float[vectors.Length], new float[weights.Length]);
        var mean = new TopicWeights(new float[vectors.Length], new float[weights.Length], new float[topics]);
        var (hidden, back, odds) = (new float[Width], new float[Width], new float[topics]);
        var order = Enumerable.Range(0, examples.Count).ToArray();
        for (var pass = 0; pass < Passes; pass++)
        {
            random.Shuffle(order);
            foreach (var at in order)
            {
                var (prompt, topic) = examples[at];
                var scale = (float)(1 / Math.Sqrt(Math.Max(4, prompt.Words.Length)));
                Array.Clear(hidden);
                Sum(vectors, prompt.Words, scale, hidden);
                Sum(vectors, prompt.Shapes, ShapeScale, hidden);
                Likelihoods(weights, bias, hidden, odds);
                odds[topic] -= 1;
                Array.Clear(back);
                for (var k = 0; k < topics; k++)
                {
                    StepTopic(weights.AsSpan(k * Width, Width), weightSquares.AsSpan(k * Width, Width), odds[k], hidden, back);
                    bias[k] -= BiasRate * odds[k];
                }

                StepVectors(vectors, vectorSquares, prompt.Words, scale, back);
                StepVectors(vectors, vectorSquares, prompt.Shapes, ShapeScale, back);
            }

            if (pass >= Passes / 2)
            {
                const float share = 1f / (Passes - (Passes / 2));
                Add(mean.Vectors, vectors, share);
                Add(mean.Weights, weights, share);
                Add(mean.Bias, bias, share);
            }
        }

        return mean;
    }

    private static float[] Start(int count, float width, Random random)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * width;
        }

        return values;
    }

    private static void Sum(float[] vectors, int[] features, float scale, float[] into)
    {
        foreach (var feature in features)
        {
            var vector = vectors.AsSpan(feature * Width, Width);
            for (var d = 0; d < Width; d++)
            {
                into[d] += vector[d] * scale;
            }
        }
    }

    private static void Likelihoods(float[] weights, float[] bias, float[] hidden, float[] odds)
    {
        var (most, sum) = (float.MinValue, 0f);
        for (var k = 0; k < odds.Length; k++)
        {
            var total = bias[k];
            var row = weights.AsSpan(k * Width, Width);
            for (var d = 0; d < Width; d++)
            {
                total += row[d] * hidden[d];
            }

            odds[k] = total;
            most = MathF.Max(most, total);
        }

        for (var k = 0; k < odds.Length; k++)
        {
            odds[k] = MathF.Exp(odds[k] - most);
            sum += odds[k];
        }

        for (var k = 0; k < odds.Length; k++)
        {
            odds[k] /= sum;
        }
    }

    private static void StepTopic(Span<float> row, Span<float> squares, float error, float[] hidden, float[] back)
    {
        for (var d = 0; d < Width; d++)
        {
            back[d] += error * row[d];
            var slope = error * hidden[d];
            squares[d] += slope * slope;
            row[d] -= Rate * slope / MathF.Sqrt(squares[d] + Floor);
        }
    }

    private static void StepVectors(float[] vectors, float[] squares, int[] features, float scale, float[] back)
    {
        foreach (var feature in features)
        {
            var vector = vectors.AsSpan(feature * Width, Width);
            var square = squares.AsSpan(feature * Width, Width);
            for (var d = 0; d < Width; d++)
            {
                var slope = back[d] * scale;
                square[d] += slope * slope;
                vector[d] -= Rate * slope / MathF.Sqrt(square[d] + Floor);
            }
        }
    }

    private static void Add(float[] to, float[] values, float share)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += values[i] * share;
        }
    }
}
