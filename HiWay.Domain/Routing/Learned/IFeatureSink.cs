namespace HiWay.Domain.Routing.Learned;

/// <summary>The analyzer that a feature speaks for; the order of <see cref="Analyzers.AnalyzerCatalog"/>.</summary>
internal enum Share { Intent, Complexity, Tools, SystemPrompt, Code, Domain, Conversation }

/// <summary>A run of words, by its key.</summary>
/// <param name="IsThere">False where a word has no such run; its key then means nothing.</param>
internal readonly record struct WordRun(uint Key, bool IsThere);

/// <summary>Receives the features of a prompt while it is read: the router adds their weights up, the trainer collects them.</summary>
internal interface IFeatureSink
{
    /// <summary>One word of the request. Counts once per prompt however often it comes, as runs do.</summary>
    void Word(uint key, Share share);

    /// <summary>Several neighbouring words, or a symbol.</summary>
    void Run(uint key, Share share);

    /// <summary>The runs that end with a word, as far as they are there: its beginning, it with the one before, it with the one before that.</summary>
    void RunsOfWord(WordRun first, WordRun second, WordRun third, Share share);

    /// <summary>A property of the whole prompt, once each.</summary>
    void Shape(uint key, Share share);
}

/// <summary>For the parts of a prompt that are only counted.</summary>
internal readonly struct NoSink : IFeatureSink
{
    public void Word(uint key, Share share)
    {
    }

    public void Run(uint key, Share share)
    {
    }

    public void RunsOfWord(WordRun first, WordRun second, WordRun third, Share share)
    {
    }

    public void Shape(uint key, Share share)
    {
    }
}
