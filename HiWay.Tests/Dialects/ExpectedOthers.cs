using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Tests.Dialects;

/// <summary>As <see cref="Expected"/>, for Bedrock's Converse, Cohere and Ollama.</summary>
internal static class ExpectedOthers
{
    public static SeenAnswer Bedrock(Recording recording)
    {
        if (recording.Frames is not { } frames)
        {
            var body = recording.AnswerBody!;
            return BedrockBlocks([.. body["output"]!["message"]!["content"]!.AsArray().Select(block => block!)], (string)body["stopReason"]!, body["usage"]) with { Ended = true };
        }

        var blocks = new SortedDictionary<int, JsonObject>();
        string? stop = null;
        JsonNode? usage = null;
        var failed = false;
        foreach (var frame in frames)
        {
            var payload = frame!["payload"]!;
            failed |= frame["headers"]![":exception-type"] is not null;
            stop = (string?)payload["stopReason"] ?? stop;
            usage = payload["usage"] ?? usage;
            if ((int?)payload["contentBlockIndex"] is { } index)
            {
                blocks.TryAdd(index, []);
                Merge(blocks[index], payload["start"]);
                Merge(blocks[index], payload["delta"]);
            }
        }

        foreach (var call in blocks.Values.Select(block => block["toolUse"]).OfType<JsonObject>())
        {
            call["input"] = JsonNode.Parse((string?)call["input"] is { Length: > 0 } json ? json : "{}");
        }

        var said = BedrockBlocks([.. blocks.Values], stop, usage) with { Failed = failed, Ended = !failed };
        return failed ? said with { Finish = [] } : said;
    }

    public static SeenAnswer Cohere(Recording recording)
    {
        if (!recording.HasEventStream)
        {
            return Cohere(recording.AnswerBody!["message"]!, (string)recording.AnswerBody["finish_reason"]!, recording.AnswerBody["usage"]!);
        }

        var message = new JsonObject { ["content"] = new JsonArray(), ["tool_calls"] = new JsonArray(), ["tool_plan"] = "" };
        JsonNode? end = null;
        foreach (var one in recording.Chunks)
        {
            var delta = one["delta"]?["message"];
            switch ((string)one["type"]!)
            {
                case "content-delta":
                    message["content"]!.AsArray().Add(new JsonObject { ["text"] = (string?)delta!["content"]!["text"], ["thinking"] = (string?)delta["content"]!["thinking"] });
                    break;
                case "tool-plan-delta":
                    message["tool_plan"] = (string)message["tool_plan"]! + (string)delta!["tool_plan"]!;
                    break;
                case "tool-call-start":
                    message["tool_calls"]!.AsArray().Add(delta!["tool_calls"]!.DeepClone());
                    break;
                case "tool-call-delta":
                    var function = message["tool_calls"]!.AsArray()[^1]!["function"]!;
                    function["arguments"] = (string)function["arguments"]! + (string)delta!["tool_calls"]!["function"]!["arguments"]!;
                    break;
                case "message-end":
                    end = one["delta"]!;
                    break;
            }
        }

        return Cohere(message, (string)end!["finish_reason"]!, end["usage"]!);
    }

    public static SeenAnswer Ollama(Recording recording)
    {
        IReadOnlyList<JsonNode> chunks = recording.HasEventStream ? recording.Chunks : [recording.AnswerBody!];
        var calls = chunks.SelectMany(chunk => chunk["message"]?["tool_calls"] as JsonArray ?? [])
            .Select(call => new SeenCall((string)call!["function"]!["name"]!, SeenAnswer.Canonical(call["function"]!["arguments"]))).ToList();
        return new()
        {
            Text = string.Concat(chunks.Select(chunk => (string?)chunk["message"]?["content"])),
            Reasoning = string.Concat(chunks.Select(chunk => (string?)chunk["message"]?["thinking"])),
            Calls = calls,
            Finish = [calls.Count > 0 ? FinishReason.ToolCalls : (string?)chunks[^1]["done_reason"] == "length" ? FinishReason.Length : FinishReason.Stop],
            Usage = new TokenUsage { Input = Expected.Count(chunks[^1], "prompt_eval_count"), Output = Expected.Count(chunks[^1], "eval_count") },
            Ended = true,
        };
    }

