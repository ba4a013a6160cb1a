using System.Collections.Frozen;
using HiWay.Domain.Pricing;

namespace HiWay.Domain.Catalogue;

/// <summary>
/// The one rule that puts a model into a tier. The anchors are fixed by the product; every other chat model is placed beside
/// them by what it costs and by what was measured of it. Operators and workspaces may override the result.
/// </summary>
public static class TierPlacement
{
    public const string ChatEndpoint = "/v1/chat/completions";

    /// <summary>The endpoint that OpenAI's newest models answer on, some of them alone.</summary>
    public const string ResponsesEndpoint = "/v1/responses";

    /// <summary>The models that define the tiers; their own prices and scores are not asked.</summary>
    public static readonly FrozenDictionary<string, Tier> Anchors = new Dictionary<string, Tier>
    {
        ["google/gemini-2.5-flash-lite"] = Tier.UltraLight,
        ["openai/gpt-4o-mini"] = Tier.UltraLight,
        ["mistral/mistral-small-latest"] = Tier.UltraLight,
        ["anthropic/claude-haiku-4-5"] = Tier.Light,
        ["anthropic/claude-sonnet-4-6"] = Tier.Standard,
        ["openai/gpt-4o"] = Tier.Standard,
        ["google/gemini-2.5-flash"] = Tier.Standard,
        ["mistral/mistral-large-latest"] = Tier.Standard,
        ["anthropic/claude-opus-4-7"] = Tier.Heavy,
        ["openai/gpt-5"] = Tier.Heavy,
        ["google/gemini-2.5-pro"] = Tier.Heavy,
        ["perplexity/sonar"] = Tier.WebSearch,
        ["perplexity/sonar-pro"] = Tier.WebSearch,
        ["perplexity/sonar-reasoning"] = Tier.WebSearch,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Parts of a name that mean "made for one job": such a model answers when pinned, and `auto` never picks it.</summary>
    private static readonly string[] SpecialParts =
        ["guard", "deep-research", "computer-use", "-audio", "-tts", "-live-", "-image", "transcribe", "-ocr", "customtools", "multi-agent", "realtime", "robotics", "embed", "rerank", "translate"];

    // Blended price in US dollars per million tokens, and quality, at which a model is exactly ultra_light (0), light (1),
    // standard (2), heavy (3). Between the points the logarithm of the price and the quality itself run straight. The points
    // lie among the anchors' own values (price 0.09–0.26, 2.0, 0.75–6, 3.4–10; quality 13, 46, 19–73, 40–82), which overlap.
    private static readonly double[] PriceAt = [0.15, 0.9, 3, 7];
    private static readonly double[] QualityAt = [12, 35, 52, 75];
    private static readonly double[] LogPriceAt = [.. PriceAt.Select(usd => Math.Log(usd))];

    /// <summary>Means of the two positions at which light, standard and heavy begin.</summary>
    private static readonly double[] Bounds = [0.5, 1.5, 2.1];

    /// <summary>The tier of a model.</summary>
    /// <param name="at">The instant whose price counts.</param>
    /// <param name="provisional">The tier for a chat model of which neither price nor quality is known.</param>
    public static Tier TierOf(ModelEntry model, DateTimeOffset at, Tier provisional = Tier.None)
    {
        if (AnchorOf(model) is { } anchored)
        {
            return anchored;
        }

        if (model.Mode is ModelMode.Image)
        {
            return Tier.Image;
        }

        if (model.Mode is not ModelMode.Chat || !model.Serves(ChatEndpoint) || IsSpecial(model.Id))
        {
            return Tier.None;
        }

        if (AnswersFromTheWeb(model.Id))
        {
            return Tier.WebSearch;
        }

        var price = BlendedPrice(PriceRules.PriceAt(model.Prices, at, 0)) is { } usd ? PricePosition((double)usd) : (double?)null;
        var quality = model.Quality is { } measured ? Position(measured, QualityAt) : (double?)null;
        return (price, quality) switch
        {
            ({ } p, { } q) => FromPosition((p + q) / 2),
            ({ } p, null) => FromPosition(p),
            (null, { } q) => FromPosition(q),
            _ => provisional,
        };
    }

    /// <summary>One figure for a price list: three parts input, one part output, the usual mix of chat traffic.</summary>
    public static decimal? BlendedPrice(TokenPrice? price) =>
        price is { Input: { } input, Output: { } output } ? (3 * input + output) / 4 : null;

    /// <summary>The anchor's tier for the anchor itself, its dated snapshots, and the same weights elsewhere.</summary>
    private static Tier? AnchorOf(ModelEntry model)
    {
        foreach (var id in (string?[])[model.Id, model.Canonical])
        {
            if (id is not null && (Anchors.TryGetValue(id, out var tier) || Anchors.TryGetValue(WithoutDate(id), out tier)))
            {
                return tier;
            }
        }

        return null;
    }

    /// <summary>Cuts <c>-20251001</c> or <c>-2024-08-06</c> off the end.</summary>
    public static string WithoutDate(string id)
    {
        if (EndsInDate(id, 8, out var cut) && DigitsOnly(id.AsSpan(cut + 1)))
        {
            return id[..cut];
        }

        return EndsInDate(id, 10, out cut) && id[cut + 5] == '-' && id[cut + 8] == '-'
            && DigitsOnly(id.AsSpan(cut + 1, 4)) && DigitsOnly(id.AsSpan(cut + 6, 2)) && DigitsOnly(id.AsSpan(cut + 9, 2))
            ? id[..cut]
            : id;
    }

    private static bool EndsInDate(string id, int length, out int cut)
    {
        cut = id.Length - length - 1;
        return cut > 0 && id[cut] == '-';
    }

    private static bool DigitsOnly(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsSpecial(string id) => SpecialParts.Any(part => id.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static bool AnswersFromTheWeb(string id) =>
        id.Contains("/sonar", StringComparison.Ordinal) || id.Contains("-search-preview", StringComparison.Ordinal) || id.Contains("-search-api", StringComparison.Ordinal);

    private static double PricePosition(double usd) => usd <= 0 ? 0 : Position(Math.Log(usd), LogPriceAt);

    private static double Position(double value, double[] points)
    {
        for (var i = 1; i < points.Length; i++)
        {
            if (value < points[i])
            {
                return Math.Max(0, i - 1 + (value - points[i - 1]) / (points[i] - points[i - 1]));
            }
        }

        return points.Length - 1;
    }

    private static Tier FromPosition(double position) => (Tier)Bounds.Count(bound => position >= bound);
}
