using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HiWay.Domain.Routing.Learned;

/// <summary>
/// A linear classifier of what kind of task a prompt is and of which subject, by its words and its shape; and what models of each
/// tier make of each kind. Words add up to a short vector, the vector gives each topic's log-odds, and the answer is the mean of all
/// topics by their likelihood. In integers.
/// </summary>
internal sealed class TopicModel
{
    /// <summary>Numbers per word, filled up from those trained.</summary>
    internal const int Width = 32;

    /// <summary>Of these are trained; a multiple of eight.</summary>
    internal const int Trained = 24;

    /// <summary>The falling exponential is tabled in steps of 1/32, down to where it is nothing.</summary>
    internal const int StepsPerUnit = 32, CurveSteps = 384;

    /// <summary>A prompt's vector is kept within this, or sums could leave 32 bits.</summary>
    internal const int MostHidden = 16_383;

    /// <summary>Weights of topics likewise.</summary>
    internal const int MostWeight = 2_047;

    /// <summary>What a property's vector counts beside the words', in 1/256.</summary>
    internal const int ShapeScale = 26;

    private const int Lanes = 16;

    /// <summary>Log-odds of the lanes behind the last topic, below all others.</summary>
    private const int NoTopic = int.MinValue;

    private readonly int _padded;
    private readonly int[] _bias;
    private readonly int[] _weights;
    private readonly int[] _curve;
    private readonly int _stepFactor;
    private readonly Topic[] _topics;
    private readonly sbyte[] _vectors;

    internal TopicModel(ref WeightsReader reader)
    {
        var count = reader.Int();
        _padded = (count + Lanes - 1) / Lanes * Lanes;
        _stepFactor = reader.Int();
        _curve = reader.Ints(CurveSteps);
        (_bias, _weights) = (new int[_padded], new int[_padded * Trained]);
        Array.Fill(_bias, NoTopic);
        _topics = new Topic[count];
        for (var topic = 0; topic < count; topic++)
        {
            _bias[topic] = reader.Int();
            _topics[topic] = new(
                Task: new(reader.Short(), reader.Short(), reader.Short()), Subject: new(reader.Short(), reader.Short(), reader.Short()), TopicTasks.Of(topic));
            for (var d = 0; d < Trained; d++)
            {
                _weights[(d * _padded) + topic] = reader.Short();
            }
        }

        var rows = reader.Int();
        _vectors = new sbyte[rows * Width];
        for (var row = 0; row < rows; row++)
        {
            MemoryMarshal.Cast<byte, sbyte>(reader.Take(Trained)).CopyTo(_vectors.AsSpan(row * Width));
        }
    }

    internal int Count => _topics.Length;

    /// <summary>Features with a vector; they come first among all features.</summary>
    internal int Rows => _vectors.Length / Width;

    /// <summary>Adds a feature's vector.</summary>
    internal void Add(int row, Span<int> sum)
    {
        var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(in _vectors[row * Width]));
        var (a, b) = Vector256.Widen(low);
        ref var to = ref MemoryMarshal.GetReference(sum[..Width]);
        (Vector256.LoadUnsafe(in to) + a).StoreUnsafe(ref to);
        (Vector256.LoadUnsafe(in to, 8) + b).StoreUnsafe(ref to, 8);
        (Vector256.LoadUnsafe(in to, 16) + Vector256.WidenLower(high)).StoreUnsafe(ref to, 16);
    }

    /// <summary>What the models of the tiers are expected to make of the prompt, by its task, and what its subject changes in that.</summary>
    /// <param name="hidden">The prompt's vector.</param>
    internal (HeadSums Task, HeadSums Subject) Expect(ReadOnlySpan<int> hidden) => Expect(hidden, out _);

    /// <param name="kind">The kind of task that most of the likelihood speaks for.</param>
    [SkipLocalsInit]   // all log-odds are written before one is read
    internal (HeadSums Task, HeadSums Subject) Expect(ReadOnlySpan<int> hidden, out TaskType kind)
    {
        Span<long> kinds = stackalloc long[TaskTypes.Count];
        kinds.Clear();
        Span<int> odds = stackalloc int[_padded];
        var most = Odds(hidden, odds);
        long all = 0, taskLight = 0, taskStandard = 0, taskHeavy = 0, light = 0, standard = 0, heavy = 0;
        for (var topic = 0; topic < _topics.Length; topic++)
        {
            var step = (((long)most - odds[topic]) * _stepFactor) >> 32;
            if (step >= CurveSteps)
            {
                continue;
            }

            long share = _curve[step];
            all += share;
            ref readonly var known = ref _topics[topic];
            kinds[(int)known.Kind] += share;
            taskLight += share * known.Task.Light;
            taskStandard += share * known.Task.Standard;
            taskHeavy += share * known.Task.Heavy;
            light += share * known.Subject.Light;
            standard += share * known.Subject.Standard;
            heavy += share * known.Subject.Heavy;
        }

        kind = TaskType.General;
        for (var i = 1; i < kinds.Length; i++)
        {
            kind = kinds[i] > kinds[(int)kind] ? (TaskType)i : kind;
        }

        return (new((int)(taskLight / all), (int)(taskStandard / all), (int)(taskHeavy / all)),
            new((int)(light / all), (int)(standard / all), (int)(heavy / all)));
    }

    /// <summary>Each topic's log-odds.</summary>
    /// <returns>The highest of them.</returns>
    private int Odds(ReadOnlySpan<int> hidden, Span<int> odds)
    {
        var lanes = MemoryMarshal.Cast<int, Vector<int>>(odds);
        var bias = MemoryMarshal.Cast<int, Vector<int>>(_bias);
        var weights = MemoryMarshal.Cast<int, Vector<int>>(_weights);
        var most = new Vector<int>(int.MinValue);
        for (var i = 0; i < bias.Length; i++)
        {
            // Two sums, so that one need not wait for the other.
            var (even, odd) = (bias[i], Vector<int>.Zero);
            for (var d = 0; d < Trained; d += 2)
            {
                even += weights[(d * bias.Length) + i] * new Vector<int>(hidden[d]);
                odd += weights[((d + 1) * bias.Length) + i] * new Vector<int>(hidden[d + 1]);
            }

            lanes[i] = even + odd;
            most = Vector.Max(most, lanes[i]);
        }

        var highest = int.MinValue;
        for (var lane = 0; lane < Vector<int>.Count; lane++)
        {
            highest = Math.Max(highest, most[lane]);
        }

        return highest;
    }

    private readonly record struct Topic(HeadSums Task, HeadSums Subject, TaskType Kind);
}