    private static SeenAnswer BedrockBlocks(IReadOnlyList<JsonNode> blocks, string? stop, JsonNode? usage) => new()
    {
        Text = string.Concat(blocks.Select(block => (string?)block["text"]
            ?? string.Concat((block["citationsContent"]?["content"] as JsonArray ?? []).Select(piece => (string?)piece!["text"])))),
        Reasoning = string.Concat(blocks.Select(block => (string?)block["reasoningContent"]?["reasoningText"]?["text"] ?? (string?)block["reasoningContent"]?["text"])),
        Calls = [.. blocks.Select(block => block["toolUse"]).OfType<JsonObject>().Select(call => new SeenCall((string)call["name"]!, SeenAnswer.Canonical(call["input"])))],
        Signatures = [.. blocks.Select(block => (string?)block["reasoningContent"]?["reasoningText"]?["signature"] ?? (string?)block["reasoningContent"]?["signature"]).OfType<string>()],
        Encrypted = [.. blocks.Select(block => (string?)block["reasoningContent"]?["redactedContent"]).OfType<string>()],
        Finish = stop is null ? [] : [stop switch
        {
            "max_tokens" => FinishReason.Length,
            "tool_use" => FinishReason.ToolCalls,
            "guardrail_intervened" or "content_filtered" => FinishReason.ContentFilter,
            _ => FinishReason.Stop,
        }],
        Usage = usage is null ? null : new TokenUsage
        {
            Input = Expected.Count(usage, "inputTokens"),
            CacheRead = Expected.Count(usage, "cacheReadInputTokens"),
            CacheWrite5m = Expected.Count(usage, "cacheWriteInputTokens"),
            Output = Expected.Count(usage, "outputTokens"),
        },
    };

    private static SeenAnswer Cohere(JsonNode message, string finish, JsonNode usage)
    {
        var content = (message["content"] as JsonArray ?? []).Select(part => part!).ToList();
        var output = Expected.Count(usage["billed_units"], "output_tokens");
        var reasoning = Math.Min(output, Expected.Count(usage["tokens"], "reasoning_tokens"));
        return new()
        {
            Text = string.Concat(content.Select(part => (string?)part["text"])),
            Reasoning = (string?)message["tool_plan"] + string.Concat(content.Select(part => (string?)part["thinking"])),
            Calls = [.. (message["tool_calls"] as JsonArray ?? []).Select(call => new SeenCall(
                (string)call!["function"]!["name"]!, SeenAnswer.Canonical((string?)call["function"]!["arguments"] is { Length: > 0 } arguments ? arguments : "{}")))],
            Finish = [finish switch { "TOOL_CALL" => FinishReason.ToolCalls, "MAX_TOKENS" => FinishReason.Length, _ => FinishReason.Stop }],
            Usage = new TokenUsage { Input = Expected.Count(usage["billed_units"], "input_tokens"), Output = output - reasoning, Reasoning = reasoning },
            Ended = true,
        };
    }

    /// <summary>Puts a piece into what is there: texts are joined, objects merged.</summary>
    private static void Merge(JsonObject into, JsonNode? piece)
    {
        foreach (var (name, value) in piece as JsonObject ?? [])
        {
            if (value is JsonObject inner)
            {
                into.TryAdd(name, new JsonObject());
                Merge(into[name]!.AsObject(), inner);
            }
            else if (into[name] is JsonValue before && value?.GetValueKind() is JsonValueKind.String)
            {
                into[name] = (string)before! + (string)value!;
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }
}
