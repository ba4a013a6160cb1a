using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Tests.Dialects;

/// <summary>What a recording says, worked out from its JSON with means that share nothing with the readers.</summary>
internal static class Expected
{
    public static SeenAnswer Of(Recording recording) => recording.Api switch
    {
        "messages" => recording.HasEventStream ? AnthropicStream(recording) : AnthropicBody(recording.AnswerBody!),
        "generate_content" => Gemini(recording),
        "converse" => ExpectedOthers.Bedrock(recording),
        "cohere_chat" => ExpectedOthers.Cohere(recording),
        "ollama_chat" => ExpectedOthers.Ollama(recording),
        "responses" => ExpectedResponses.Of(recording),
        _ => recording.HasEventStream ? OpenAi(recording.Chunks, "delta") : OpenAi([recording.AnswerBody!], "message"),
    };

    private static SeenAnswer AnthropicBody(JsonNode body)
    {
        var blocks = body["content"]!.AsArray();
        return new()
        {
            Text = Join(blocks, "text", "text"),
            Reasoning = Join(blocks, "thinking", "thinking"),
            Calls = [.. OfType(blocks, "tool_use").Select(block => new SeenCall((string)block["name"]!, SeenAnswer.Canonical(block["input"])))],
            Signatures = [.. OfType(blocks, "thinking").Select(block => (string?)block["signature"]).OfType<string>().Where(text => text.Length > 0)],
            Encrypted = [.. OfType(blocks, "redacted_thinking").Select(block => (string)block["data"]!)],
            Citations = [.. blocks.SelectMany(block => block!["citations"] as JsonArray ?? []).Select(citation => (string?)citation!["url"]).OfType<string>()],
            Finish = [AnthropicFinish((string?)body["stop_reason"])],
            Refusal = (string?)body["stop_reason"] == "refusal" ? (string?)body["stop_details"]?["explanation"] ?? "" : "",
            Usage = AnthropicUsage(body["usage"]!.AsObject()),
            Ended = true,
        };
    }

    private static SeenAnswer AnthropicStream(Recording recording)
    {
        var events = recording.Chunks;
        var blocks = new SortedDictionary<int, JsonObject>();
        var usage = new JsonObject();
        string? stop = null;
        JsonNode? details = null;
        foreach (var one in events)
        {
            switch ((string?)one["type"])
            {
                case "message_start":
                    usage = Merge(usage, one["message"]!["usage"]!.AsObject());
                    break;
                case "content_block_start":
                    var start = one["content_block"]!.DeepClone().AsObject();
                    if (start["citations"] is null)
                    {
                        start["citations"] = new JsonArray();
                    }

                    blocks[(int)one["index"]!] = start;
                    break;
                case "content_block_delta":
                    Apply(blocks[(int)one["index"]!], one["delta"]!);
                    break;
                case "message_delta":
                    stop = (string?)one["delta"]!["stop_reason"] ?? stop;
                    details = one["delta"]!["stop_details"] ?? details;
                    usage = Merge(usage, one["usage"] as JsonObject ?? []);
                    break;
            }
        }

        foreach (var block in blocks.Values.Where(block => block["partial"] is not null))
        {
            block["input"] = JsonNode.Parse((string)block["partial"]! is { Length: > 0 } json ? json : "{}");
        }

        var ended = events.Any(one => (string?)one["type"] == "message_stop");
        return AnthropicBody(new JsonObject
        {
            ["content"] = new JsonArray([.. blocks.Values]),
            ["stop_reason"] = stop,
            ["stop_details"] = details?.DeepClone(),
            ["usage"] = usage,
        }) with
        {
            Failed = events.Any(one => (string?)one["type"] == "error"),
            Ended = ended,
            Finish = stop is null ? [] : [AnthropicFinish(stop)],
        };
    }

    private static void Apply(JsonObject block, JsonNode delta)
    {
        var (from, to) = (string)delta["type"]! switch
        {
            "text_delta" => ("text", "text"),
            "thinking_delta" => ("thinking", "thinking"),
            "signature_delta" => ("signature", "signature"),
            "input_json_delta" => ("partial_json", "partial"),
            _ => ("", ""),
        };
        if (from.Length > 0)
        {
            block[to] = (string?)block[to] + (string)delta[from]!;
        }
        else if (delta["citation"] is { } citation)
        {
            block["citations"]!.AsArray().Add(citation.DeepClone());
        }
    }

