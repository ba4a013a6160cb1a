using System.Collections.Frozen;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Which JSON schema a provider takes. Everything outside is rewritten where a rewriting exists, else dropped and reported.</summary>
internal sealed record SchemaRules
{
    /// <summary>Keywords that are written as they are; structural ones (type, properties, items, anyOf, enum, required) always are.</summary>
    public required FrozenSet<string> Keywords { get; init; }

    /// <summary>Values of <c>format</c> that the provider takes; null for all.</summary>
    public FrozenSet<string>? Formats { get; init; }

    /// <summary>OpenAPI 3.0's way: one type and <c>nullable</c> instead of the type <c>null</c>.</summary>
    public bool Nullable { get; init; }

    /// <summary>Every object must say <c>additionalProperties: false</c>.</summary>
    public bool ClosedObjects { get; init; }

    /// <summary>Adds what a dropped limit meant to the description, so that the model still knows it.</summary>
    public bool TellInDescription { get; init; }

    /// <summary>Enumerations may hold texts only.</summary>
    public bool TextEnumsOnly { get; init; }

    /// <summary>A list must say what its items are.</summary>
    public bool ItemsNeeded { get; init; }

    /// <summary>Anthropic's structured output (platform.claude.com/docs, "JSON Schema limitations"): no limits on numbers, lengths or counts.</summary>
    public static readonly SchemaRules AnthropicStrict = new()
    {
        Keywords = Set("description", "title", "pattern", "default"),
        Formats = Set("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"),
        ClosedObjects = true,
        TellInDescription = true,
    };

    /// <summary>Gemini's <c>parametersJsonSchema</c> and <c>responseJsonSchema</c>, the keywords that its reference lists.</summary>
    public static readonly SchemaRules GeminiJsonSchema = new()
    {
        Keywords = Set(
            "description", "title", "format", "minimum", "maximum", "minItems", "maxItems", "prefixItems", "additionalProperties", "propertyOrdering"),
        TellInDescription = true,
    };

    /// <summary>Gemini's older <c>parameters</c> and <c>responseSchema</c>: a part of OpenAPI 3.0.</summary>
    public static readonly SchemaRules GeminiOpenApi = new()
    {
        Keywords = Set(
            "description", "title", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties",
            "pattern", "propertyOrdering"),
        Formats = Set("float", "double", "int32", "int64", "enum", "date-time"),
        Nullable = true,
        TextEnumsOnly = true,
        ItemsNeeded = true,
        TellInDescription = true,
    };

    /// <summary>Cohere's <c>response_format.json_schema</c> (docs.cohere.com, "Structured Outputs", "Parameter types support"): no limits on numbers, lengths or counts.</summary>
    public static readonly SchemaRules Cohere = new()
    {
        Keywords = Set("description", "title", "pattern", "default", "additionalProperties"),
        Formats = Set("date-time", "uuid", "date", "time"),
        TellInDescription = true,
    };

    private static FrozenSet<string> Set(params string[] words) => words.ToFrozenSet();
}
