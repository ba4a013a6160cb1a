using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Tests.Dialects;

/// <summary>Puts a message together from its events as Anthropic's own client does, and fails where the order or the type of an event is not what it expects.</summary>
internal static class AnthropicMessage
{
    /// <param name="stream">The bytes; comments and pings are skipped.</param>
    /// <returns>The message; <c>_hiway</c> is taken over from the last event.</returns>
    public static JsonObject Of(string stream) => Read(stream, out _);

    /// <param name="whole">Whether <c>message_stop</c> came.</param>
    public static JsonObject Read(string stream, out bool whole)
    {
        JsonObject? message = null;
        JsonObject? open = null;
        var partial = new StringBuilder();
        var next = 0;
        whole = false;
        foreach (var block in stream.Replace("\r\n", "\n", StringComparison.Ordinal).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (block.StartsWith(':'))
            {
                continue;
            }

            Assert.False(whole, "Nothing follows message_stop.");
            var lines = block.Split('\n');
            var name = Assert.Single(lines, line => line.StartsWith("event: ", StringComparison.Ordinal))["event: ".Length..];
            var data = JsonNode.Parse(Assert.Single(lines, line => line.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..])!;
            Assert.Equal(name, (string?)data["type"]);
            switch (name)
            {
                case "ping":
                    break;
                case "message_start":
                    Assert.Null(message);
                    message = data["message"]!.DeepClone().AsObject();
                    Assert.Empty(message["content"]!.AsArray());
                    break;
                case "content_block_start":
                    Assert.NotNull(message);
                    Assert.Null(open);
                    Assert.Equal(next, (int)data["index"]!);
                    open = data["content_block"]!.DeepClone().AsObject();
                    partial.Clear();
                    break;
                case "content_block_delta":
                    Assert.NotNull(open);
                    Assert.Equal(next, (int)data["index"]!);
                    Apply(open, data["delta"]!, partial);
                    break;
                case "content_block_stop":
                    Assert.NotNull(open);
                    Assert.Equal(next++, (int)data["index"]!);
                    if (partial.Length > 0)
                    {
                        // An answer that was cut by its length may end inside its arguments.
                        open["input"] = TryParse(partial.ToString()) ?? new JsonObject { ["partial"] = partial.ToString() };
                    }

                    message!["content"]!.AsArray().Add(open);
                    open = null;
                    break;
                case "message_delta":
                    Assert.Null(open);
                    foreach (var (member, value) in data["delta"]!.AsObject())
                    {
                        message![member] = value?.DeepClone();
                    }

                    foreach (var (member, value) in data["usage"]!.AsObject())
                    {
                        message!["usage"]![member] = value?.DeepClone();
                    }

                    break;
                case "message_stop":
                    Assert.NotNull(message);
                    Assert.NotNull((string?)message["stop_reason"]);
                    message["_hiway"] = data["_hiway"]?.DeepClone();
                    whole = true;
                    break;
                default:
                    Assert.Fail($"An event of a kind that no client knows: {name}");
                    break;
            }
        }

        return message ?? [];
    }

    private static void Apply(JsonObject block, JsonNode delta, StringBuilder partial)
    {
        var type = (string)block["type"]!;
        switch ((string)delta["type"]!)
        {
            case "text_delta":
                Assert.Equal("text", type);
                block["text"] = (string)block["text"]! + (string)delta["text"]!;
                break;
            case "citations_delta":
                Assert.Equal("text", type);
                (block["citations"] ??= new JsonArray()).AsArray().Add(delta["citation"]!.DeepClone());
                break;
            case "thinking_delta":
                Assert.Equal("thinking", type);
                block["thinking"] = (string)block["thinking"]! + (string)delta["thinking"]!;
                break;
            case "signature_delta":
                Assert.Equal("thinking", type);
                block["signature"] = (string)delta["signature"]!;
                break;
            case "input_json_delta":
                Assert.Contains(type, (string[])["tool_use", "server_tool_use"]);
                partial.Append((string)delta["partial_json"]!);
                break;
            default:
                Assert.Fail($"A delta that no client knows: {delta.ToJsonString()}");
                break;
        }
    }

    private static JsonNode? TryParse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public static string Text(JsonNode message) => Join(message, "text", "text");

    public static string Thinking(JsonNode message) => Join(message, "thinking", "thinking");

    public static List<SeenCall> Calls(JsonNode message) =>
        [.. OfType(message, "tool_use").Select(block => new SeenCall((string)block["name"]!, SeenAnswer.Canonical(block["input"])))];

    public static IEnumerable<JsonNode> OfType(JsonNode message, string type) =>
        message["content"]!.AsArray().Where(block => (string)block!["type"]! == type).Select(block => block!);

    /// <summary>What the stop reason must be for an answer that was understood so.</summary>
    public static string StopReason(SeenAnswer said, bool stopSequence) => (said.Finish is [var first, ..] ? first : FinishReason.Stop) switch
    {
        FinishReason.Length => "max_tokens",
        FinishReason.ContentFilter or FinishReason.Refusal => "refusal",
        _ when said.Calls.Count > 0 => "tool_use",
        _ when said.Refusal.Length > 0 => "refusal",
        _ => stopSequence ? "stop_sequence" : "end_turn",
    };

    public static void AssertUsage(TokenUsage? said, JsonNode usage)
    {
        var tokens = said ?? default;
        Assert.Equal(tokens.Input + tokens.AudioInput + tokens.ImageInput, (long)usage["input_tokens"]!);
        Assert.Equal(tokens.CacheRead, (long)usage["cache_read_input_tokens"]!);
        Assert.Equal(tokens.CacheWrite5m + tokens.CacheWrite1h, (long)usage["cache_creation_input_tokens"]!);
        Assert.Equal(tokens.TotalOutput, (long)usage["output_tokens"]!);
    }

    private static string Join(JsonNode message, string type, string member) => string.Concat(OfType(message, type).Select(block => (string?)block[member]));
}
