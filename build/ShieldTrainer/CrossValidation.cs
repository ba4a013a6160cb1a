namespace HiWay.ShieldTrainer;

/// <summary>How well attacks are told from harmless prompts that the weights have not seen.</summary>
internal static class CrossValidation
{
    /// <summary>Each row's margin by weights trained without its fold.</summary>
    internal static float[] Margins(IReadOnlyList<Example> examples, TrainingSettings settings)
    {
        var margins = new float[examples.Count];
        for (var fold = 0; fold < DevSet.Folds; fold++)
        {
            var weights = Training.Train([.. examples.Where(e => e.Row.Fold != fold || e.Row.Extra)], settings);
            for (var i = 0; i < examples.Count; i++)
            {
                if (examples[i].Row.Fold == fold)
                {
                    margins[i] = weights.Margin(examples[i]);
                }
            }
        }

        return margins;
    }

    /// <summary>The lowest margin at which at most a share of harmless rows is taken for attacks.</summary>
    internal static float CutAt(IReadOnlyList<Example> examples, float[] margins, double falsePositives)
    {
        var benign = Judged(examples).Where(i => !examples[i].Row.Attack).Select(i => margins[i]).OrderDescending().ToArray();
        var allowed = (int)Math.Floor(benign.Length * falsePositives);
        return MathF.BitIncrement(benign[allowed]);
    }

    internal static double Recall(IReadOnlyList<Example> examples, float[] margins, float cut)
    {
        var attacks = Judged(examples).Where(i => examples[i].Row.Attack).ToArray();
        return (double)attacks.Count(i => margins[i] >= cut) / attacks.Length;
    }

    internal static IEnumerable<int> Judged(IReadOnlyList<Example> examples) =>
        Enumerable.Range(0, examples.Count).Where(i => examples[i].Row is { Noisy: false, Extra: false });

    /// <summary>Recall at a share of false positives for all rows and per category.</summary>
    internal static void Print(IReadOnlyList<Example> examples, float[] margins)
    {
        var (one, five) = (CutAt(examples, margins, 0.01), CutAt(examples, margins, 0.05));
        Console.WriteLine($"{"category",-52} {"lines",6} {"at 1 %",8} {"at 5 %",8}");
        foreach (var group in Judged(examples).GroupBy(i => (examples[i].Row.Attack, examples[i].Row.Category)).OrderByDescending(g => g.Key.Attack).ThenBy(g => g.Key.Category, StringComparer.Ordinal))
        {
            Console.WriteLine($"{(group.Key.Attack ? "" : "benign: ") + group.Key.Category,-52} {group.Count(),6} {group.Average(i => margins[i] >= one ? 1.0 : 0),8:0.000} {group.Average(i => margins[i] >= five ? 1.0 : 0),8:0.000}");
        }

        Console.WriteLine($"{"all attacks: recall at that share of false positives",-52} {Judged(examples).Count(i => examples[i].Row.Attack),6} {Recall(examples, margins, one),8:0.000} {Recall(examples, margins, five),8:0.000}");
    }

    /// <summary>The harmless rows that look most like attacks, and the attacks that are missed.</summary>
    internal static void PrintMistakes(IReadOnlyList<Example> examples, float[] margins)
    {
        var cut = CutAt(examples, margins, 0.01);
        foreach (var i in Judged(examples).Where(i => examples[i].Row.Attack ? margins[i] < cut : margins[i] > cut - 2).OrderBy(i => margins[i]))
        {
            var text = examples[i].Row.Text.ReplaceLineEndings(" ");
            Console.WriteLine($"{(examples[i].Row.Attack ? "missed" : "wrong"),-6} {margins[i] - cut,6:0.0} {examples[i].Row.Category}: {(text.Length < 240 ? text : text[..120] + " … " + text[^120..])}");
        }
    }
}
