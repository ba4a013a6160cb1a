namespace HiWay.Web.Components.Charts;

/// <summary>A part of a whole.</summary>
/// <param name="Share">0..1 of the whole.</param>
public sealed record ChartSlice(string Name, double Value, double Share, int Color, string? Href = null);

public static class ChartSlices
{
    public const string Others = "Others";

    /// <summary>The largest parts by value, the rest summed up as one.</summary>
    /// <param name="most">How many are shown by name.</param>
    public static IReadOnlyList<ChartSlice> Largest(IEnumerable<(string Name, double Value, string? Href)> parts, int most)
    {
        var sorted = parts.Where(part => part.Value > 0).OrderByDescending(part => part.Value).ThenBy(part => part.Name, StringComparer.Ordinal).ToList();
        var whole = sorted.Sum(part => part.Value);
        List<ChartSlice> slices = [];
        for (var i = 0; i < sorted.Count && i < most; i++)
        {
            slices.Add(new(sorted[i].Name, sorted[i].Value, sorted[i].Value / whole, i % 7 + 1, sorted[i].Href));
        }

        if (sorted.Count > most)
        {
            var rest = sorted.Skip(most).Sum(part => part.Value);
            slices.Add(new($"{Others} ({sorted.Count - most})", rest, rest / whole, 8));
        }

        return slices;
    }
}
