using System.Globalization;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using HiWay.Web.Pages.Models;

namespace HiWay.Web.Pages.Catalogue;

/// <summary>The operator's catalogue in words, and words back into values.</summary>
public static class CatalogueText
{
    public static string Zone(Zone zone) => zone switch
    {
        Domain.Catalogue.Zone.Global => "Global",
        Domain.Catalogue.Zone.Eu => "EU",
        Domain.Catalogue.Zone.Fr => "France",
    };

    public static string Status(ModelStatus status) => status switch
    {
        ModelStatus.Available => "Available",
        ModelStatus.Degraded => "Degraded",
        ModelStatus.Unavailable => "Unavailable",
    };

    public static string Mode(ModelMode mode) => mode switch
    {
        ModelMode.Chat => "Chat",
        ModelMode.Embedding => "Embeddings",
        ModelMode.Image => "Pictures",
        ModelMode.Transcription => "Transcription",
        ModelMode.Speech => "Speech",
        ModelMode.Rerank => "Reranking",
        ModelMode.Moderation => "Moderation",
    };

    /// <summary>A capability that the API spells so, for people.</summary>
    public static string Capability(string name) => name switch
    {
        "parallel_function_call" => "Parallel tools",
        "temperature" => "Temperature",
        _ => ModelFilter.Capabilities.First(known => known.Name == name).Text,
    };

    public static string Quality(double? quality) => quality?.ToString("0.##", CultureInfo.InvariantCulture) ?? "";

    /// <summary>What the operator did to a model; null when nothing.</summary>
    public static (string Text, Tone Tone, string Hint)? Mark(OperatorModelView model) => model switch
    {
        { Overrides: not null } => ("overridden", Tone.Accent, "Changed here: " + string.Join(", ", Changed(model.Overrides)) + "."),
        { Own: true } => ("added", Tone.Good, "Added here; HiWay does not ship it."),
        _ => null,
    };

    /// <summary>The overridden fields in words.</summary>
    public static IEnumerable<string> Changed(ModelOverride overrides) => overrides.SetFields().Select(field => field switch
    {
        "context_window" => "context",
        "max_output_tokens" => "longest answer",
        "deprecation_date" => "end",
        "listed" => "offered or not",
        _ => field,
    });

    /// <summary>0 to 100, or blank for unknown.</summary>
    public static double? ReadQuality(string text, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var quality))
        {
            return quality;
        }

        errors.Add("quality", "A number from 0 to 100, such as 62.5.");
        return null;
    }

    /// <summary>A number of tokens, or blank for unknown.</summary>
    public static int? ReadTokens(string text, string field, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var tokens))
        {
            return tokens;
        }

        errors.Add(field, "A whole number of tokens, such as 128000.");
        return null;
    }
}
