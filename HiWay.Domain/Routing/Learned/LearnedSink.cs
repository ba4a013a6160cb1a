namespace HiWay.Domain.Routing.Learned;

/// <summary>Adds up the weights of a prompt's features, apart for each analyzer.</summary>
internal ref struct LearnedSink(LearnedModel model, Span<ulong> seen, Span<int> sums) : IFeatureSink
{
    internal const int Shares = (int)Share.Conversation + 1;

    /// <summary>Per share: text light, text heavy, shape light, shape heavy.</summary>
    internal const int SumsPerShare = 4;

    private readonly LearnedModel _model = model;
    private readonly Span<ulong> _seen = seen;
    private readonly Span<int> _sums = sums;

    /// <summary>Distinct text features that the model knows.</summary>
    internal int Known { get; private set; }

    /// <summary>Words read, repetitions included.</summary>
    internal int Words { get; private set; }

    /// <summary>Of these the ones that the model knows.</summary>
    internal int KnownWords { get; private set; }

    public void Word(uint key, Share share)
    {
        Words++;
        KnownWords += Count(_model.Find(key), share) ? 1 : 0;
    }

    public void Run(uint key, Share share) => Count(_model.Find(key), share);

    public void Shape(uint key, Share share)
    {
        var slot = _model.Find(key);
        if (slot >= 0)
        {
            var (light, heavy) = _model.WeightsAt(slot);
            var at = (int)share * SumsPerShare;
            _sums[at + 2] += light;
            _sums[at + 3] += heavy;
        }
    }

    /// <returns>False for features that the model does not know.</returns>
    private bool Count(int slot, Share share)
    {
        if (slot < 0)
        {
            return false;
        }

        ref var word = ref _seen[slot >> 6];
        var bit = 1ul << (slot & 63);
        if ((word & bit) == 0)
        {
            word |= bit;
            Known++;
            var (light, heavy) = _model.WeightsAt(slot);
            var at = (int)share * SumsPerShare;
            _sums[at] += light;
            _sums[at + 1] += heavy;
        }

        return true;
    }
}
