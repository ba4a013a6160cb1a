using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Tests.Dialects;

/// <summary>What a response object or a stream of OpenAI's Responses API says, worked out from its JSON alone: a stream's last event holds the whole.</summary>
internal static class ExpectedResponses
{
    public static SeenAnswer Of(Recording recording)
    {
        if (!recording.HasEventStream)
        {
            return Of(recording.AnswerBody!);
        }

        var events = recording.Chunks;
        var broken = events.FirstOrDefault(one => (string?)one["type"] is "error" or "response.failed");
        if (broken is not null)
        {
            return new() { Failed = true };
        }

        // OpenAI encrypts anew for the last event; the state that counts is that of the finished item.
        var response = events[^1]["response"]!.DeepClone();
        foreach (var done in events.Where(one => (string?)one["type"] == "response.output_item.done"))
        {
            response["output"]!.AsArray()[(int)done["output_index"]!] = done["item"]!.DeepClone();
        }

        return Of(response);
    }

    /// <param name="response">A response object, of a provider or as HiWay writes it.</param>
    public static SeenAnswer Of(JsonNode response)
    {
        var items = response["output"]!.AsArray().Select(item => item!).ToList();
        var parts = Of(items, "message").SelectMany(item => item["content"]!.AsArray()).Select(part => part!).ToList();
        var reasoning = Of(items, "reasoning").ToList();
        var incomplete = (string?)response["status"] == "incomplete";
        return new()
        {
            Text = string.Concat(parts.Select(part => (string?)part["text"])),
            Refusal = string.Concat(parts.Select(part => (string?)part["refusal"])),
            Reasoning = string.Concat(reasoning.Select(TextOf)),
            Calls = [.. Of(items, "function_call").Select(item => new SeenCall((string)item["name"]!, SeenAnswer.Canonical((string)item["arguments"]!)))],
            Signatures = [.. reasoning.Where(item => TextOf(item).Length > 0).Select(item => (string?)item["encrypted_content"]).OfType<string>()],
            Encrypted = [.. reasoning.Where(item => TextOf(item).Length == 0).Select(item => (string?)item["encrypted_content"]).OfType<string>()],
            Citations = [.. parts.SelectMany(part => part["annotations"] as JsonArray ?? []).Select(note => (string)note!["url"]!)],
            Finish = [!incomplete ? FinishReason.Stop : (string?)response["incomplete_details"]?["reason"] == "content_filter" ? FinishReason.ContentFilter : FinishReason.Length],
            Usage = response["usage"] is JsonObject usage
                ? UsageOf(usage) with
                {
                    Units = new()
                    {
                        WebSearches = (long?)response["tool_usage"]?["web_search"]?["num_requests"] ?? items.Count(item => (string?)item["type"] == "web_search_call"),
                    },
                }
                : null,
            Ended = true,
        };
    }

    public static TokenUsage UsageOf(JsonObject usage)
    {
        // Fireworks counts under the chat dialect's names.
        var input = (long?)usage["input_tokens"] ?? (long?)usage["prompt_tokens"] ?? 0;
        var output = (long?)usage["output_tokens"] ?? (long?)usage["completion_tokens"] ?? 0;
        var cached = (long?)usage["input_tokens_details"]?["cached_tokens"] ?? 0;
        var written = (long?)usage["input_tokens_details"]?["cache_write_tokens"] ?? 0;
        var reasoning = (long?)usage["output_tokens_details"]?["reasoning_tokens"] ?? 0;
        return new() { Input = input - cached - written, CacheRead = cached, CacheWrite5m = written, Output = output - reasoning, Reasoning = reasoning };
    }

    private static IEnumerable<JsonNode> Of(List<JsonNode> items, string type) => items.Where(item => (string?)item["type"] == type);

    private static string TextOf(JsonNode item)
    {
        var summary = string.Join("\n\n", (item["summary"] as JsonArray ?? []).Select(part => (string?)part!["text"]));
        return summary.Length > 0 ? summary : string.Concat((item["content"] as JsonArray ?? []).Select(part => (string?)part!["text"]));
    }
}
