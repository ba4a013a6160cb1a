using HiWay.Domain.Routing.Learned;

namespace HiWay.RouterTrainer;

/// <summary>From rows to the router's weights.</summary>
internal static class Training
{
    /// <summary>Features in fewer prompts are noise; those left make a file of some 100 KB.</summary>
    private const int LeastPrompts = 12;

    /// <summary>0 would weigh every row alike, 1 every source.</summary>
    private const double SourceTemper = 0.2;

    /// <summary>Sets that only say "easy" or "hard" count half: their labels are a judgement, not a measurement.</summary>
    private const double JudgedWeight = 0.5;

    /// <summary>The weights file without its scale, which <see cref="Calibration"/> puts in.</summary>
    internal static WeightsFile Train(IReadOnlyList<(Row Row, PromptFeatures Features)> rows)
    {
        var prompts = new Dictionary<uint, int>();
        foreach (var (_, features) in rows)
        {
            foreach (var key in features.Texts.Concat(features.Shapes))
            {
                prompts[key] = prompts.GetValueOrDefault(key) + 1;
            }
        }

        var keys = prompts.Where(p => p.Value >= LeastPrompts).Select(p => p.Key).Order().ToArray();
        var ids = keys.Select((key, id) => (key, id)).ToDictionary(x => x.key, x => x.id);
        var shapes = rows.SelectMany(r => r.Features.Shapes).ToHashSet();
        var sizes = rows.GroupBy(r => r.Row.Source).ToDictionary(g => g.Key, g => g.Count());
        var light = HeadTrainer.Train(Examples(r => Success(r, heavy: false)), keys.Length);
        var heavy = HeadTrainer.Train(Examples(r => Success(r, heavy: true)), keys.Length);
        var entries = keys.Select((key, id) =>
        {
            var scale = shapes.Contains(key) ? HeadTrainer.ShapeScale : 1;
            return new WeightsFile.Entry(key, Units(light.Weights[id] * scale), Units(heavy.Weights[id] * scale));
        });
        return new(Units(light.Bias), Units(heavy.Bias), [.. entries.Where(e => e.Light != 0 || e.Heavy != 0)]);

        Example[] Examples(Func<Row, double?> success) =>
        [
            .. from r in rows
               let label = success(r.Row)
               where label is not null
               select new Example(
                   Known(r.Features.Texts), Known(r.Features.Shapes), label.Value,
                   Math.Pow(1_000.0 / sizes[r.Row.Source], SourceTemper) * (r.Row.Expected is null ? 1 : JudgedWeight)),
        ];

        int[] Known(uint[] all) => [.. all.Where(ids.ContainsKey).Select(key => ids[key])];
    }

    private static short Units(double weight) => (short)Math.Clamp(Math.Round(weight * (1 << LearnedModel.UnitBits)), short.MinValue, short.MaxValue);

    /// <summary>What a light or a heavy model made of the prompt; for judged sets what the judgement implies.</summary>
    private static double? Success(Row row, bool heavy) => row.Expected is { } expected
        ? expected.Max() <= 1 ? (heavy ? 0.98 : 0.97) : (heavy ? 0.9 : 0.5)
        : heavy ? row.Strong : row.Weak;
}
