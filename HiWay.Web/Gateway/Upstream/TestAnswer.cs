using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Limits;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

internal sealed record TestToolCall(string Id, string Name, string Arguments);

/// <summary>What the test provider says to a body: a pure function of it.</summary>
internal sealed record TestAnswer(string Id, string Model, string Text, IReadOnlyList<TestToolCall> ToolCalls, string FinishReason, int PromptTokens, int CompletionTokens)
{
    private const int LongestEcho = 200;

    public static TestAnswer To(JsonObject body)
    {
        var messages = body["messages"] as JsonArray ?? [];
        var calls = OfferedCalls(body, messages);
        var text = calls.Count > 0 ? "" : Structured(body) ?? $"This is HiWay's test answer to: {LastText(messages)}";
        var promptTokens = TokenEstimate.OfBytes(Encoding.UTF8.GetByteCount(messages.ToJsonString(GatewayJson.Serialized)));
        var finish = calls.Count > 0 ? "tool_calls" : "stop";
        var words = text.Split(' ');
        if (calls.Count == 0 && Limit(body) is { } limit && words.Length > limit)
        {
            text = string.Join(' ', words[..Math.Max(1, limit)]);
            finish = "length";
        }

        var completionTokens = calls.Count > 0
            ? calls.Sum(call => TokenEstimate.OfBytes(call.Arguments.Length) + 1)
            : text.Split(' ').Length;
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(body.ToJsonString(GatewayJson.Serialized))))[..24];
        return new TestAnswer($"chatcmpl-test{id}", body["model"]?.GetValue<string>() ?? "", text, calls, finish, promptTokens, completionTokens);
    }

    private static int? Limit(JsonObject body) =>
        (body["max_completion_tokens"] ?? body["max_tokens"]) is JsonValue value && value.TryGetValue<int>(out var limit) ? limit : null;

    /// <summary>Calls every offered function once (or the named one), unless a tool has just answered or tools are off.</summary>
    private static List<TestToolCall> OfferedCalls(JsonObject body, JsonArray messages)
    {
        if (body["tools"] is not JsonArray { Count: > 0 } tools
            || body["tool_choice"] is JsonValue choice && choice.TryGetValue<string>(out var word) && word == "none"
            || (messages.LastOrDefault() as JsonObject)?["role"]?.GetValue<string>() == "tool")
        {
            return [];
        }

        var named = ((body["tool_choice"] as JsonObject)?["function"] as JsonObject)?["name"]?.GetValue<string>();
        var functions = tools.OfType<JsonObject>().Select(tool => tool["function"] as JsonObject).OfType<JsonObject>()
            .Where(function => named is null || function["name"]?.GetValue<string>() == named);
        if (body["parallel_tool_calls"] is JsonValue parallel && parallel.TryGetValue<bool>(out var many) && !many)
        {
            functions = functions.Take(1);
        }

        return [.. functions.Select((function, i) => new TestToolCall(
            $"call_test{i:D20}", function["name"]?.GetValue<string>() ?? "",
            (SchemaExample.Of(function["parameters"], function["parameters"]) ?? new JsonObject()).ToJsonString(GatewayJson.Serialized)))];
    }

    private static string? Structured(JsonObject body)
    {
        var format = body["response_format"] as JsonObject;
        return format?["type"]?.GetValue<string>() switch
        {
            "json_schema" => SchemaExample.Of(format["json_schema"]?["schema"], format["json_schema"]?["schema"])?.ToJsonString(GatewayJson.Serialized) ?? "null",
            "json_object" => "{\"test\":true}",
            _ => null,
        };
    }

    private static string LastText(JsonArray messages)
    {
        var content = (messages.OfType<JsonObject>().LastOrDefault(message => message["role"]?.GetValue<string>() is "user" or "tool"))?["content"];
        var text = content switch
        {
            JsonValue value when value.TryGetValue<string>(out var plain) => plain,
            JsonArray parts => string.Join(' ', parts.OfType<JsonObject>().Select(part => part["text"]?.GetValue<string>()).OfType<string>()),
            _ => "",
        };
        return text.Length <= LongestEcho ? text : text[..LongestEcho] + "…";
    }
}
