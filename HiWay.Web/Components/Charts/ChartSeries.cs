namespace HiWay.Web.Components.Charts;

/// <summary>One line, area or layer of bars.</summary>
/// <param name="Values">One per bucket; null is a gap ("nothing was measured"), which is not zero.</param>
/// <param name="Color">1..8 names <c>--series-n</c> of tokens.css.</param>
public sealed record ChartSeries(string Name, int Color, IReadOnlyList<double?> Values)
{
    public string CssColor => $"var(--series-{(Color - 1) % 8 + 1})";
}

public enum ChartKind
{
    /// <summary>Lines that share an axis.</summary>
    Line,

    /// <summary>Filled to zero; for one series.</summary>
    Area,

    /// <summary>Layers that add up.</summary>
    StackedBars,
}
