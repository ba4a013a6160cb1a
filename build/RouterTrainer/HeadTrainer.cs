namespace HiWay.RouterTrainer;

/// <summary>One prompt and what a model of the head's tier made of it.</summary>
/// <param name="Success">0..1; the mean over several models where there were several.</param>
/// <param name="Expected">The log-odds of success that the prompt's topic alone lets expect; the head learns the rest.</param>
/// <param name="Weight">Rows of small sources count more, so that no source drowns the others.</param>
internal readonly record struct Example(KnownFeatures Prompt, double Success, double Expected, double Weight);

/// <summary>A linear head: log-odds of success, beside what the topic lets expect, as a sum of weights.</summary>
internal sealed class Head(int features)
{
    internal double Bias { get; set; }

    internal float[] Weights { get; } = new float[features];
}

/// <summary>Logistic regression by AdaGrad on soft labels, averaged over the passes. Deterministic: one thread, fixed seeds.</summary>
internal static class HeadTrainer
{
    // Chosen by cross-validation over the development set; neighbours of each give the same to the third digit.
    private const int Passes = 10;
    private const int Orders = 6;
    private const float Rate = 0.03f;
    private const float BiasRate = 0.02f;
    private const float Decay = 1e-4f;
    private const float Floor = 1e-3f;

    /// <summary>
    /// Each prompt is learned from a second time, at this weight, without its words: so the properties can speak alone where no word is known.
    /// </summary>
    private const double WordlessWeight = 0.1;

    /// <summary>A property's weight moves and counts so much less than a word's: there are few, and all prompts have them.</summary>
    internal const float ShapeScale = 0.07f;

    /// <summary>The mean over several orders of the prompts: which came last is chance.</summary>
    internal static Head Train(Example[] examples, int features, int seed)
    {
        var mean = new Head(features);
        for (var order = 0; order < Orders; order++)
        {
            var one = TrainOnce(examples, features, (seed * Orders) + order);
            mean.Bias += one.Bias / Orders;
            for (var k = 0; k < features; k++)
            {
                mean.Weights[k] += one.Weights[k] / Orders;
            }
        }

        return mean;
    }

    private static Head TrainOnce(Example[] examples, int features, int seed)
    {
        var head = new Head(features);
        var sum = new double[features];
        var (weights, squares) = (new float[features], new float[features]);
        double bias = 0, biasSquares = 1e-6, biasSum = 0;
        var order = Enumerable.Range(0, examples.Length * 2).ToArray();
        var random = new Random(seed);
        for (var pass = 0; pass < Passes; pass++)
        {
            random.Shuffle(order);
            foreach (var at in order)
            {
                ref readonly var example = ref examples[at / 2];
                var wordless = at % 2 == 1;
                int[] texts = wordless ? [] : example.Prompt.Texts;
                var scale = TextScale(texts.Length);
                var z = bias + example.Expected + (Total(weights, texts) * scale) + (Total(weights, example.Prompt.Shapes) * ShapeScale);
                var error = (float)(((1 / (1 + Math.Exp(-z))) - example.Success) * example.Weight * (wordless ? WordlessWeight : 1));
                Step(weights, squares, texts, error * scale);
                Step(weights, squares, example.Prompt.Shapes, error * ShapeScale);
                biasSquares += error * error;
                bias -= BiasRate * error / Math.Sqrt(biasSquares);
            }

            for (var k = 0; k < features; k++)
            {
                sum[k] += weights[k];
            }

            biasSum += bias;
        }

        for (var k = 0; k < features; k++)
        {
            head.Weights[k] = (float)(sum[k] / Passes);
        }

        head.Bias = biasSum / Passes;
        return head;
    }

    /// <summary>The router's own rule for long and short prompts.</summary>
    private static float TextScale(int known) => (float)(1 / Math.Sqrt(Math.Max(4, known)));

    private static float Total(float[] weights, int[] features)
    {
        var total = 0f;
        foreach (var k in features)
        {
            total += weights[k];
        }

        return total;
    }

    private static void Step(float[] weights, float[] squares, int[] features, float slope)
    {
        foreach (var k in features)
        {
            var g = slope + (Decay * weights[k]);
            squares[k] += g * g;
            weights[k] -= Rate * g / MathF.Sqrt(squares[k] + Floor);
        }
    }
}
