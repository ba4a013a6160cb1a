using System.Text;
using System.Text.Json;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;

namespace HiWay.Tests.Routing;

/// <summary>Builds what the gateway's body scan would hand to the router.</summary>
public sealed class Prompt
{
    private readonly List<byte> _body = [];
    private readonly List<PromptSpan> _texts = [];
    private int _messages;

    public int Tools { get; init; }

    public bool ToolForced { get; init; }

    public bool ToolHistory { get; init; }

    public int Images { get; init; }

    public bool Reasoning { get; init; }

    public bool Schema { get; init; }

    public int? MaxOutputTokens { get; init; }

    /// <summary>Null estimates four bytes per token.</summary>
    public int? PromptTokens { get; init; }

    public static Prompt User(string text) => new Prompt().Add(PromptRole.User, text);

    public Prompt Add(PromptRole role, params string[] parts)
    {
        foreach (var part in parts)
        {
            var json = JsonEncodedText.Encode(Encoding.UTF8.GetBytes(part)).EncodedUtf8Bytes; // via bytes: lone surrogates become U+FFFD
            _body.Add((byte)'"');
            _texts.Add(new(role, _body.Count, json.Length, _messages));
            _body.AddRange(json);
            _body.Add((byte)'"');
        }

        _messages++;
        return this;
    }

    /// <summary>Adds the inside of a JSON string as it is.</summary>
    public Prompt AddRaw(PromptRole role, string json)
    {
        _texts.Add(new(role, _body.Count, Encoding.UTF8.GetByteCount(json), _messages++));
        _body.AddRange(Encoding.UTF8.GetBytes(json));
        return this;
    }

    public RouteDecision Decide(RoutingSettings? settings = null)
    {
        var body = _body.ToArray();
        var texts = _texts.ToArray();
        return Router.Decide(Facts(body, texts), settings ?? RoutingSettings.Default);
    }

    public RouteFeatures Read()
    {
        Router.Read(Facts([.. _body], [.. _texts]), out var features);
        return features;
    }

    public RouteNeeds Needs() => RouteNeeds.Of(Facts([.. _body], [.. _texts]), "auto", null);

    private PromptFacts Facts(byte[] body, PromptSpan[] texts) => new()
    {
        Body = body, Texts = texts, MessageCount = _messages, ToolCount = Tools, ToolForced = ToolForced, HasToolHistory = ToolHistory,
        ImageCount = Images, WantsReasoning = Reasoning, WantsJsonSchema = Schema, MaxOutputTokens = MaxOutputTokens,
        PromptTokens = PromptTokens ?? ((body.Length / 4) + (Tools * 80)),
    };
}
