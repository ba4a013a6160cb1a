using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.RouterTrainer;

/// <summary>A prompt as the weights see it.</summary>
/// <param name="Words">Keys of its words, each once.</param>
/// <param name="Runs">Keys of its runs of words and symbols, each once.</param>
/// <param name="Shapes">Keys of its properties.</param>
internal sealed record PromptFeatures(uint[] Words, uint[] Runs, uint[] Shapes)
{
    internal static PromptFeatures Of(Row row)
    {
        var sink = new Collector();
        var signals = new PromptSignals();
        PromptReader.Read(row.Facts, ref signals, ref sink);
        return new([.. sink.Words], [.. sink.Runs], [.. sink.Shapes]);
    }

    private readonly struct Collector() : IFeatureSink
    {
        internal List<uint> Shapes { get; } = [];

        internal HashSet<uint> Words { get; } = [];

        internal HashSet<uint> Runs { get; } = [];

        public void Word(uint key, Share share) => Words.Add(key);

        public void Run(uint key, Share share) => Runs.Add(key);

        public void RunsOfWord(WordRun first, WordRun second, WordRun third, Share share)
        {
            foreach (var run in (ReadOnlySpan<WordRun>)[first, second, third])
            {
                if (run.IsThere)
                {
                    Run(run.Key, share);
                }
            }
        }

        public void Shape(uint key, Share share) => Shapes.Add(key);
    }
}

/// <summary>A prompt by the numbers of its known features.</summary>
/// <param name="Texts">Words and runs.</param>
internal sealed record KnownFeatures(int[] Words, int[] Texts, int[] Shapes);

/// <summary>The features worth a weight, numbered: words and properties first, for those have a vector as well.</summary>
internal sealed class Vocabulary
{
    /// <summary>Features in fewer prompts are noise. Words may be rarer than runs, for a rare word tells the subject.</summary>
    private const int LeastWord = 3, LeastRun = 8;

    private readonly Dictionary<uint, int> _ids;

    internal Vocabulary(IReadOnlyList<PromptFeatures> prompts)
    {
        var words = Frequent(prompts.SelectMany(p => p.Words), LeastWord);
        var shapes = Frequent(prompts.SelectMany(p => p.Shapes), LeastRun);
        var runs = Frequent(prompts.SelectMany(p => p.Runs), LeastRun);
        Keys = [.. words.Union(shapes).Order(), .. runs.Except(words).Except(shapes).Order()];
        Vectors = words.Union(shapes).Count();
        Shapes = [.. shapes];
        _ids = Keys.Select((key, id) => (key, id)).ToDictionary(x => x.key, x => x.id);
    }

    /// <summary>By number.</summary>
    internal uint[] Keys { get; }

    /// <summary>How many of them, from the first on, have a vector.</summary>
    internal int Vectors { get; }

    internal HashSet<uint> Shapes { get; }

    internal KnownFeatures Known(PromptFeatures prompt)
    {
        var words = Known(prompt.Words);
        return new(words, [.. words, .. Known(prompt.Runs)], Known(prompt.Shapes));
    }

    private int[] Known(uint[] keys) => [.. keys.Where(_ids.ContainsKey).Select(key => _ids[key])];

    private static List<uint> Frequent(IEnumerable<uint> keys, int least)
    {
        var prompts = new Dictionary<uint, int>();
        foreach (var key in keys)
        {
            prompts[key] = prompts.GetValueOrDefault(key) + 1;
        }

        return [.. prompts.Where(p => p.Value >= least).Select(p => p.Key)];
    }
}
