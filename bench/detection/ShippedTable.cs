using HiWay.Domain.Shield;
using HiWay.ShieldTrainer;

namespace HiWay.DetectionBench;

/// <summary>The shipped weights on lines that they have not seen.</summary>
internal static class ShippedTable
{
    internal static void Print(List<DevRow> rows)
    {
        var judged = rows.Where(row => !row.Noisy).Select(row => (Row: row, Threat: ShieldDetector.Judge(row.Utf8))).ToList();
        Console.WriteLine($"{"category",-52} {"lines",6} {"flagged",8} {"type ok",8}");
        foreach (var group in judged.GroupBy(line => (line.Row.Attack, line.Row.Category)).OrderByDescending(g => g.Key.Attack).ThenBy(g => g.Key.Category, StringComparer.Ordinal))
        {
            Console.WriteLine($"{(group.Key.Attack ? "" : "benign: ") + group.Key.Category,-52} {group.Count(),6} {Flagged([.. group]),8:0.000} {(group.Key.Attack ? group.Average(line => line.Threat.Type == line.Row.Kind ? 1.0 : 0).ToString("0.000") : ""),8}");
        }

        Console.WriteLine($"recall {Flagged([.. judged.Where(line => line.Row.Attack)]):0.000}, false positives {Flagged([.. judged.Where(line => !line.Row.Attack)]):0.000}");
        foreach (var (row, threat) in judged.Where(line => line.Row.Attack != line.Threat.Score >= ShieldModel.CalibratedScore))
        {
            var text = row.Text.ReplaceLineEndings(" ");
            Console.WriteLine($"{(row.Attack ? "missed" : "wrong"),-6} {threat.Score:0.00} {row.Id}: {(text.Length <= 100 ? text : text[..100] + "…")}");
        }
    }

    private static double Flagged(IReadOnlyList<(DevRow Row, Threat Threat)> lines) =>
        lines.Count == 0 ? 0 : lines.Average(line => line.Threat.Score >= ShieldModel.CalibratedScore ? 1.0 : 0);
}
