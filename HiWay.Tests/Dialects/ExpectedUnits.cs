using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;

namespace HiWay.Tests.Dialects;

/// <summary>Searches and fees that a recorded answer tells of, read from its JSON without the readers under test.</summary>
internal static class ExpectedUnits
{
    public static UnitUsage Anthropic(JsonObject usage) => new() { WebSearches = (long?)usage["server_tool_use"]?["web_search_requests"] ?? 0 };

    /// <summary>One fee a grounded answer up to Gemini 2; the recordings are no newer.</summary>
    public static UnitUsage Gemini(IEnumerable<JsonNode> candidates) =>
        new() { WebSearches = candidates.Any(candidate => candidate["groundingMetadata"]?["webSearchQueries"] is JsonArray { Count: > 0 }) ? 1 : 0 };

    public static UnitUsage OpenAi(JsonNode usage) => new()
    {
        WebSearches = (long?)usage["num_search_queries"] ?? (usage["search_context_size"] is null ? 0 : 1),
        StatedFeeUsd = (decimal?)(usage["cost"] as JsonObject)?["request_cost"],
    };
}
