using System.Text.Json;
using System.Text.Json.Serialization;

namespace HiWay.Web.Components.Charts;

/// <summary>What js/charts.js shows at each bucket; travels once as an attribute, so pointing needs no round trip.</summary>
public static partial class ChartTips
{
    internal sealed record Tips(bool Bars, IReadOnlyList<TipSeries> Series, IReadOnlyList<TipPoint> Points);

    internal sealed record TipSeries(string Name, string Color);

    internal sealed record TipPoint(string At, IReadOnlyList<string?> Values, string? Total);

    /// <param name="names">One per bucket: when it was.</param>
    /// <param name="withTotal">The layers add up to something that has a meaning.</param>
    public static string Json(IReadOnlyList<ChartSeries> series, IReadOnlyList<string> names, Func<double, string> format, ChartKind kind, bool withTotal)
    {
        var points = new TipPoint[names.Count];
        for (var i = 0; i < points.Length; i++)
        {
            var at = i;
            points[i] = new(
                names[i],
                [.. series.Select(one => one.Values[at] is { } value ? format(value) : null)],
                withTotal && series.Count > 1 && series.Any(one => one.Values[at] is not null) ? format(series.Sum(one => one.Values[at] ?? 0)) : null);
        }

        return JsonSerializer.Serialize(
            new Tips(kind is ChartKind.StackedBars, [.. series.Select(one => new TipSeries(one.Name, one.CssColor))], points), TipsJson.Default.Tips);
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Tips))]
    private sealed partial class TipsJson : JsonSerializerContext;
}