    private static FinishReason AnthropicFinish(string? word) => word switch
    {
        "max_tokens" or "model_context_window_exceeded" => FinishReason.Length,
        "tool_use" => FinishReason.ToolCalls,
        "refusal" => FinishReason.Refusal,
        _ => FinishReason.Stop,
    };

    private static TokenUsage AnthropicUsage(JsonObject usage)
    {
        var output = Count(usage, "output_tokens");
        var thinking = Count(usage["output_tokens_details"], "thinking_tokens");
        var oneHour = Count(usage["cache_creation"], "ephemeral_1h_input_tokens");
        return new()
        {
            Input = Count(usage, "input_tokens"),
            CacheRead = Count(usage, "cache_read_input_tokens"),
            CacheWrite1h = oneHour,
            CacheWrite5m = Count(usage, "cache_creation_input_tokens") - oneHour,
            Output = output - thinking,
            Reasoning = thinking,
            Units = ExpectedUnits.Anthropic(usage),
        };
    }

    private static SeenAnswer Gemini(Recording recording)
    {
        IReadOnlyList<JsonNode> chunks = recording.HasEventStream ? recording.Chunks
            : recording.AnswerBody is JsonArray list ? [.. list.Select(chunk => chunk!)]
            : [recording.AnswerBody!];
        var candidates = chunks.SelectMany(chunk => chunk["candidates"] as JsonArray ?? []).Select(candidate => candidate!).ToList();
        var parts = candidates.SelectMany(candidate => candidate["content"]?["parts"] as JsonArray ?? []).Select(part => part!).ToList();
        var usage = chunks.Select(chunk => chunk["usageMetadata"]).LastOrDefault(node => node?["promptTokenCount"] is not null || node?["candidatesTokenCount"] is not null);
        var words = candidates.Select(candidate => (string?)candidate["finishReason"]).OfType<string>().ToList();
        var blocked = chunks.Any(chunk => chunk["promptFeedback"]?["blockReason"] is not null);
        var failed = words.Contains("MALFORMED_FUNCTION_CALL");
        return new()
        {
            Text = string.Concat(parts.Where(part => (bool?)part["thought"] != true).Select(part => (string?)part["text"])),
            Reasoning = string.Concat(parts.Where(part => (bool?)part["thought"] == true).Select(part => (string?)part["text"])),
            Refusal = string.Concat(chunks.Select(chunk => (string?)chunk["promptFeedback"]?["blockReasonMessage"])),
            Calls = GeminiCalls(parts),
            Signatures = [.. parts.Select(part => (string?)part["thoughtSignature"]).OfType<string>()],
            Citations = GeminiCitations(candidates),
            Finish = failed ? [] : blocked ? [FinishReason.ContentFilter] : [.. words.Select(GeminiFinish)],
            Usage = usage is null ? null : GeminiUsage(usage) with { Units = ExpectedUnits.Gemini(candidates) },
            Failed = failed,
            Ended = !failed,
        };
    }

    private static List<SeenCall> GeminiCalls(List<JsonNode> parts)
    {
        var calls = new List<(string Name, JsonObject Arguments)>();
        foreach (var call in parts.Select(part => part["functionCall"]).OfType<JsonObject>())
        {
            if ((string?)call["name"] is { } name)
            {
                calls.Add((name, call["args"]?.DeepClone() as JsonObject ?? []));
            }

            foreach (var piece in call["partialArgs"] as JsonArray ?? [])
            {
                // The recording has one level only.
                var member = ((string)piece!["jsonPath"]!)[2..];
                calls[^1].Arguments[member] = (string?)calls[^1].Arguments[member] + (string)piece["stringValue"]!;
            }
        }

        return [.. calls.Select(call => new SeenCall(call.Name, SeenAnswer.Canonical(call.Arguments)))];
    }

    private static List<string> GeminiCitations(List<JsonNode> candidates)
    {
        var urls = new List<string>();
        foreach (var metadata in candidates.Select(candidate => candidate["groundingMetadata"]).OfType<JsonObject>())
        {
            var sources = (metadata["groundingChunks"] as JsonArray ?? []).Select(chunk => (string?)chunk!["web"]?["uri"] ?? "").ToList();
            var indices = (metadata["groundingSupports"] as JsonArray ?? [])
                .SelectMany(support => support!["groundingChunkIndices"] as JsonArray ?? []).Select(index => (int)index!).ToList();
            urls.AddRange(indices.Select(index => sources[index]));
            urls.AddRange(sources.Where((_, i) => !indices.Contains(i)));
        }

        return urls;
    }

