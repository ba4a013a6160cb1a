using System.Text;
using System.Text.Json;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Playground;

/// <summary>One try at a model that did not answer.</summary>
public sealed record PlaygroundFailedAttempt(string Model, string Error);

/// <summary>What <c>_hiway</c> says of an answer; api.md and product.md section 11.</summary>
public sealed record PlaygroundRouting(
    string? Model, string? Tier, double? Score, string? Reason, bool Fallback, IReadOnlyList<PlaygroundFailedAttempt> Chain,
    decimal? CostUsd, decimal? BaselineUsd, decimal? SavingsUsd, string? RequestId)
{
    /// <summary>Fields that the provider's API cannot express.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];
}

/// <summary>An error envelope as the gateway sent it.</summary>
/// <param name="Envelope">The whole envelope, laid out for reading; empty when there was none.</param>
public sealed record PlaygroundError(string Message, string? Code, string? RequestId, string Envelope);

/// <summary>An answer that grows while its stream is read. Feed it the stream's data payloads in order.</summary>
public sealed partial class PlaygroundAnswer
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();
    private readonly SortedDictionary<int, (StringBuilder Name, StringBuilder Arguments)> _tools = [];

    public string Text => _text.ToString();

    /// <summary>The model's thinking, where it shows any.</summary>
    public string Reasoning => _reasoning.ToString();

    public IReadOnlyList<(string Name, string Arguments)> ToolCalls => [.. _tools.Values.Select(t => (t.Name.ToString(), t.Arguments.ToString()))];

    public string? FinishReason { get; private set; }

    /// <summary>All tokens sent; null until the stream told.</summary>
    public long? InputTokens { get; private set; }

    /// <summary>All tokens produced, reasoning included.</summary>
    public long? OutputTokens { get; private set; }

    public PlaygroundRouting? Routing { get; private set; }

    public PlaygroundError? Error { get; private set; }

    public bool IsEmpty => _images.Count == 0 && _text.Length == 0 && _reasoning.Length == 0 && _tools.Count == 0;

    /// <summary>Takes in one data payload of any of the playground's APIs; the terminator says nothing new.</summary>
    /// <returns>Whether the payload held something for the reader: text, reasoning or a tool call.</returns>
    public bool Apply(string data)
    {
        if (data is "[DONE]")
        {
            return false;
        }

        using var parsed = JsonDocument.Parse(data);
        var chunk = parsed.RootElement;
        if (chunk.ValueKind is not JsonValueKind.Object)
        {
            return false;
        }

        if (Member(chunk, "error") is { ValueKind: JsonValueKind.Object } error)
        {
            TakeError(error, chunk);
            return false;
        }

        if (StringOf(chunk, "type") is "error")
        {
            TakeError(chunk, chunk);
            return false;
        }

        TakeRouting(chunk);
        if (ApplyEvent(chunk) is { } applied)
        {
            return applied;
        }

        TakeUsage(chunk);
        return Member(chunk, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0 && ApplyChoice(choices[0]);
    }

    /// <summary>Ends the answer for a reason that came from no envelope.</summary>
    public void Fail(string message) => Error ??= new(message, null, Routing?.RequestId, "");

    private void TakeError(JsonElement error, JsonElement envelope) => Error = new(
        StringOf(error, "message") ?? "The gateway gave no reason.", StringOf(error, "code") ?? StringOf(error, "type"),
        StringOf(error, "request_id") ?? StringOf(envelope, "request_id"), PrettyJson.Of(envelope));

    private void TakeRouting(JsonElement parent)
    {
        if (Member(parent, "_hiway") is { ValueKind: JsonValueKind.Object } routing)
        {
            Routing = ReadRouting(routing);
        }
    }

    private bool ApplyChoice(JsonElement choice)
    {
        FinishReason = StringOf(choice, "finish_reason") ?? FinishReason;
        if ((Member(choice, "delta") ?? Member(choice, "message")) is not { ValueKind: JsonValueKind.Object } delta)
        {
            return false;
        }

        // DeepSeek and most servers say reasoning_content, OpenRouter and Groq say reasoning; a chunk that holds both repeats itself.
        var text = StringOf(delta, "content") ?? StringOf(delta, "refusal");
        var reasoning = StringOf(delta, "reasoning_content") ?? StringOf(delta, "reasoning");
        _text.Append(text);
        _reasoning.Append(reasoning);
        var tools = ApplyTools(delta);
        return tools || !string.IsNullOrEmpty(text) || !string.IsNullOrEmpty(reasoning);
    }

    private bool ApplyTools(JsonElement delta)
    {
        if (Member(delta, "tool_calls") is not { ValueKind: JsonValueKind.Array } calls)
        {
            return false;
        }

        foreach (var call in calls.EnumerateArray())
        {
            var index = (int)(WholeOf(call, "index") ?? 0);
            if (!_tools.TryGetValue(index, out var tool))
            {
                _tools[index] = tool = (new(), new());
            }

            if (Member(call, "function") is { ValueKind: JsonValueKind.Object } function)
            {
                tool.Name.Append(StringOf(function, "name"));
                tool.Arguments.Append(StringOf(function, "arguments"));
            }
        }

        return calls.GetArrayLength() > 0;
    }

    private static PlaygroundRouting ReadRouting(JsonElement hiway)
    {
        List<PlaygroundFailedAttempt> chain = [];
        if (Member(hiway, "fallback_chain") is { ValueKind: JsonValueKind.Array } attempts)
        {
            foreach (var attempt in attempts.EnumerateArray())
            {
                chain.Add(new(StringOf(attempt, "model") ?? "?", StringOf(attempt, "error") ?? ""));
            }
        }

        return new(
            StringOf(hiway, "routed_model"), StringOf(hiway, "routed_tier"), (double?)DecimalOf(hiway, "score"), StringOf(hiway, "reason"),
            Member(hiway, "fallback") is { ValueKind: JsonValueKind.True }, chain,
            DecimalOf(hiway, "upstream_cost"), DecimalOf(hiway, "baseline_cost"), DecimalOf(hiway, "savings"), StringOf(hiway, "request_id"))
        {
            Dropped = Member(hiway, "dropped") is { ValueKind: JsonValueKind.Array } dropped ? [.. dropped.EnumerateArray().Select(field => field.ToString())] : [],
        };
    }

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.ValueKind is JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : null;

    private static string? StringOf(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static long? WholeOf(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var whole) ? whole : null;

    private static decimal? DecimalOf(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDecimal(out var value) ? value : null;
}
