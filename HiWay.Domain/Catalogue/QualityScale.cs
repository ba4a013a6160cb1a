namespace HiWay.Domain.Catalogue;

/// <summary>What benchmarks measured of one model; null where a benchmark did not look.</summary>
/// <param name="Intelligence">Artificial Analysis Intelligence Index, as OpenRouter's list carries it.</param>
/// <param name="IntelligenceByVariant">The same index for the model's default effort.</param>
/// <param name="LiveBench">LiveBench overall, 0..100.</param>
/// <param name="ArenaText">LMArena text rating (Elo-like, style control).</param>
public readonly record struct QualitySignals(double? Intelligence, double? IntelligenceByVariant, double? LiveBench, double? ArenaText);

/// <summary>
/// Brings benchmarks to one scale of 0..100. The scale is the Artificial Analysis Intelligence Index times 100/65 (its best
/// model of 2026-08 has 60.7, so the top leaves room). A model that the index does not cover takes the next benchmark of the
/// list, mapped by a least-squares line over the models of the catalogue that have both; the best correlated comes first.
/// </summary>
/// <remarks>
/// Lines, models in common, correlation: by variant 0.9601x + 1.693 (140, 0.95); LiveBench 1.1059x - 34.217 (133, 0.89);
/// LMArena text 0.1368x - 167.223 (40, 0.79). One benchmark decides, not a mean of several: a mean would move a model because
/// a further benchmark happened to include it.
/// </remarks>
public static class QualityScale
{
    private const double Top = 65;

    /// <summary>Quality 0..100, one decimal; null when nothing was measured.</summary>
    public static double? Of(QualitySignals signals)
    {
        var index = signals.Intelligence
            ?? (signals.IntelligenceByVariant * 0.9601 + 1.693)
            ?? (signals.LiveBench * 1.1059 - 34.217)
            ?? (signals.ArenaText * 0.1368 - 167.223);
        return index is { } known ? Math.Round(Math.Clamp(known / Top * 100, 0, 100), 1) : null;
    }
}
