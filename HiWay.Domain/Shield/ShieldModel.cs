using System.Buffers.Binary;

namespace HiWay.Domain.Shield;

/// <summary>
/// The trained weights: a linear model over <see cref="ShieldFeatures"/>, and three small ones that say which kind of attack it is.
/// Written by build/ShieldTrainer, read once at start.
/// </summary>
internal sealed class ShieldModel
{
    internal const uint Magic = 0x32535748; // "HWS2"

    /// <summary>At this score a text is one of the 1 % of harmless ones that look most like attacks, or an attack.</summary>
    internal const double CalibratedScore = 0.85;

    internal static readonly ThreatType[] Kinds = [ThreatType.PromptInjection, ThreatType.PromptExtraction, ThreatType.Jailbreak];

    internal required float Bias { get; init; }

    internal required float[] Dense { get; init; }

    /// <summary>In units of <see cref="SlotUnit"/>.</summary>
    internal required sbyte[] Slots { get; init; }

    internal required float SlotUnit { get; init; }

    /// <summary>In units of <see cref="GramUnit"/>.</summary>
    internal required sbyte[] Grams { get; init; }

    internal required float GramUnit { get; init; }

    /// <summary>The margin at <see cref="CalibratedScore"/>, and how fast the score rises around it.</summary>
    internal required float Cut { get; init; }

    internal required float Slope { get; init; }

    /// <summary>One row per entry of <see cref="Kinds"/>: a bias and a weight per concept.</summary>
    internal required float[][] KindWeights { get; init; }

    private static readonly Lazy<ShieldModel> s_shipped = new(Load);

    internal static ShieldModel Shipped => s_shipped.Value;

    internal float Margin(ShieldFeatures features)
    {
        var sum = Bias;
        var dense = features.DenseValues;
        for (var i = 0; i < dense.Length; i++)
        {
            sum += dense[i] * Dense[i];
        }

        var runs = 0;
        foreach (var slot in features.Runs)
        {
            runs += Slots[slot];
        }

        var grams = 0;
        foreach (var slot in features.Grams)
        {
            grams += Grams[slot];
        }

        return sum + (runs * SlotUnit * Norm(features.RunCount)) + (grams * GramUnit * Norm(features.GramCount));
    }

    /// <summary>Long texts have many words; each counts less.</summary>
    internal static float Norm(int runs) => runs == 0 ? 0 : 1 / MathF.Sqrt(runs);

    /// <summary>0..1; <see cref="CalibratedScore"/> at the cut.</summary>
    internal double Score(float margin) => 1 / (1 + Math.Exp(-((margin - Cut) * Slope) - Math.Log(CalibratedScore / (1 - CalibratedScore))));

    internal ThreatType Kind(ReadOnlySpan<float> dense)
    {
        var (best, most) = (0, float.MinValue);
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            var weights = KindWeights[kind];
            var sum = weights[0];
            for (var i = 0; i < ShieldFeatures.Concepts; i++)
            {
                sum += weights[i + 1] * dense[i];
            }

            if (sum > most)
            {
                (best, most) = (kind, sum);
            }
        }

        return Kinds[best];
    }

    internal byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var file = new BinaryWriter(stream);
        file.Write(Magic);
        file.Write(Bias);
        file.Write(Cut);
        file.Write(Slope);
        file.Write(SlotUnit);
        file.Write(GramUnit);
        file.Write(Dense.Length);
        foreach (var weight in Dense)
        {
            file.Write(weight);
        }

        foreach (var weights in KindWeights)
        {
            foreach (var weight in weights)
            {
                file.Write(weight);
            }
        }

        file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<sbyte>(Slots));
        file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<sbyte>(Grams));
        file.Flush();
        return stream.ToArray();
    }

    internal static ShieldModel Parse(ReadOnlySpan<byte> file)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(file) != Magic)
        {
            throw new InvalidDataException("The Shield's weights are not in a format that this version reads.");
        }

        var at = 4;
        var (bias, cut, slope, unit, gramUnit) = (Next(file, ref at), Next(file, ref at), Next(file, ref at), Next(file, ref at), Next(file, ref at));
        var count = BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
        at += 4;
        if (count != ShieldFeatures.Dense)
        {
            throw new InvalidDataException($"The Shield's weights are for {count} features; this version has {ShieldFeatures.Dense}. Train them again.");
        }

        var dense = new float[count];
        for (var i = 0; i < count; i++)
        {
            dense[i] = Next(file, ref at);
        }

        var kinds = new float[Kinds.Length][];
        for (var kind = 0; kind < kinds.Length; kind++)
        {
            kinds[kind] = new float[ShieldFeatures.Concepts + 1];
            for (var i = 0; i < kinds[kind].Length; i++)
            {
                kinds[kind][i] = Next(file, ref at);
            }
        }

        return new()
        {
            Bias = bias,
            Cut = cut,
            Slope = slope,
            SlotUnit = unit,
            GramUnit = gramUnit,
            Dense = dense,
            KindWeights = kinds,
            Slots = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(file.Slice(at, ShieldFeatures.Slots)).ToArray(),
            Grams = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(file.Slice(at + ShieldFeatures.Slots, ShieldFeatures.GramSlots)).ToArray(),
        };
    }

    private static float Next(ReadOnlySpan<byte> file, ref int at)
    {
        var value = BinaryPrimitives.ReadSingleLittleEndian(file[at..]);
        at += 4;
        return value;
    }

    private static ShieldModel Load()
    {
        using var stream = typeof(ShieldModel).Assembly.GetManifestResourceStream("shield-weights.bin")
            ?? throw new InvalidOperationException("The Shield's weights are missing from the assembly.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return Parse(file);
    }
}
