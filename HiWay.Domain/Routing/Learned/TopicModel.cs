using System.Numerics;
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

    private readonly int _count;
    private readonly int _padded;
    private readonly int[] _bias;
    private readonly int[] _weights;
    private readonly int[] _curve;
    private readonly int _stepFactor;
    private readonly HeadSums[] _tasks;
    private readonly HeadSums[] _subjects;
    private readonly TaskType[] _kinds;
    private readonly sbyte[] _vectors;

    internal TopicModel(ref WeightsReader reader)
    {
        _count = reader.Int();
        _padded = (_count + Lanes - 1) / Lanes * Lanes;
        _stepFactor = reader.Int();
        _curve = reader.Ints(CurveSteps);
        (_bias, _weights) = (new int[_padded], new int[_padded * Trained]);
        (_tasks, _subjects) = (new HeadSums[_count], new HeadSums[_count]);
        _kinds = [.. Enumerable.Range(0, _count).Select(TopicTasks.Of)];
        for (var topic = 0; topic < _count; topic++)
        {
            _bias[topic] = reader.Int();
            _tasks[topic] = new(reader.Short(), reader.Short(), reader.Short());
            _subjects[topic] = new(reader.Short(), reader.Short(), reader.Short());
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

    internal int Count => _count;

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
    internal (HeadSums Task, HeadSums Subject) Expect(ReadOnlySpan<int> hidden, out TaskType kind)
    {
        Span<long> kinds = stackalloc long[TaskTypes.Count];
        kinds.Clear();
        Span<int> odds = stackalloc int[_padded];
        _bias.CopyTo(odds);
        var lanes = MemoryMarshal.Cast<int, Vector<int>>(odds);
        for (var d = 0; d < Trained; d++)
        {
            var factor = new Vector<int>(hidden[d]);
            var weights = MemoryMarshal.Cast<int, Vector<int>>(_weights.AsSpan(d * _padded, _padded));
            for (var i = 0; i < lanes.Length; i++)
            {
                lanes[i] += weights[i] * factor;
            }
        }

        var most = int.MinValue;
        foreach (var odd in odds[.._count])
        {
            most = Math.Max(most, odd);
        }

        long all = 0, taskLight = 0, taskStandard = 0, taskHeavy = 0, light = 0, standard = 0, heavy = 0;
        for (var topic = 0; topic < _count; topic++)
        {
            var step = (((long)most - odds[topic]) * _stepFactor) >> 32;
            if (step >= CurveSteps)
            {
                continue;
            }

            long share = _curve[step];
            all += share;
            kinds[(int)_kinds[topic]] += share;
            ref readonly var task = ref _tasks[topic];
            taskLight += share * task.Light;
            taskStandard += share * task.Standard;
            taskHeavy += share * task.Heavy;
            ref readonly var subject = ref _subjects[topic];
            light += share * subject.Light;
            standard += share * subject.Standard;
            heavy += share * subject.Heavy;
        }

        kind = TaskType.General;
        for (var i = 1; i < kinds.Length; i++)
        {
            kind = kinds[i] > kinds[(int)kind] ? (TaskType)i : kind;
        }

        return (new((int)(taskLight / all), (int)(taskStandard / all), (int)(taskHeavy / all)),
            new((int)(light / all), (int)(standard / all), (int)(heavy / all)));
    }
}
