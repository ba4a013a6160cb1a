using System.Buffers.Binary;
using HiWay.Domain.Routing.Learned;

namespace HiWay.RouterTrainer;

/// <summary>The router's weights as they are shipped: little-endian integers, read back by <see cref="LearnedModel"/>.</summary>
internal sealed record WeightsFile(Vocabulary Vocabulary, Topics Topics, TopicWeights Classifier, Head[] Heads)
{
    /// <summary>
    /// What a heavy model's lead over a standard one counts beside its lead over a light one. Chosen by cross-validation: at 0 one score
    /// cannot serve both cuts, at 1 the sets' order among each other suffers.
    /// </summary>
    private const double TopGain = 0.36;

    /// <summary>
    /// The classifier's log-odds are stretched by this much, and what a kind of task lets expect by <see cref="TaskReach"/>: the mean over passes
    /// and the mean over likely kinds both draw what differs together. Chosen on three ways to cut the folds.
    /// </summary>
    private const double Sureness = 1.25;

    private const double TaskReach = 1.05;

    /// <summary>Of all numbers in vectors and topics so many fit into their integers; the rest is cut off.</summary>
    private const double Fitting = 0.9995;

    /// <summary>Margins (1/65,536) and their scores (1/10,000), rising. Straight until calibrated.</summary>
    internal IReadOnlyList<(int Margin, int Score)> Scale { get; init; } =
        [(-(1 << LearnedModel.ChanceBits), 0), (2 << LearnedModel.ChanceBits, LearnedModel.ScoreUnits)];

    internal byte[] ToBytes()
    {
        var file = new Writer();
        file.Int(LearnedModel.Magic);
        foreach (var head in Heads)
        {
            file.Int(Units(head.Bias));
        }

        file.Int(Units(TopGain));
        for (var i = 0; i <= LearnedModel.CurveSteps; i++)
        {
            var z = (i * 16.0 / LearnedModel.CurveSteps) - 8;
            file.Int((int)Math.Round((1 << LearnedModel.ChanceBits) / (1 + Math.Exp(-z))));
        }

        file.Int(Scale.Count);
        foreach (var (margin, score) in Scale)
        {
            file.Int(margin);
            file.Int(score);
        }

        WriteTopics(file);
        file.Int(Vocabulary.Keys.Length);
        for (var id = 0; id < Vocabulary.Keys.Length; id++)
        {
            file.Int((int)Vocabulary.Keys[id]);
            foreach (var head in Heads)
            {
                file.Short(Units(head.Weights[id] * (Vocabulary.Shapes.Contains(Vocabulary.Keys[id]) ? HeadTrainer.ShapeScale : 1)));
            }
        }

        return file.ToArray();
    }

    private void WriteTopics(Writer file)
    {
        var vectorStep = Reach(Classifier.Vectors) / sbyte.MaxValue;
        var weightStep = Reach(Classifier.Weights) / TopicModel.MostWeight;
        var oddsStep = vectorStep / 16 * weightStep; // a prompt's vector comes in sixteenths of a step
        file.Int(Topics.Count);
        file.Int((int)Math.Round(oddsStep * Sureness * TopicModel.StepsPerUnit * (1L << 32)));
        for (var i = 0; i < TopicModel.CurveSteps; i++)
        {
            file.Int((int)Math.Round((1 << LearnedModel.ChanceBits) * Math.Exp(-i / (double)TopicModel.StepsPerUnit)));
        }

        for (var topic = 0; topic < Topics.Count; topic++)
        {
            file.Int((int)Math.Round(Classifier.Bias[topic] / oddsStep));
            foreach (var odds in Topics.Task[topic].Select(odds => odds * TaskReach).Concat(Topics.Subject[topic].Select(odds => odds * Training.SubjectKnown)))
            {
                file.Short(Units(odds));
            }

            for (var d = 0; d < TopicModel.Trained; d++)
            {
                file.Short((int)Math.Clamp(Math.Round(Classifier.Weights[(topic * TopicModel.Trained) + d] / weightStep), -TopicModel.MostWeight, TopicModel.MostWeight));
            }
        }

        file.Int(Vocabulary.Vectors);
        foreach (var value in Classifier.Vectors)
        {
            file.Byte((sbyte)Math.Clamp(Math.Round(value / vectorStep), -sbyte.MaxValue, sbyte.MaxValue));
        }
    }

    private static double Reach(float[] values)
    {
        var sizes = Array.ConvertAll(values, Math.Abs);
        Array.Sort(sizes);
        return sizes[(int)(sizes.Length * Fitting)];
    }

    private static int Units(double value) => (int)Math.Round(value * (1 << LearnedModel.UnitBits));

    private sealed class Writer
    {
        private readonly MemoryStream _file = new();

        internal void Int(int value)
        {
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(four, value);
            _file.Write(four);
        }

        /// <exception cref="OverflowException">The number does not fit: the training went astray.</exception>
        internal void Short(int value)
        {
            Span<byte> two = stackalloc byte[2];
            BinaryPrimitives.WriteInt16LittleEndian(two, checked((short)value));
            _file.Write(two);
        }

        internal void Byte(sbyte value) => _file.WriteByte((byte)value);

        internal byte[] ToArray() => _file.ToArray();
    }
}
