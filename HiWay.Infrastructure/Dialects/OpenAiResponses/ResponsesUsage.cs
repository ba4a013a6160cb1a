using System.Text.Json;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Searches of the web cost beside tokens, and OpenAI counts them beside the usage object: in <c>tool_usage</c>, or not at all but as items.</summary>
public static class ResponsesUsage
{
    /// <param name="usage">What the usage object says; xAI counts searches in it.</param>
    /// <param name="toolUsage">The <c>tool_usage</c> object; empty where there is none.</param>
    /// <param name="output">The list of items; empty where there is none.</param>
    public static TokenUsage? WithSearches(TokenUsage? usage, ReadOnlySpan<byte> toolUsage, ReadOnlySpan<byte> output) =>
        usage is { Units.WebSearches: 0 } tokens && (toolUsage.Length > 0 || output.IndexOf("web_search_call"u8) >= 0)
            ? tokens with { Units = tokens.Units with { WebSearches = toolUsage.Length > 0 ? Told(toolUsage) : Counted(output) } }
            : usage;

    private static long Told(ReadOnlySpan<byte> toolUsage)
    {
        var json = new Utf8JsonReader(toolUsage);
        var inSearch = false;
        while (json.Read())
        {
            if (json.TokenType is not JsonTokenType.PropertyName)
            {
                continue;
            }

            inSearch = json.CurrentDepth == 1 ? json.ValueTextEquals("web_search"u8) : inSearch;
            if (inSearch && json.ValueTextEquals("num_requests"u8) && json.Read() && json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var count))
            {
                return Math.Max(0, count);
            }
        }

        return 0;
    }

    private static long Counted(ReadOnlySpan<byte> output)
    {
        var json = new Utf8JsonReader(output);
        var count = 0;
        while (json.Read())
        {
            if (json is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 2 } && json.ValueTextEquals("type"u8)
                && json.Read() && json.TokenType is JsonTokenType.String && json.ValueTextEquals("web_search_call"u8))
            {
                count++;
            }
        }

        return count;
    }
}
