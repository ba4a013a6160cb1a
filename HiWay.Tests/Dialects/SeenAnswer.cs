using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Tests.Dialects;

/// <summary>One tool call, with its arguments as comparable JSON.</summary>
public sealed record SeenCall(string Name, string Arguments);

/// <summary>What an answer said, in comparable form: expected values are computed from the raw JSON, seen ones by the readers.</summary>
public sealed record SeenAnswer
{
    public string Text { get; init; } = "";

    public string Reasoning { get; init; } = "";

    public string Refusal { get; init; } = "";

    public IReadOnlyList<SeenCall> Calls { get; init; } = [];

    public IReadOnlyList<string> Signatures { get; init; } = [];

    public IReadOnlyList<string> Encrypted { get; init; } = [];

    public IReadOnlyList<string> Citations { get; init; } = [];

    public IReadOnlyList<FinishReason> Finish { get; init; } = [];

    public TokenUsage? Usage { get; init; }

    public bool Failed { get; init; }

    public bool Ended { get; init; }

    /// <summary>Members compared one by one, so that a difference names itself.</summary>
    public string Describe() => JsonSerializer.Serialize(this, Indented);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Arguments as JSON with sorted members; text that is no JSON stays.</summary>
    public static string Canonical(string arguments)
    {
        try
        {
            return Sort(JsonNode.Parse(arguments))?.ToJsonString() ?? "null";
        }
        catch (JsonException)
        {
            return arguments;
        }
    }

    public static string Canonical(JsonNode? arguments) => Sort(arguments?.DeepClone())?.ToJsonString() ?? "null";

    private static JsonNode? Sort(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sort(member.Value?.DeepClone())))),
        JsonArray items => new JsonArray([.. items.Select(item => Sort(item?.DeepClone()))]),
        JsonValue number when number.GetValueKind() is JsonValueKind.Number && double.TryParse(number.ToJsonString(), CultureInfo.InvariantCulture, out var value) && Math.Abs(value) < 1e15 => value,
        _ => node,
    };
}

/// <summary>Collects what a reader says, decodes it, and checks the order that <see cref="IAnswerSink"/> promises.</summary>
public sealed class CollectingSink : IAnswerSink
{
    private readonly List<StringBuilder> _texts = [];
    private readonly StringBuilder _reasoning = new();
    private readonly StringBuilder _refusal = new();
    private readonly List<(string Name, StringBuilder Arguments)> _calls = [];
    private readonly Dictionary<(int Choice, int Call), int> _callAt = [];
    private readonly List<string> _signatures = [];
    private readonly List<string> _encrypted = [];
    private readonly List<string> _citations = [];
    private readonly SortedDictionary<int, FinishReason> _finish = [];
    private TokenUsage? _usage;
    private bool _ended;

    public UpstreamError? Error { get; private set; }

    public string? Id { get; private set; }

    public string? Model { get; private set; }

    public List<string> CallIds { get; } = [];

    public List<(string Kind, string Value)> Extras { get; } = [];

    public int Started { get; private set; }

    public SeenAnswer Seen => new()
    {
        Text = string.Join('\u241e', _texts.Select(text => text.ToString())),
        Reasoning = _reasoning.ToString(),
        Refusal = _refusal.ToString(),
        Calls = [.. _calls.Select(call => new SeenCall(call.Name, SeenAnswer.Canonical(call.Arguments.ToString())))],
        Signatures = _signatures,
        Encrypted = _encrypted,
        Citations = _citations,
        Finish = [.. _finish.Values],
        Usage = _usage,
        Failed = Error is not null,
        Ended = _ended,
    };

    void IAnswerSink.Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        Open();
        Started++;
        Id ??= Decode(idJson);
        Model ??= Decode(modelJson);
    }

    public void Text(int choice, ReadOnlySpan<byte> json)
    {
        OpenFor(choice);
        if (json.Length > 0)
        {
            while (_texts.Count <= choice)
            {
                _texts.Add(new());
            }

            _texts[choice].Append(Decode(json));
        }
    }

    public void Reasoning(int choice, ReadOnlySpan<byte> json)
    {
        OpenFor(choice);
        _reasoning.Append(Decode(json));
    }

    public void ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json)
    {
        OpenFor(choice);
        _signatures.Add(Decode(json));
    }

    public void EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson)
    {
        OpenFor(choice);
        _encrypted.Add(Decode(dataJson));
    }

    public void Refusal(int choice, ReadOnlySpan<byte> json)
    {
        OpenFor(choice);
        _refusal.Append(Decode(json));
    }

    public void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        OpenFor(choice);
        Assert.True(_callAt.TryAdd((choice, call), _calls.Count), "A call starts once.");
        CallIds.Add(Decode(idJson));
        _calls.Add((Decode(nameJson), new()));
    }

    public void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json)
    {
        OpenFor(choice);
        if (json.Length > 0)
        {
            _calls[_callAt[(choice, call)]].Arguments.Append(Decode(json));
        }
    }

    public void ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        OpenFor(choice);
        Assert.True(_callAt.ContainsKey((choice, call)));
        _signatures.Add(Decode(json));
    }

    public void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        OpenFor(choice);
        var value = JsonNode.Parse(jsonValue);
        Extras.Add((kind, value?.ToJsonString() ?? "null"));
        if (kind == ExtraKinds.UrlCitation)
        {
            _citations.Add((string)value!["url_citation"]!["url"]!);
        }
    }

    public void Finished(int choice, FinishReason reason)
    {
        OpenFor(choice);
        Assert.True(_finish.TryAdd(choice, reason), "A choice finishes once.");
    }

    public void Usage(in TokenUsage usage)
    {
        Open();
        _usage = usage;
    }

    public void Failed(UpstreamError error)
    {
        Open();
        Error = error;
    }

    public void Ended()
    {
        Open();
        _ended = true;
    }

    private void Open()
    {
        Assert.Null(Error);
        Assert.False(_ended, "Nothing follows the end.");
    }

    private void OpenFor(int choice)
    {
        Open();
        Assert.Equal(1, Started);
        Assert.False(_finish.ContainsKey(choice) && !_ended, "Nothing follows a choice's finish.");
    }

    private static string Decode(ReadOnlySpan<byte> inside) => (string)JsonNode.Parse($"\"{Encoding.UTF8.GetString(inside)}\"")!;
}
