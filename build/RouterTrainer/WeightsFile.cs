using System.Buffers.Binary;
using HiWay.Domain.Routing.Learned;

namespace HiWay.RouterTrainer;

/// <summary>The router's weights as they are shipped: 32-bit little-endian numbers, read back by <see cref="LearnedModel"/>.</summary>
internal sealed record WeightsFile(int LightBias, int HeavyBias, WeightsFile.Entry[] Entries)
{
    internal readonly record struct Entry(uint Key, short Light, short Heavy);

    /// <summary>Margins (1/65,536) and their scores (1/10,000), rising. Straight until calibrated.</summary>
    internal IReadOnlyList<(int Margin, int Score)> Scale { get; init; } =
        [(-(1 << LearnedModel.ChanceBits), 0), (1 << LearnedModel.ChanceBits, LearnedModel.ScoreUnits)];

    internal byte[] ToBytes()
    {
        using var file = new MemoryStream();
        Span<byte> four = stackalloc byte[4];
        Put(file, four, (int)LearnedModel.Magic);
        Put(file, four, LightBias);
        Put(file, four, HeavyBias);
        for (var i = 0; i <= LearnedModel.CurveSteps; i++)
        {
            var z = (i * 16.0 / LearnedModel.CurveSteps) - 8;
            Put(file, four, (int)Math.Round((1 << LearnedModel.ChanceBits) / (1 + Math.Exp(-z))));
        }

        Put(file, four, Scale.Count);
        foreach (var (margin, score) in Scale)
        {
            Put(file, four, margin);
            Put(file, four, score);
        }

        Put(file, four, Entries.Length);
        foreach (var entry in Entries)
        {
            Put(file, four, (int)entry.Key);
            Put(file, four, (int)(((uint)(ushort)entry.Light << 16) | (ushort)entry.Heavy));
        }

        return file.ToArray();
    }

    private static void Put(MemoryStream file, Span<byte> four, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(four, value);
        file.Write(four);
    }
}
