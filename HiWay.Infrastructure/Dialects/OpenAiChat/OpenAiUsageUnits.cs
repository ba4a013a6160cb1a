using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>
/// Searches and fees in the usage object of those who charge for more than tokens. Perplexity says how it searched and what the search cost
/// (Fixtures/recordings/perplexity/perplexity-chat-completions-citations-01.json: <c>cost.request_cost</c>); xAI and OpenRouter count the
/// searches that their servers made.
/// </summary>
internal static class OpenAiUsageUnits
{
    /// <summary>Takes over the member that the reader stands on; false, with the reader where it was, when it is another.</summary>
    public static bool TryRead(ref Utf8JsonReader json, ref UnitUsage units)
    {
        if (json.ValueTextEquals("cost"u8))
        {
            ReadCost(ref json, ref units);
            return true;
        }

        if (json.ValueTextEquals("search_context_size"u8))
        {
            // Named in every answer for which Perplexity searched; the models that search many times count them beside it.
            units = units with { WebSearches = Math.Max(units.WebSearches, 1) };
            json.Read();
            json.Skip();
            return true;
        }

        if (json.ValueTextEquals("num_search_queries"u8))
        {
            units = units with { WebSearches = Math.Max(units.WebSearches, TokenCount.ReadNext(ref json) ?? 0) };
            return true;
        }

        if (json.ValueTextEquals("server_tool_use"u8) || json.ValueTextEquals("server_side_tool_usage_details"u8))
        {
            ReadSearches(ref json, ref units);
            return true;
        }

        return false;
    }

    /// <summary>An object is Perplexity's, part by part; a number is a total (OpenRouter), which holds the tokens too and says nothing of fees.</summary>
    private static void ReadCost(ref Utf8JsonReader json, ref UnitUsage units)
    {
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isFee = json.ValueTextEquals("request_cost"u8) || json.ValueTextEquals("search_queries_cost"u8) || json.ValueTextEquals("citation_tokens_cost"u8);
            json.Read();
            if (isFee && json.TokenType is JsonTokenType.Number && json.TryGetDecimal(out var usd) && usd >= 0)
            {
                units = units with { StatedFeeUsd = (units.StatedFeeUsd ?? 0m) + usd };
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static void ReadSearches(ref Utf8JsonReader json, ref UnitUsage units)
    {
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("web_search_requests"u8) || json.ValueTextEquals("web_search_calls"u8) || json.ValueTextEquals("x_search_calls"u8))
            {
                units = units with { WebSearches = units.WebSearches + (TokenCount.ReadNext(ref json) ?? 0) };
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }
    }
}
