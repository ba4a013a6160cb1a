namespace HiWay.RouterTrainer;

/// <summary>The kinds of task and subject that the rows tell apart, and what models make of each.</summary>
internal sealed class Topics
{
    internal const int Heads = 3;

    /// <summary>Categories with fewer rows count as their source.</summary>
    private const int LeastRows = 8;

    /// <summary>As many rows at its source's mean are added to each category's own.</summary>
    private const double Caution = 20;

    /// <summary>
    /// Where no standard model was measured, this part of the way from light to heavy, in log-odds: what it is on the sets that
    /// measured all three.
    /// </summary>
    private const double StandardBetween = 0.65;

    private readonly Dictionary<string, int> _ids = [];

    internal Topics(IReadOnlyList<Row> rows)
    {
        var sizes = rows.GroupBy(NameOf).ToDictionary(g => g.Key, g => g.Count());
        var names = rows.Where(r => r.IsMeasured || r.Expected is not null)
            .Select(r => (row: r, name: r.IsMeasured && sizes[NameOf(r)] >= LeastRows ? NameOf(r) : r.Source)).ToList();
        foreach (var name in names.Select(n => n.name).Distinct().Order(StringComparer.Ordinal))
        {
            _ids[name] = _ids.Count;
        }

        Of = names.ToDictionary(n => n.row.Id, n => _ids[n.name]);
        var bySource = rows.GroupBy(r => r.Source).ToDictionary(g => g.Key, g => Mean([.. g], null));
        (Task, Subject) = (new double[Count][], new double[Count][]);
        foreach (var topic in names.GroupBy(n => _ids[n.name], n => n.row))
        {
            var source = bySource[topic.First().Source];
            var all = Mean([.. topic], source);
            Task[topic.Key] = LogOdds(source);
            Subject[topic.Key] = [.. LogOdds(all).Zip(Task[topic.Key], (own, task) => own - task)];
        }
    }

    internal int Count => _ids.Count;

    /// <summary>By row id; rows that were neither measured nor judged have none.</summary>
    internal IReadOnlyDictionary<string, int> Of { get; }

    /// <summary>Log-odds of success per topic and head, of all rows of its source.</summary>
    internal double[][] Task { get; }

    /// <summary>What the topic's own rows add to that.</summary>
    internal double[][] Subject { get; }

    internal static double LogOdds(double chance) => Math.Log(Math.Clamp(chance, 0.01, 0.99) / (1 - Math.Clamp(chance, 0.01, 0.99)));

    private static string NameOf(Row row) => $"{row.Source}/{row.Category}";

    private static double?[] Mean(IReadOnlyList<Row> rows, double?[]? source)
    {
        var means = new double?[Heads];
        for (var head = 0; head < Heads; head++)
        {
            var labels = rows.Select(r => r.Success(head)).OfType<double>().ToArray();
            means[head] = labels.Length == 0 ? null
                : source is null ? labels.Average()
                : (labels.Sum() + (Caution * source[head])) / (labels.Length + Caution);
        }

        return means;
    }

    private static double[] LogOdds(double?[] means)
    {
        var (light, heavy) = (LogOdds(means[0] ?? 0.5), LogOdds(means[2] ?? 0.5));
        return [light, means[1] is { } standard ? LogOdds(standard) : light + (StandardBetween * (heavy - light)), heavy];
    }
}
