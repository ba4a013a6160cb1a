using System.Runtime.InteropServices;

namespace HiWay.Domain.Routing.Learned;

/// <summary>What a prompt's features add up to; on the stack.</summary>
[System.Runtime.CompilerServices.InlineArray(LearnedSink.Shares)]
internal struct ShareSums
{
    private HeadSums _first;
}

/// <summary>Adds up the weights of a prompt's features, apart for each analyzer.</summary>
internal ref struct LearnedSink(LearnedModel model, Span<ulong> seen, Span<int> hidden) : IFeatureSink
{
    internal const int Shares = (int)Share.Conversation + 1;

    /// <summary>Numbers that a decision needs for <c>hidden</c>: the words' vector, and the properties'.</summary>
    internal const int HiddenSize = 2 * TopicModel.Width;

    private readonly LearnedModel _model = model;
    private readonly Span<ulong> _seen = seen;
    private readonly Span<int> _hidden = hidden;

    /// <summary>By analyzer, of the words and runs.</summary>
    internal ShareSums Texts;

    /// <summary>By analyzer, of the properties of the whole prompt.</summary>
    internal ShareSums Shapes;

    /// <summary>Distinct text features that the model knows.</summary>
    internal int Known { get; private set; }

    /// <summary>Words read, repetitions included.</summary>
    internal int Words { get; private set; }

    /// <summary>Of these the ones that the model knows.</summary>
    internal int KnownWords { get; private set; }

    /// <summary>Distinct known words.</summary>
    internal int Vocabulary { get; private set; }

    /// <summary>A bit per feature, for <c>seen</c>.</summary>
    internal static int SeenSize(LearnedModel model) => (model.Count + 63) / 64;

    public void Word(uint key, Share share)
    {
        Words++;
        ref readonly var feature = ref _model.Find(key);
        if (feature.Index < 0)
        {
            return;
        }

        KnownWords++;
        if (IsFirst(feature.Index))
        {
            Texts[(int)share] += feature.Weights;
            if (feature.Index < _model.Topics.Rows)
            {
                Vocabulary++;
                _model.Topics.Add(feature.Index, _hidden);
            }
        }
    }

    public void Run(uint key, Share share)
    {
        ref readonly var feature = ref _model.Find(key);
        if (feature.Index >= 0 && IsFirst(feature.Index))
        {
            Texts[(int)share] += feature.Weights;
        }
    }

    public void RunsOfWord(WordRun first, WordRun second, WordRun third, Share share)
    {
        // Most words have none that is known: one branch to foresee for all three, not one for each.
        var (isFirst, isSecond, isThird) = (_model.MayKnow(first), _model.MayKnow(second), _model.MayKnow(third));
        if ((isFirst | isSecond | isThird) == 0)
        {
            return;
        }

        if (isFirst != 0)
        {
            Run(first.Key, share);
        }

        if (isSecond != 0)
        {
            Run(second.Key, share);
        }

        if (isThird != 0)
        {
            Run(third.Key, share);
        }
    }

    public void Shape(uint key, Share share)
    {
        ref readonly var feature = ref _model.Find(key);
        if (feature.Index >= 0)
        {
            Shapes[(int)share] += feature.Weights;
            if (feature.Index < _model.Topics.Rows)
            {
                _model.Topics.Add(feature.Index, _hidden[TopicModel.Width..]);
            }
        }
    }

    /// <summary>The prompt's vector for the classifier: words by the root of their number, so that long and short prompts compare; then its properties.</summary>
    internal readonly void Condense(Span<int> into)
    {
        var root = Root(Vocabulary);
        for (var d = 0; d < TopicModel.Trained; d++)
        {
            var words = ((long)_hidden[d] * root) >> 8;
            var shapes = (long)_hidden[TopicModel.Width + d] * TopicModel.ShapeScale;
            into[d] = (int)Math.Clamp((words + shapes) >> 4, -TopicModel.MostHidden, TopicModel.MostHidden);
        }
    }

    /// <summary>65,536 by the root of a number of features; all processors take roots alike.</summary>
    internal static int Root(int features) => (int)(65_536 / Math.Sqrt(Math.Max(4, features)));

    private bool IsFirst(int index)
    {
        ref var word = ref _seen[index >> 6];
        var bit = 1ul << (index & 63);
        if ((word & bit) != 0)
        {
            return false;
        }

        word |= bit;
        Known++;
        return true;
    }
}
