namespace HiWay.Domain.Shield;

/// <summary>
/// Scores how much a text reads like an attack on a model: concepts in many languages, words, shape, and what is hidden inside it,
/// weighed by a trained linear model. No I/O; about 140 us per 4 KB.
/// </summary>
public static class ShieldDetector
{
    /// <summary>Longer texts are read in windows, so that a line of attack does not drown in a document.</summary>
    private const int Window = 4096;
    private const int Overlap = 512;

    [ThreadStatic]
    private static ShieldFeatures? s_features;

    /// <summary>The likeliest attack in a text and its score, 0..1; 0.85 is what one harmless prompt in a hundred reaches.</summary>
    public static Threat Judge(ReadOnlySpan<byte> utf8)
    {
        var features = s_features ??= new();
        var (best, kind) = (float.MinValue, ThreatType.PromptInjection);
        var at = 0;
        do
        {
            var length = Math.Min(Window, utf8.Length - at);
            var window = utf8.Slice(at, length);
            if (!window.TrimStart(" \t\r\n"u8).IsEmpty)
            {
                features.Read(window);
                var margin = ShieldModel.Shipped.Margin(features);
                if (margin > best)
                {
                    (best, kind) = (margin, ShieldModel.Shipped.Kind(features.DenseValues));
                }
            }

            at += Window - Overlap;
        }
        while (at + Overlap < utf8.Length);

        return best == float.MinValue ? new(kind, 0) : new(kind, ShieldModel.Shipped.Score(best));
    }
}
