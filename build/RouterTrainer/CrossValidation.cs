using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Learned;

namespace HiWay.RouterTrainer;

/// <summary>Weights trained on four fifths of the rows judge the fifth they have not seen; near-duplicates are always on the same side.</summary>
internal static class CrossValidation
{
    internal const int Folds = 5;

    /// <summary>One set of weights per fold, each trained without it.</summary>
    internal static WeightsFile[] Train(IReadOnlyList<(Row Row, PromptFeatures Features)> rows, int seed = Training.Seed) =>
        [.. Enumerable.Range(0, Folds).Select(fold => Training.Train([.. rows.Where(r => r.Row.Fold != fold)], seed))];

    /// <summary>Each row's margin by the weights that have not seen it, by row id.</summary>
    internal static Dictionary<string, int> Margins(IEnumerable<Row> rows, WeightsFile[] folds)
    {
        var models = Array.ConvertAll(folds, file => new LearnedModel(file.ToBytes()));
        return rows.ToDictionary(row => row.Id, row => Margin(row, models[row.Fold]));
    }

    private static int Margin(Row row, LearnedModel model)
    {
        Span<double> weights = stackalloc double[LearnedSink.Shares];
        weights.Fill(1);
        Router.Read(row.Facts, model, out var features);
        _ = Router.Judge(features, weights, model, out var margin);
        return margin;
    }
}
