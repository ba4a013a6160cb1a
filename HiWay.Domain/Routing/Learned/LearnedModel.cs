using System.Buffers.Binary;
using System.Numerics;

namespace HiWay.Domain.Routing.Learned;

/// <summary>
/// The trained weights: for each feature how much it speaks for the success of a light model and of a heavy one, in integers, so
/// that every processor comes to the same score. Written by build/RouterTrainer, read once at start.
/// </summary>
/// <remarks>See docs/decisions/0009-trained-router.md for what was trained on what, and how well it does.</remarks>
internal sealed class LearnedModel
{
    /// <summary>Weights and margins are in units of 1/4,096.</summary>
    internal const int UnitBits = 12;

    /// <summary>Chances are in units of 1/65,536.</summary>
    internal const int ChanceBits = 16;

    /// <summary>Scores are in ten-thousandths.</summary>
    internal const int ScoreUnits = 10_000;

    /// <summary>The logistic curve is tabled from -8 to 8 in steps of 1/32.</summary>
    internal const int CurveSteps = 512;

    internal const uint Magic = 0x31525748; // "HWR1"

    /// <summary>One bit per low bits of a key: most runs of words are in no table and are turned away here, in the nearest cache.</summary>
    private const int DoorBits = 18;

    private readonly ulong[] _door = new ulong[1 << (DoorBits - 6)];
    private readonly ulong[] _table;
    private readonly uint _mask;
    private readonly int[] _curve;
    private readonly (int Margin, int Score)[] _scale;

    internal LearnedModel(ReadOnlySpan<byte> file)
    {
        if (Take(ref file) != (int)Magic)
        {
            throw new InvalidDataException("The router's weights are not in a format that this version reads.");
        }

        (LightBias, HeavyBias) = (Take(ref file), Take(ref file));
        _curve = new int[CurveSteps + 1];
        for (var i = 0; i < _curve.Length; i++)
        {
            _curve[i] = Take(ref file);
        }

        _scale = new (int, int)[Take(ref file)];
        for (var i = 0; i < _scale.Length; i++)
        {
            _scale[i] = (Take(ref file), Take(ref file));
        }

        Count = Take(ref file);
        _mask = BitOperations.RoundUpToPowerOf2((uint)Count * 2) - 1;
        _table = new ulong[_mask + 1];
        for (var i = 0; i < Count; i++)
        {
            Place((uint)Take(ref file), (uint)Take(ref file));
        }

        BaseMargin = Margin(LightBias, HeavyBias);
    }

    internal static LearnedModel Shipped { get; } = Load();

    internal int Count { get; }

    internal int LightBias { get; }

    internal int HeavyBias { get; }

    /// <summary>The margin of a prompt of which nothing is known.</summary>
    internal int BaseMargin { get; }

    internal int Slots => _table.Length;

    /// <returns>The feature's slot, or -1 when it is not in the table.</returns>
    internal int Find(uint key)
    {
        var bit = key & ((1u << DoorBits) - 1);
        if ((_door[bit >> 6] & (1ul << (int)bit)) == 0)
        {
            return -1;
        }

        for (var at = key & _mask; ; at = (at + 1) & _mask)
        {
            var entry = _table[at];
            if (entry == 0)
            {
                return -1;
            }

            if ((uint)(entry >> 32) == key)
            {
                return (int)at;
            }
        }
    }

    internal (int Light, int Heavy) WeightsAt(int slot) => ((short)(_table[slot] >> 16), (short)_table[slot]);

    /// <summary>How much likelier a heavy model does the task than a light one, from both heads' sums.</summary>
    internal int Margin(int light, int heavy) => Chance(heavy) - Chance(light);

    /// <summary>The logistic curve.</summary>
    internal int Chance(int sum)
    {
        const int StepBits = UnitBits - 5;
        var at = Math.Clamp(sum + (8 << UnitBits), 0, (16 << UnitBits) - 1);
        var (step, rest) = (at >> StepBits, at & ((1 << StepBits) - 1));
        return _curve[step] + (((_curve[step + 1] - _curve[step]) * rest) >> StepBits);
    }

    /// <summary>From the margin to the published scale, on which 0.3 and 0.7 are the cuts. Rises everywhere.</summary>
    internal int Score(int margin)
    {
        if (margin <= _scale[0].Margin)
        {
            return _scale[0].Score;
        }

        for (var i = 1; i < _scale.Length; i++)
        {
            if (margin <= _scale[i].Margin)
            {
                var (low, high) = (_scale[i - 1], _scale[i]);
                return low.Score + (int)((long)(margin - low.Margin) * (high.Score - low.Score) / (high.Margin - low.Margin));
            }
        }

        return _scale[^1].Score;
    }

    private void Place(uint key, uint weights)
    {
        _door[(key & ((1u << DoorBits) - 1)) >> 6] |= 1ul << (int)(key & 63);
        var at = key & _mask;
        while (_table[at] != 0)
        {
            at = (at + 1) & _mask;
        }

        _table[at] = ((ulong)key << 32) | weights;
    }

    private static int Take(ref ReadOnlySpan<byte> file)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(file);
        file = file[4..];
        return value;
    }

    private static LearnedModel Load()
    {
        using var stream = typeof(LearnedModel).Assembly.GetManifestResourceStream("router-weights.bin")
            ?? throw new InvalidOperationException("The router's weights are missing from the assembly.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return new(file);
    }
}
