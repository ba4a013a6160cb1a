using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Web.Gateway.Models;

/// <summary>A model as <c>/v1/models</c> shows it (api.md section 2).</summary>
internal static class ModelPresenter
{
    /// <summary>The capabilities that the model object names.</summary>
    private static readonly (ModelCapabilities Capability, JsonEncodedText Name)[] s_capabilities =
    [
        .. CapabilityNames.All.Take(5).Select(known => (known.Capability, JsonEncodedText.Encode(known.Name))),
    ];

    /// <param name="forAnthropic">Adds what Anthropic's clients read of a model.</param>
    public static void Write(Utf8JsonWriter json, ModelEntry model, DateTimeOffset now, bool forAnthropic = false)
    {
        json.WriteStartObject();
        if (forAnthropic)
        {
            json.WriteString("type"u8, "model"u8);
            json.WriteString("display_name"u8, model.Name);
            json.WriteString("created_at"u8, DateTimeOffset.FromUnixTimeSeconds(CreatedAt(model.ReleaseDate)).UtcDateTime);
        }

        json.WriteString("id"u8, model.Id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, CreatedAt(model.ReleaseDate));
        json.WriteString("owned_by"u8, Maker(model));
        json.WriteString("name"u8, model.Name);
        json.WriteString("hiway_tier"u8, model.Tier.Text());
        json.WriteString("hiway_provider"u8, model.Provider);
        WriteNumber(json, "context_window", model.ContextWindow);
        WriteNumber(json, "max_output_tokens", model.MaxOutputTokens);
        json.WriteString("status"u8, StatusAt(model, now));
        WriteCapabilities(json, model);
        WriteEndpoints(json, model);
        WritePricing(json, PriceRules.PriceAt(model.Prices, now, 0), model.Units?.Image);
        json.WriteString("deprecation_date"u8, model.DeprecationDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    /// <summary>Unix seconds of the release day; 0 when it is not known, as OpenAI's clients want a number.</summary>
    private static long CreatedAt(DateOnly? released) =>
        released is { } day ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds() : 0;

    /// <summary>Who made the weights: for a model hosted elsewhere its maker, else the provider itself.</summary>
    private static string Maker(ModelEntry model) => model.Canonical is { } canonical && canonical.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash
        ? canonical[..slash]
        : model.Provider;

    private static string StatusAt(ModelEntry model, DateTimeOffset now) =>
        model.IsRetired(DateOnly.FromDateTime(now.UtcDateTime)) ? "unavailable" : model.Status switch
        {
            ModelStatus.Available => "available",
            ModelStatus.Degraded => "degraded",
            ModelStatus.Unavailable => "unavailable",
        };

    private static void WriteCapabilities(Utf8JsonWriter json, ModelEntry model)
    {
        json.WriteStartObject("capabilities"u8);
        foreach (var (capability, name) in s_capabilities)
        {
            json.WriteBoolean(name, model.Can(capability));
        }

        json.WriteEndObject();
    }

    private static void WriteEndpoints(Utf8JsonWriter json, ModelEntry model)
    {
        json.WriteStartArray("endpoints"u8);
        foreach (var endpoint in ServedEndpoints.Of(model))
        {
            json.WriteStringValue(endpoint);
        }

        json.WriteEndArray();
    }

    /// <param name="image">US dollars for one picture, where pictures are paid by the piece.</param>
    private static void WritePricing(Utf8JsonWriter json, TokenPrice? price, decimal? image)
    {
        price ??= new TokenPrice();
        if (price is { Input: null, Output: null } && image is null)
        {
            json.WriteNull("pricing"u8);   // unknown, which is not free
            return;
        }

        json.WriteStartObject("pricing"u8);
        WriteUsd(json, "input", price.Input);
        WriteUsd(json, "output", price.Output);
        json.WriteString("currency"u8, "USD"u8);
        json.WriteNumber("per"u8, 1_000_000);
        if (price is { CacheRead: null, CacheWrite5m: null, CacheWrite1h: null })
        {
            json.WriteNull("caching"u8);
        }
        else
        {
            json.WriteStartObject("caching"u8);
            WriteUsd(json, "read", price.CacheRead);
            WriteUsd(json, "write_5m", price.CacheWrite5m);
            WriteUsd(json, "write_1h", price.CacheWrite1h);
            json.WriteEndObject();
        }

        if (image is not null)
        {
            WriteUsd(json, "image", image);
        }

        if (price.ImageOutput is not null)
        {
            WriteUsd(json, "image_output", price.ImageOutput);
        }

        json.WriteEndObject();
    }

    private static void WriteUsd(Utf8JsonWriter json, string name, decimal? usd)
    {
        if (usd is { } known)
        {
            json.WriteNumber(name, known / 1.0000000000000000000000000000m);   // 3.00 is written as 3
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
