using System.Runtime.Intrinsics;
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
    private const int Passes = 8;
    private const float Rate = 0.05f;
    private const float BiasRate = 0.01f;
    private const float Floor = 1e-3f;
    private const float ShapeScale = TopicModel.ShapeScale / 256f;

    /// <param name="examples">Prompts and their topics; the weight is what each counts.</param>
    internal static TopicWeights Train(IReadOnlyList<(KnownFeatures Prompt, int Topic, float Weight)> examples, int features, int topics, int seed)
    {
        var random = new Random(seed);
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
                var (prompt, topic, weight) = examples[at];
                var scale = (float)(1 / Math.Sqrt(Math.Max(4, prompt.Words.Length)));
                Array.Clear(hidden);
                Sum(vectors, prompt.Words, scale, hidden);
                Sum(vectors, prompt.Shapes, ShapeScale, hidden);
                Likelihoods(weights, bias, hidden, odds);
                odds[topic] -= 1;
                Array.Clear(back);
                for (var k = 0; k < topics; k++)
                {
                    var error = odds[k] * weight;
                    StepTopic(weights.AsSpan(k * Width, Width), weightSquares.AsSpan(k * Width, Width), error, hidden, back);
                    bias[k] -= BiasRate * error;
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
            for (var d = 0; d < Width; d += Vector256<float>.Count)
            {
                (Vector256.LoadUnsafe(ref into[d]) + (Vector256.LoadUnsafe(ref vectors[(feature * Width) + d]) * scale)).StoreUnsafe(ref into[d]);
            }
        }
    }

    private static void Likelihoods(float[] weights, float[] bias, float[] hidden, float[] odds)
    {
        var (most, sum) = (float.MinValue, 0f);
        for (var k = 0; k < odds.Length; k++)
        {
            var lanes = Vector256<float>.Zero;
            for (var d = 0; d < Width; d += Vector256<float>.Count)
            {
                lanes += Vector256.LoadUnsafe(ref weights[(k * Width) + d]) * Vector256.LoadUnsafe(ref hidden[d]);
            }

            odds[k] = bias[k] + Vector256.Sum(lanes);
            most = MathF.Max(most, odds[k]);
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
        for (var d = 0; d < Width; d += Vector256<float>.Count)
        {
            var own = Vector256.LoadUnsafe(ref row[d]);
            (Vector256.LoadUnsafe(ref back[d]) + (own * error)).StoreUnsafe(ref back[d]);
            var slope = Vector256.LoadUnsafe(ref hidden[d]) * error;
            var square = Vector256.LoadUnsafe(ref squares[d]) + (slope * slope);
            square.StoreUnsafe(ref squares[d]);
            (own - (slope * Rate / Vector256.Sqrt(square + Vector256.Create(Floor)))).StoreUnsafe(ref row[d]);
        }
    }

    private static void StepVectors(float[] vectors, float[] squares, int[] features, float scale, float[] back)
    {
        foreach (var feature in features)
        {
            for (var d = 0; d < Width; d += Vector256<float>.Count)
            {
                ref var own = ref vectors[(feature * Width) + d];
                ref var squared = ref squares[(feature * Width) + d];
                var slope = Vector256.LoadUnsafe(ref back[d]) * scale;
                var square = Vector256.LoadUnsafe(ref squared) + (slope * slope);
                square.StoreUnsafe(ref squared);
                (Vector256.LoadUnsafe(ref own) - (slope * Rate / Vector256.Sqrt(square + Vector256.Create(Floor)))).StoreUnsafe(ref own);
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
