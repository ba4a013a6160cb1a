namespace HiWay.RouterTrainer;

/// <summary>The figures of evaluate.py beside the routing set, computed the same way.</summary>
internal static class Metrics
{
    /// <summary>Sources with fewer rows are left out of the macro mean.</summary>
    internal const int LeastRows = 100;

    /// <summary>Relative prices of the four tiers, for the cost of a mix.</summary>
    internal static readonly double[] TierPrices = [0.02, 0.08, 0.4, 1.0];

    internal readonly record struct Item(double Score, double Weak, double Strong, double Weight);

    /// <summary>Area under the share of the quality gap won against the share of strong calls; 0.5 is chance.</summary>
    internal static double Apgr(List<Item> items)
    {
        var total = items.Sum(i => i.Weight);
        var weak = items.Sum(i => i.Weak * i.Weight) / total;
        var strong = items.Sum(i => i.Strong * i.Weight) / total;
        var sorted = items.OrderByDescending(i => i.Score).ToList();
        double area = 0, quality = weak;
        for (var k = 0; k < sorted.Count;)
        {
            var score = sorted[k].Score;
            double dx = 0, dq = 0;
            for (; k < sorted.Count && sorted[k].Score == score; k++)
            {
                dx += sorted[k].Weight / total;
                dq += (sorted[k].Strong - sorted[k].Weak) * sorted[k].Weight / total;
            }

            area += dx * (quality + (dq / 2));
            quality += dq;
        }

        return (area - weak) / (strong - weak);
    }

    /// <summary>Chance that one of <paramref name="high"/> scores above one of <paramref name="low"/>; ties count half.</summary>
    internal static double Auc(IReadOnlyList<double> high, IReadOnlyList<double> low)
    {
        var all = high.Select(s => (s, true)).Concat(low.Select(s => (s, false))).OrderBy(x => x.s).ToList();
        double below = 0, sum = 0;
        for (var k = 0; k < all.Count;)
        {
            int j = k, highs = 0, lows = 0;
            for (; j < all.Count && all[j].s == all[k].s; j++)
            {
                if (all[j].Item2)
                {
                    highs++;
                }
                else
                {
                    lows++;
                }
            }

            sum += highs * (below + (lows / 2.0));
            below += lows;
            k = j;
        }

        return sum / (high.Count * (double)low.Count);
    }

    internal static (Dictionary<string, double> Sources, double Macro, double Pooled) Pairs(List<Row> rows, IReadOnlyDictionary<string, double> scores)
    {
        var per = new SortedDictionary<string, double>(StringComparer.Ordinal);
        var macro = new List<double>();
        var pooled = new List<Item>();
        foreach (var group in rows.Where(r => r.Weak is not null).GroupBy(r => r.Source))
        {
            var items = group.Select(r => new Item(scores[r.Id], r.Weak!.Value, r.Strong!.Value, 1.0 / group.Count())).ToList();
            per[group.Key] = Apgr(items);
            pooled.AddRange(items);
            if (items.Count >= LeastRows)
            {
                macro.Add(per[group.Key]);
            }
        }

        return (new(per), macro.Average(), Apgr(pooled));
    }

    /// <summary>Chance that a row of a hard set scores above one of an easy set.</summary>
    internal static double EasyVersusHard(List<Row> rows, IReadOnlyDictionary<string, double> scores) => Auc(
        [.. rows.Where(r => r.Expected?.Min() >= 2).Select(r => scores[r.Id])],
        [.. rows.Where(r => r.Expected?.Max() <= 1).Select(r => scores[r.Id])]);

    /// <summary>Quality and cost of the tiers chosen, and what a random mix of single tiers of the same quality costs; every source weighs the same.</summary>
    internal static (double Quality, double Cost, double SavedPercent, double[] Mix) Tiers(List<Row> rows, IReadOnlyDictionary<string, int> tiers)
    {
        var used = rows.Where(r => r.Tiers is not null).ToList();
        var counts = used.GroupBy(r => r.Source).ToDictionary(g => g.Key, g => g.Count());
        var total = (double)counts.Count;
        double Mean(Func<Row, double> f) => used.Sum(r => f(r) / counts[r.Source]) / total;
        var single = Enumerable.Range(0, 4).Select(t => Mean(r => r.Tiers![t])).ToArray();
        var mix = Enumerable.Range(0, 4).Select(t => Mean(r => tiers[r.Id] == t ? 1 : 0)).ToArray();
        var quality = Mean(r => r.Tiers![tiers[r.Id]]);
        var cost = Mean(r => TierPrices[tiers[r.Id]]);
        return (quality, cost, 100 * (1 - (cost / CostOfMix(single, quality))), mix);
    }

    private static double QualityOfMix(double[] single, double cost)
    {
        var best = single.Min();
        for (var a = 0; a < 4; a++)
        {
            best = TierPrices[a] <= cost ? Math.Max(best, single[a]) : best;
            for (var b = a + 1; b < 4; b++)
            {
                if (TierPrices[a] <= cost && cost <= TierPrices[b])
                {
                    best = Math.Max(best, single[a] + ((single[b] - single[a]) * (cost - TierPrices[a]) / (TierPrices[b] - TierPrices[a])));
                }
            }
        }

        return best;
    }

    private static double CostOfMix(double[] single, double quality)
    {
        var (low, high) = (TierPrices[0], TierPrices[3]);
        if (QualityOfMix(single, high) < quality)
        {
            return high;
        }

        for (var i = 0; i < 50; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = QualityOfMix(single, middle) >= quality ? (low, middle) : (middle, high);
        }

        return high;
    }
}
