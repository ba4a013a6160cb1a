using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HiWay.Domain.Catalogue;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>How catalogue rows look as JSON, in the data file and in PostgreSQL alike: snake case, what equals the default left out.</summary>
public static class CatalogueJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutDefaults } },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static void LeaveOutDefaults(JsonTypeInfo type)
    {
        if (type.Kind is not JsonTypeInfoKind.Object)
        {
            return;
        }

        for (var i = type.Properties.Count - 1; i >= 0; i--)
        {
            var property = type.Properties[i];
            if (type.Type == typeof(ModelEntry) && property.Name == "tier")
            {
                // Not stored: TierPlacement says it anew, so that a change to the rule needs no new data.
                type.Properties.RemoveAt(i);
                continue;
            }

            // Only a model's own defaults: in an override, "listed: true" says something.
            property.ShouldSerialize = type.Type == typeof(ModelEntry)
                ? static (_, value) => value is not (null or true or Zone.Global or ModelStatus.Available or ICollection { Count: 0 })
                : static (_, value) => value is not null;
        }
    }
}

/// <summary>The data file: all models, retired ones included.</summary>
/// <param name="Version">Changes whenever a row does.</param>
public sealed record CatalogueData(string Version, IReadOnlyList<ModelEntry> Models);
