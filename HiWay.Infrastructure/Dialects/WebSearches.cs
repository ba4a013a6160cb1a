using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// A wish that the provider searches the web for the answer. Chat says it with <c>web_search_options</c>, Responses with a tool
/// <c>web_search</c>, Anthropic with <c>web_search_20250305</c>, Gemini with <c>googleSearch</c>. What of it the target has no word for is reported.
/// </summary>
/// <param name="Path">Where the client said it: <c>tools[1]</c>, <c>web_search_options</c>.</param>
internal sealed record WebSearches(string Path, JsonElement Said)
{
    private static readonly string[] s_places = ["country", "region", "city", "timezone"];

    /// <summary>The wish, where it came in another dialect's words and the model can search; null where there is none, or it goes out as it came.</summary>
    public static WebSearches? For(ChatRequest request, Deployment deployment, string ownDialect)
    {
        if (request.Dialect == ownDialect || !Searches(deployment.Model))
        {
            return null;
        }

        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (IsSearch(request.Tools[i]))
            {
                return new($"tools[{i}]", request.Tools[i].BuiltIn!.Value);
            }
        }

        return request.Extensions.TryGetValue(Options, out var options) && options.ValueKind is JsonValueKind.Object ? new(Options, options) : null;
    }

    public const string Options = "web_search_options";

    /// <summary>A provider's own search, in whatever dialect's words.</summary>
    public static bool IsSearch(ToolDefinition tool) => tool.BuiltIn is { ValueKind: JsonValueKind.Object } said
        && ((said.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.GetRawText().StartsWith("\"web_search", StringComparison.Ordinal))
            || said.TryGetProperty("googleSearch", out _) || said.TryGetProperty("google_search", out _));

    /// <summary>Anthropic's tool (docs: web search tool): domains and place, but no size.</summary>
    public void WriteAnthropic(Utf8JsonWriter json, ICollection<string> dropped)
    {
        json.WriteStartObject();
        json.WriteString("type", "web_search_20250305");
        json.WriteString("name", "web_search");
        WriteDomains(json, "allowed_domains");
        WriteDomains(json, "blocked_domains");
        WritePlace(json, nested: false);
        json.WriteEndObject();
        DropAllBut(dropped, "allowed_domains", "blocked_domains", "filters", "user_location");
    }

    /// <summary>Responses' tool: domains that are allowed, a place and a size.</summary>
    public void WriteResponses(Utf8JsonWriter json, ICollection<string> dropped)
    {
        json.WriteStartObject();
        json.WriteString("type", "web_search");
        if (Domains("allowed_domains") is not null)
        {
            json.WriteStartObject("filters");
            WriteDomains(json, "allowed_domains");
            json.WriteEndObject();
        }

        WritePlace(json, nested: false);
        WriteSize(json);
        json.WriteEndObject();
        if (Domains("blocked_domains") is not null)
        {
            dropped.Add($"{Path}.{(Said.TryGetProperty("filters", out _) ? "filters." : "")}blocked_domains");
        }

        DropAllBut(dropped, "allowed_domains", "blocked_domains", "filters", "user_location", "search_context_size");
    }

    /// <summary>Chat's options: a place and a size.</summary>
    public void WriteChat(Utf8JsonWriter json, ICollection<string> dropped)
    {
        json.WriteStartObject(Options);
        WritePlace(json, nested: true);
        WriteSize(json);
        json.WriteEndObject();
        DropAllBut(dropped, "user_location", "search_context_size");
    }

    /// <summary>Gemini's tool takes no wishes.</summary>
    public void WriteGemini(Utf8JsonWriter json, ICollection<string> dropped)
    {
        json.WriteStartObject();
        json.WriteStartObject("googleSearch");
        json.WriteEndObject();
        json.WriteEndObject();
        DropAllBut(dropped);
    }

    /// <summary>What is not listed is assumed to be able: only a list that says no is believed.</summary>
    private static bool Searches(ModelEntry model) => !model.CapabilitiesKnown || model.Can(ModelCapabilities.WebSearch);

    private JsonElement? Domains(string name)
    {
        var holder = Said.TryGetProperty("filters", out var filters) && filters.ValueKind is JsonValueKind.Object ? filters : Said;
        return holder.TryGetProperty(name, out var domains) && domains.ValueKind is JsonValueKind.Array && domains.GetArrayLength() > 0 ? domains : null;
    }

    private void WriteDomains(Utf8JsonWriter json, string name)
    {
        if (Domains(name) is { } domains)
        {
            json.WritePropertyName(name);
            domains.WriteTo(json);
        }
    }

    private void WriteSize(Utf8JsonWriter json)
    {
        if (Said.TryGetProperty("search_context_size", out var size) && size.ValueKind is JsonValueKind.String)
        {
            json.WritePropertyName("search_context_size");
            size.WriteTo(json);
        }
    }

    /// <param name="nested">Chat has the place one level deeper, under <c>approximate</c>.</param>
    private void WritePlace(Utf8JsonWriter json, bool nested)
    {
        if (!Said.TryGetProperty("user_location", out var place) || place.ValueKind is not JsonValueKind.Object)
        {
            return;
        }

        var inner = place.TryGetProperty("approximate", out var approximate) && approximate.ValueKind is JsonValueKind.Object ? approximate : place;
        json.WriteStartObject("user_location");
        json.WriteString("type", "approximate");
        if (nested)
        {
            json.WriteStartObject("approximate");
        }

        foreach (var name in s_places)
        {
            if (inner.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
        }

        if (nested)
        {
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void DropAllBut(ICollection<string> dropped, params ReadOnlySpan<string> kept)
    {
        foreach (var member in Said.EnumerateObject())
        {
            if (member.Name is not ("type" or "name" or "googleSearch" or "google_search") && !kept.Contains(member.Name) && member.Value.ValueKind is not JsonValueKind.Null
                && !(member.Name == "external_web_access" && member.Value.ValueKind is JsonValueKind.True))
            {
                dropped.Add($"{Path}.{member.Name}");
            }
        }
    }
}
