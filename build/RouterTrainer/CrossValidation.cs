using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.RouterTrainer;

/// <summary>Weights trained on four fifths of the rows judge the fifth they have not seen; near-duplicates are always on the same side.</summary>
internal static class CrossValidation
{
    internal const int Folds = 5;

    /// <summary>One set of weights per fold, each trained without it.</summary>
    internal static WeightsFile[] Train(IReadOnlyList<(Row Row, PromptFeatures Features)> rows) =>
        [.. Enumerable.Range(0, Folds).Select(fold => Training.Train([.. rows.Where(r => r.Row.Fold != fold)]))];

    /// <summary>Each row's margin by the weights that have not seen it, by row id.</summary>
    internal static Dictionary<string, int> Margins(IEnumerable<Row> rows, WeightsFile[] folds)
    {
        var models = Array.ConvertAll(folds, file => new LearnedModel(file.ToBytes()));
        return rows.ToDictionary(row => row.Id, row => Margin(row, models[row.Fold]));
    }

    private static int Margin(Row row, LearnedModel model)
    {
        Span<int> sums = stackalloc int[LearnedSink.Shares * LearnedSink.SumsPerShare];
        Span<double> contributions = stackalloc double[LearnedSink.Shares];
        Span<double> weights = stackalloc double[LearnedSink.Shares];
        sums.Clear();
        weights.Fill(1);
        var seen = new ulong[(model.Slots + 63) / 64];
        var sink = new LearnedSink(model, seen, sums);
        var signals = new PromptSignals();
        PromptReader.Read(row.Facts, ref signals, ref sink);
        return LearnedScore.Of(model, sink, sums, weights, contributions).Margin;
    }
}
