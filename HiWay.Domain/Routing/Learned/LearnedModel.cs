using System.Numerics;

namespace HiWay.Domain.Routing.Learned;

/// <summary>
/// The trained weights: for each feature how much it speaks for the success of a light, a standard and a heavy model, and what kind
/// of task it belongs to. In integers, so that every processor comes to the same score. Written by build/RouterTrainer, read once.
/// </summary>
/// <remarks>See docs/decisions/0009-trained-router.md for what was trained on what, and how well it does.</remarks>
internal sealed class LearnedModel
{
    /// <summary>Weights and log-odds are in units of 1/4,096.</summary>
    internal const int UnitBits = 12;

    /// <summary>Chances and margins are in units of 1/65,536.</summary>
    internal const int ChanceBits = 16;

    /// <summary>Scores are in ten-thousandths.</summary>
    internal const int ScoreUnits = 10_000;

    /// <summary>The logistic curve is tabled from -8 to 8 in steps of 1/32.</summary>
    internal const int CurveSteps = 512;

    internal const int Magic = 0x32525748; // "HWR2"

    /// <summary>One bit per low bits of a key: most runs of words are in no table and are turned away here, in the nearest cache.</summary>
    private const int DoorBits = 19;

    private static readonly KnownFeature s_unknown;

    private readonly ulong[] _door = new ulong[1 << (DoorBits - 6)];
    private readonly KnownFeature[] _table;
    private readonly uint _mask;
    private readonly int[] _curve;
    private readonly (int Margin, int Score)[] _scale;
    private readonly HeadSums _bias;

    internal LearnedModel(byte[] file)
    {
        Fingerprint = Mix(file);
        var reader = new WeightsReader(file);
        if (reader.Int() != Magic)
        {
            throw new InvalidDataException("The router's weights are not in a format that this version reads.");
        }

        _bias = new(reader.Int(), reader.Int(), reader.Int());
        TopGain = reader.Int();
        _curve = reader.Ints(CurveSteps + 1);
        _scale = new (int, int)[reader.Int()];
        for (var i = 0; i < _scale.Length; i++)
        {
            _scale[i] = (reader.Int(), reader.Int());
        }

        Topics = new(ref reader);
        var count = reader.Int();
        _mask = BitOperations.RoundUpToPowerOf2((uint)count * 2) - 1;
        _table = new KnownFeature[_mask + 1];
        for (var i = 0; i < count; i++)
        {
            Place(new((uint)reader.Int(), i, reader.Short(), reader.Short(), reader.Short()));
        }

        Count = count;
        var (task, subject) = Topics.Expect(stackalloc int[TopicModel.Width]);
        (BaseTask, BaseSubject) = (task, subject);
        Base = _bias + task + subject;
        BaseMargin = Margin(Base);
    }

    internal static LearnedModel Shipped => Embedded.Model;

    internal TopicModel Topics { get; }

    /// <summary>Tells these weights from others, but for one chance in 256; never 0.</summary>
    internal byte Fingerprint { get; }

    internal int Count { get; }

    /// <summary>What a heavy model's lead over a standard one counts beside its lead over a light one, in 1/4,096.</summary>
    internal int TopGain { get; }

    /// <summary>The heads' sums for a prompt of which nothing is known; what the kind of task and the subject are then taken to be is in them.</summary>
    internal HeadSums Base { get; }

    internal HeadSums BaseTask { get; }

    internal HeadSums BaseSubject { get; }

    internal int BaseMargin { get; }

    /// <summary>0 for a run that is not there or in no table for certain, else 1.</summary>
    internal uint MayKnow(WordRun run) => MayKnow(run.Key) & (run.IsThere ? 1u : 0);

    /// <summary>A feature by its key; one whose index is -1 when it is not in the table.</summary>
    internal ref readonly KnownFeature Find(uint key)
    {
        if (MayKnow(key) != 0)
        {
            var table = _table;
            for (var at = key & _mask; at < (uint)table.Length; at = (at + 1) & _mask)
            {
                ref readonly var entry = ref table[at];
                if (entry.Key == key || entry.Index < 0)
                {
                    return ref entry;
                }
            }
        }

        return ref s_unknown;
    }

    /// <summary>How much a stronger model is worth: a heavy one's lead over a light one, and a part of its lead over a standard one.</summary>
    internal int Margin(HeadSums sums)
    {
        var heavy = Chance(sums.Heavy);
        return heavy - Chance(sums.Light) + (int)(((long)(heavy - Chance(sums.Standard)) * TopGain) >> UnitBits);
    }

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

    private uint MayKnow(uint key)
    {
        var bit = key & ((1u << DoorBits) - 1);
        return (uint)(_door[bit >> 6] >> (int)bit) & 1;
    }

    private static byte Mix(byte[] file)
    {
        uint sum = 17;
        foreach (var next in file)
        {
            sum = (sum * 31) + next;
        }

        return (byte)Math.Max(1, BitOperations.RotateLeft(sum * 2_654_435_761, 8) & 0xFF);
    }

    private void Place(KnownFeature feature)
    {
        _door[(feature.Key & ((1u << DoorBits) - 1)) >> 6] |= 1ul << (int)(feature.Key & 63);
        var at = feature.Key & _mask;
        while (_table[at].Index >= 0)
        {
            at = (at + 1) & _mask;
        }

        _table[at] = feature;
    }

    /// <summary>Read on first use: the trainer must run while the file inside still has an older format.</summary>
    private static class Embedded
    {
        internal static readonly LearnedModel Model = Load();

        private static LearnedModel Load()
        {
            using var stream = typeof(LearnedModel).Assembly.GetManifestResourceStream("router-weights.bin")
                ?? throw new InvalidOperationException("The router's weights are missing from the assembly.");
            var file = new byte[stream.Length];
            stream.ReadExactly(file);
            return new(file);
        }
    }
}
