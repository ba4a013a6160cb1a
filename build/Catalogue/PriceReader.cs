using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.CatalogueTool;

/// <summary>Reads a row's price list: the base price or the dated ones, each with its bounds on prompt length.</summary>
internal static class PriceReader
{
    public static IReadOnlyList<DatedPrice> Read(JsonElement row)
    {
        var prices = new List<DatedPrice>();
        if (row.TryGetProperty("price_schedule", out var schedule))
        {
            foreach (var dated in schedule.EnumerateArray())
            {
                DateTimeOffset? from = SourceReader.Date(dated, "from") is { } day ? new(day, TimeOnly.MinValue, TimeSpan.Zero) : null;
                Add(prices, from, dated, dated.TryGetProperty("tiers", out var bounds) ? bounds : default);
            }
        }
        else if (row.TryGetProperty("price_usd_per_1m", out var price))
        {
            Add(prices, null, price, row.TryGetProperty("price_tiers_usd_per_1m", out var bounds) ? bounds : default);
        }

        return prices;
    }

    public static UnitPrices? ReadUnits(JsonElement row)
    {
        if (!row.TryGetProperty("price_usd_per_1m", out var price))
        {
            return null;
        }

        var units = new UnitPrices
        {
            Image = Usd(price, "usd_per_image"),
            Request = Usd(price, "usd_per_request"),
            WebSearch = Usd(price, "usd_per_web_search"),
            Second = Usd(price, "usd_per_second_input") ?? Usd(price, "usd_per_second"),
        };
        return units == new UnitPrices() ? null : units;
    }

    private static void Add(List<DatedPrice> prices, DateTimeOffset? from, JsonElement price, JsonElement bounds)
    {
        var known = ReadTokenPrice(price);
        if (known == new TokenPrice())
        {
            return;
        }

        prices.Add(new(from, 0, known));
        foreach (var lane in Enum.GetValues<ServiceLane>())
        {
            if (ReadLane(price, known, lane) is { } inLane)
            {
                prices.Add(new(from, 0, inLane, lane));
            }
        }

        if (bounds.ValueKind is JsonValueKind.Array)
        {
            foreach (var bound in bounds.EnumerateArray())
            {
                prices.Add(new(from, bound.GetProperty("above_prompt_tokens").GetInt64(), ReadTokenPrice(bound)));
            }
        }
    }

    /// <summary>
    /// Sources list input and output of a lane. Cached input keeps its ratio to them: gpt-4.1 is at 2.00, cached 0.50, and in the priority
    /// lane at 3.50, cached 0.875; gpt-5 at 1.25 and 0.125, in flex at 0.625 and 0.0625 (platform.openai.com/docs/pricing).
    /// </summary>
    private static TokenPrice? ReadLane(JsonElement price, TokenPrice ordinary, ServiceLane lane)
    {
        if (Usd(price, $"{lane.Text()}_input") is not { } input || Usd(price, $"{lane.Text()}_output") is not { } output)
        {
            return null;
        }

        return ordinary with
        {
            Input = input,
            Output = output,
            CacheRead = InLane(ordinary.CacheRead),
            CacheWrite5m = InLane(ordinary.CacheWrite5m),
            CacheWrite1h = InLane(ordinary.CacheWrite1h),
        };

        decimal? InLane(decimal? usd) => usd is { } known && ordinary.Input is { } plain and > 0 ? known * input / plain : usd;
    }

    private static TokenPrice ReadTokenPrice(JsonElement price) => new()
    {
        Input = Usd(price, "input"),
        Output = Usd(price, "output"),
        CacheRead = Usd(price, "cache_read"),
        CacheWrite5m = Usd(price, "cache_write_5m"),
        CacheWrite1h = Usd(price, "cache_write_1h"),
        Reasoning = Usd(price, "reasoning_output"),
        AudioInput = Usd(price, "audio_input"),
        AudioOutput = Usd(price, "audio_output"),
        ImageInput = Usd(price, "image_input"),
        ImageOutput = Usd(price, "image_output"),
    };

    /// <summary>The digits as written: a double in between would make 0.1 something else.</summary>
    private static decimal? Usd(JsonElement price, string name) =>
        price.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetDecimal() : null;
}