    private static FinishReason GeminiFinish(string word) => word switch
    {
        "MAX_TOKENS" => FinishReason.Length,
        "SAFETY" => FinishReason.ContentFilter,
        _ => FinishReason.Stop,
    };

    private static TokenUsage GeminiUsage(JsonNode usage)
    {
        var prompt = Count(usage, "promptTokenCount");
        var cached = Count(usage, "cachedContentTokenCount");
        var audio = Modality(usage, "promptTokensDetails", "AUDIO");
        var image = Modality(usage, "promptTokensDetails", "IMAGE");
        return new()
        {
            Input = prompt - cached - audio - image + Count(usage, "toolUsePromptTokenCount"),
            CacheRead = cached,
            AudioInput = audio,
            ImageInput = image,
            Output = Count(usage, "candidatesTokenCount"),
            Reasoning = Count(usage, "thoughtsTokenCount"),
        };
    }

    private static SeenAnswer OpenAi(IReadOnlyList<JsonNode> chunks, string member)
    {
        var failed = chunks.Any(chunk => chunk["error"] is JsonObject) || chunks.Any(chunk => HasFinish(chunk, "insufficient_system_resource"));
        var choices = chunks.TakeWhile(chunk => chunk["error"] is not JsonObject)
            .SelectMany(chunk => chunk["choices"] as JsonArray ?? []).Select(choice => choice!).ToList();
        var deltas = choices.Select(choice => choice[member]).OfType<JsonObject>().ToList();

        // What comes behind an error is not read any more.
        var stop = chunks.ToList().FindIndex(chunk => chunk["error"] is JsonObject);
        var usage = chunks.Take(stop < 0 ? chunks.Count : stop + 1).Select(OpenAiUsageOf).LastOrDefault(node => node is not null);
        var finish = new SortedDictionary<int, FinishReason>();
        foreach (var choice in choices)
        {
            var index = (int?)choice["index"] ?? 0;
            finish.TryAdd(index, FinishReason.Stop);
            if ((string?)choice["finish_reason"] is { } word)
            {
                finish[index] = OpenAiFinish(word);
            }
        }

        var texts = choices.GroupBy(choice => (int?)choice["index"] ?? 0).OrderBy(group => group.Key)
            .Select(group => string.Concat(group.Select(choice => TextOf(choice[member]?["content"]))));
        return new()
        {
            Text = string.Join('\u241e', texts).TrimEnd('\u241e'),
            Reasoning = string.Concat(deltas.Select(delta =>
                (string?)delta["reasoning_content"] ?? (string?)delta["reasoning"] ?? DetailsOf(delta["reasoning_details"]) ?? ThinkingOf(delta["content"]))),
            Refusal = string.Concat(deltas.Select(delta => (string?)delta["refusal"])),
            Calls = OpenAiCalls(choices, member),
            Signatures = [.. deltas.SelectMany(delta => delta["reasoning_details"] as JsonArray ?? []).Select(detail => (string?)detail!["signature"]).OfType<string>()],
            Encrypted = [.. deltas.SelectMany(delta => delta["reasoning_details"] as JsonArray ?? []).Select(detail => (string?)detail!["data"]).OfType<string>()],
            Citations = failed ? [] : OpenAiCitations(chunks, deltas),
            Finish = failed ? [] : [.. finish.Values],
            Usage = usage is null ? null : OpenAiUsage(usage) with { Lane = LaneOf(chunks) },
            Failed = failed,
            Ended = !failed,
        };
    }

    private static ServiceLane? LaneOf(IEnumerable<JsonNode> chunks) =>
        chunks.Select(chunk => chunk["service_tier"]).OfType<JsonValue>().Select(word => word.ToString()).LastOrDefault() switch
        {
            "flex" => ServiceLane.Flex,
            "priority" => ServiceLane.Priority,
            _ => null,
        };

    private static bool HasFinish(JsonNode chunk, string word) =>
        (chunk["choices"] as JsonArray ?? []).Any(choice => (string?)choice!["finish_reason"] == word);

    private static JsonNode? OpenAiUsageOf(JsonNode chunk) => chunk["usage"] as JsonObject ?? chunk["x_groq"]?["usage"] as JsonObject;

