using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Learned;

namespace HiWay.RouterTrainer;

/// <summary>Stretches the margins so that the published cuts 0.3 and 0.7 lie where they should.</summary>
/// <remarks>
/// The lower cut is where the sets judged easy and those judged hard part best. The upper one saves most on the sets with results for
/// four tiers, compared with mixing tiers at random for the same quality, among cuts that send at most 45 % of those (all of them
/// demanding) to heavy. Only margins of rows that the weights had not seen are looked at. A score within the default margin below a
/// cut counts as above it, so the cuts found lie that much lower on the scale.
/// </remarks>
internal static class Calibration
{
    private const double MostHeavy = 0.45;

    /// <summary>A short everyday request in a dear tier is the mistake that happens a thousand times a day.</summary>
    private const double EasyWeight = 3;

    private const int Step = 1 << (LearnedModel.ChanceBits - 8);

    internal static IReadOnlyList<(int Margin, int Score)> Scale(List<Row> rows, IReadOnlyDictionary<string, int> margins)
    {
        var steps = Enumerable.Range(-64, 320).Select(i => i * Step).ToArray();
        var easy = rows.Where(r => r.Expected?.Max() <= 1).Select(r => margins[r.Id]).ToArray();
        var hard = rows.Where(r => r.Expected?.Min() >= 2).Select(r => margins[r.Id]).ToArray();
        var lower = steps.MaxBy(cut => (EasyWeight * easy.Count(m => m < cut) / easy.Length) + (hard.Count(m => m >= cut) / (double)hard.Length));
        var upper = steps.Where(cut => cut > lower)
            .Select(cut => (cut, result: Metrics.Tiers(rows, rows.ToDictionary(r => r.Id, r => Tier(margins[r.Id], lower, cut)))))
            .Where(x => x.result.Mix[3] <= MostHeavy)
            .MaxBy(x => x.result.SavedPercent).cut;
        var sorted = margins.Values.Order().ToArray();
        return
        [
            (Math.Min(sorted[0], lower - 1), 0),
            (lower, Units(RoutingSettings.Default.LightBelow - RoutingSettings.Default.Margin)),
            (upper, Units(RoutingSettings.Default.HeavyFrom - RoutingSettings.Default.Margin)),
            (Math.Max(sorted[^1], upper + 1), LearnedModel.ScoreUnits),
        ];
    }

    private static int Units(double score) => (int)Math.Round(score * LearnedModel.ScoreUnits);

    private static int Tier(int margin, int lower, int upper) => margin < lower ? 1 : margin < upper ? 2 : 3;
}
