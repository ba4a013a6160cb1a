namespace HiWay.RouterTrainer;

/// <summary>From rows to the router's weights.</summary>
internal static class Training
{
    /// <summary>0 would weigh every row alike, 1 every source; for the classifier as for the heads.</summary>
    private const double SourceTemper = 0.2;

    /// <summary>Sets that only say "easy" or "hard" count half: their labels are a judgement, not a measurement.</summary>
    private const double JudgedWeight = 0.5;

    /// <summary>
    /// The heads learn what is left beside this part of what the subject lets expect, and the router counts the same part: beside all of it
    /// they would be blind to what the classifier misses, beside none they would learn the subjects a second time.
    /// </summary>
    internal const double SubjectKnown = 0.75;

    /// <summary>Of the order in which prompts are learned from. Another one moves each figure a little; the bench shows by how much.</summary>
    internal const int Seed = 1;

    /// <summary>The weights file without its scale, which <see cref="Calibration"/> puts in.</summary>
    internal static WeightsFile Train(IReadOnlyList<(Row Row, PromptFeatures Features)> rows, int seed)
    {
        var vocabulary = new Vocabulary([.. rows.Select(r => r.Features)]);
        var topics = new Topics([.. rows.Select(r => r.Row)]);
        var prompts = rows.Where(r => topics.Of.ContainsKey(r.Row.Id))
            .Select(r => (r.Row, Prompt: vocabulary.Known(r.Features), Topic: topics.Of[r.Row.Id])).ToArray();
        var classifier = TopicTrainer.Train(Labelled(), vocabulary.Vectors, topics.Count, seed);
        var heads = Enumerable.Range(0, Topics.Heads).Select(head => HeadTrainer.Train(Examples(head), vocabulary.Keys.Length, seed)).ToArray();
        return new(vocabulary, topics, classifier, heads);

        (KnownFeatures, int, float)[] Labelled()
        {
            var weights = SourceWeights(prompts.Select(p => p.Row));
            return [.. prompts.Select(p => (p.Prompt, p.Topic, (float)weights[p.Row.Source]))];
        }

        Example[] Examples(int head)
        {
            var measured = prompts.Where(p => p.Row.Success(head) is not null).ToArray();
            var weights = SourceWeights(measured.Select(p => p.Row));
            return
            [
                .. measured.Select(p => new Example(
                    p.Prompt, p.Row.Success(head)!.Value, topics.Task[p.Topic][head] + (SubjectKnown * topics.Subject[p.Topic][head]),
                    weights[p.Row.Source] * (p.Row.Expected is null ? 1 : JudgedWeight))),
            ];
        }
    }

    /// <summary>What a row of each source counts; 1 in a source of a thousand.</summary>
    private static Dictionary<string, double> SourceWeights(IEnumerable<Row> rows) =>
        rows.GroupBy(row => row.Source).ToDictionary(g => g.Key, g => Math.Pow(1_000.0 / g.Count(), SourceTemper));
}