    private static string TextOf(JsonNode? content) => content switch
    {
        JsonArray parts => string.Concat(parts.Where(part => (string?)part!["type"] == "text").Select(part => (string?)part!["text"])),
        JsonValue value => (string?)value ?? "",
        _ => "",
    };

    private static string? DetailsOf(JsonNode? details) => details is JsonArray { Count: > 0 } list
        ? string.Concat(list.Select(detail => (string?)detail!["text"] ?? (string?)detail["summary"]))
        : null;

    private static string ThinkingOf(JsonNode? content) => content is JsonArray parts
        ? string.Concat(parts.Where(part => (string?)part!["type"] == "thinking").SelectMany(part => part!["thinking"]!.AsArray()).Select(part => (string?)part!["text"]))
        : "";

    private static List<SeenCall> OpenAiCalls(List<JsonNode> choices, string member)
    {
        var calls = new List<(int Choice, string Id, int? Index, string Name, StringBuilder Arguments)>();
        foreach (var choice in choices)
        {
            var index = (int?)choice["index"] ?? 0;
            foreach (var entry in choice[member]?["tool_calls"] as JsonArray ?? [])
            {
                var id = (string?)entry!["id"] ?? "";
                var number = (int?)entry["index"];
                var known = calls.FindLastIndex(call => call.Choice == index && (id.Length > 0 ? call.Id == id : number is null || call.Index == number));
                if (known < 0)
                {
                    calls.Add((index, id, number, (string)entry["function"]!["name"]!, new()));
                    known = calls.Count - 1;
                }

                calls[known].Arguments.Append((string?)entry["function"]?["arguments"]);
            }
        }

        return [.. calls.Select(call => new SeenCall(call.Name, SeenAnswer.Canonical(call.Arguments.Length > 0 ? call.Arguments.ToString() : "{}")))];
    }

    private static List<string> OpenAiCitations(IReadOnlyList<JsonNode> chunks, List<JsonObject> deltas) =>
    [
        .. deltas.SelectMany(delta => delta["annotations"] as JsonArray ?? []).Select(note => (string)note!["url_citation"]!["url"]!),
        .. (chunks.Select(chunk => chunk["search_results"] as JsonArray).FirstOrDefault(results => results is not null) ?? [])
            .Select(result => (string)result!["url"]!),
    ];

    private static FinishReason OpenAiFinish(string word) => word switch
    {
        "length" => FinishReason.Length,
        "tool_calls" => FinishReason.ToolCalls,
        "content_filter" => FinishReason.ContentFilter,
        _ => FinishReason.Stop,
    };

    private static TokenUsage OpenAiUsage(JsonNode usage)
    {
        var prompt = Count(usage, "prompt_tokens");
        var completion = Count(usage, "completion_tokens");
        var reasoning = Count(usage["completion_tokens_details"], "reasoning_tokens");
        var audio = Count(usage["prompt_tokens_details"], "audio_tokens");

        // Grok on Azure states more cached tokens than tokens (azure-chat-completions-tool-call-tools-01); no more than there are can be cached.
        var cached = Math.Min(prompt, Count(usage["prompt_tokens_details"], "cached_tokens"));
        var outside = reasoning > 0 && Count(usage, "total_tokens") == prompt + completion + reasoning;
        return new()
        {
            Input = prompt - cached - audio,
            CacheRead = cached,
            AudioInput = audio,
            Output = outside ? completion : completion - reasoning,
            Reasoning = reasoning,
            Units = ExpectedUnits.OpenAi(usage),
        };
    }

    internal static long Count(JsonNode? parent, string name) =>
        parent is JsonObject members && members[name] is { } value && value.GetValueKind() is JsonValueKind.Number ? (long)value : 0;

    private static long Modality(JsonNode usage, string member, string modality) =>
        (usage[member] as JsonArray ?? []).Where(detail => (string?)detail!["modality"] == modality).Sum(detail => Count(detail, "tokenCount"));

    private static JsonObject Merge(JsonObject before, JsonObject newer)
    {
        foreach (var (name, value) in newer)
        {
            if (value is not null)
            {
                before[name] = value.DeepClone();
            }
        }

        return before;
    }

    private static IEnumerable<JsonNode> OfType(JsonArray blocks, string type) => blocks.Where(block => (string?)block!["type"] == type).Select(block => block!);

    private static string Join(JsonArray blocks, string type, string member) => string.Concat(OfType(blocks, type).Select(block => (string?)block[member]));
}
