using System.Globalization;
using System.Text;

namespace HiWay.Bench;

/// <summary>Figures by row and target, one per round; printed as medians with HiWay's ratio to nginx.</summary>
internal sealed class Report
{
    private readonly Dictionary<(string Row, string Target), List<double>> _figures = [];
    private readonly List<string> _rows = [];

    public void Add(string row, string target, double figure)
    {
        if (!_rows.Contains(row))
        {
            _rows.Add(row);
        }

        if (!_figures.TryGetValue((row, target), out var list))
        {
            _figures[(row, target)] = list = [];
        }

        list.Add(figure);
    }

    /// <param name="wanted">What the ratio is to be, by row.</param>
    public string Table(IReadOnlyDictionary<string, string> wanted)
    {
        var text = new StringBuilder();
        text.AppendLine("| | direct | nginx | HiWay | its PostgreSQL | HiWay : nginx | wanted |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var row in _rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {row} | {Cell(row, "direct")} | {Cell(row, "nginx")} | {Cell(row, "HiWay")} | {Cell(row, "PostgreSQL")} | {Ratio(row)} | {wanted.GetValueOrDefault(row, "")} |");
        }

        return text.ToString();
    }

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private string Cell(string row, string target) => _figures.TryGetValue((row, target), out var list) ? Short(Median(list)) : "";

    /// <summary>The median of the rounds' own ratios: rounds differ more from each other than targets do within one.</summary>
    private string Ratio(string row) =>
        _figures.TryGetValue((row, "HiWay"), out var ours) && _figures.TryGetValue((row, "nginx"), out var theirs) && theirs.All(figure => figure > 0)
            ? Median(ours.Zip(theirs, (a, b) => a / b)).ToString("0.00", CultureInfo.InvariantCulture)
            : "";

    private static string Short(double figure) => figure.ToString(Math.Abs(figure) >= 100 ? "0" : Math.Abs(figure) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
