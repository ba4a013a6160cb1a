using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>
/// Requests of Anthropic's dialect beside another project's translation of them, which the providers accepted (Fixtures/translations): ours says the same,
/// or says why it differs. And the providers' real answers, told back to Anthropic's clients.
/// </summary>
public sealed class AnthropicReferenceTests
{
    /// <summary>Where ours differs on purpose.</summary>
    internal static readonly Dictionary<string, string> Differences = new()
    {
        ["anthropicMixedToolResultWithText to gemini"] = "every result stands under one name, whatever it is, and a call of unknown origin is marked as such",
        ["parallelToolCallsRequest to gemini"] = "calls and results are matched by their order; ids are optional",
        ["chatCompletionsAnthropicCacheControlParam to gemini"] = "the reference belongs to a shorter request",
        ["multimodalRequest to openai-chat"] = "the media type that the client states is kept; the bytes are not looked at",
        ["responsesToolSearchInputParam to gemini"] = "a function without arguments has no schema",
        ["safetyIdentifierParam to openai-chat"] = "'user' is what all servers of this dialect take",
        ["webSearchUserLocationParam to gemini"] = "Gemini has a search of its own; the place is reported as dropped",
        ["simpleRequestTruncated to openai-chat"] = "the client's limit is kept",
    };

    public sealed record Case(string Name, string To, string Request, JsonNode? Reference, JsonNode? Answer, JsonNode? ReferenceAnswer)
    {
        public override string ToString() => $"{Name} to {To}";
    }

    public static IEnumerable<Case> All => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "translations", "anthropic-messages.jsonl"))
        .Select(line => JsonNode.Parse(line)!)
        .Select(node => new Case((string)node["case"]!, (string)node["to"]!, node["request"]!.ToJsonString(), node["reference_request"], node["provider_answer"], node["reference_answer"]));

    public static TheoryData<string> Requests => new(All.Where(one => one.Reference is not null).Select(one => one.ToString()));

    public static TheoryData<string> Answers => new(All.Where(one => one.Answer is not null).Select(one => one.ToString()));

    [Theory]
    [MemberData(nameof(Requests))]
    public void ARequest_SaysWhatTheReferenceSays(string name)
    {
        var one = All.Single(known => known.ToString() == name);
        var model = (string)one.Reference!["model"]!;
        var (body, _) = Translate(one.Request, one.To == "gemini" ? Deployments.Gemini(model) : Deployments.OpenAi(model));
        var (expected, ours) = (SeenAnswer.Canonical(Plain(one.Reference)), SeenAnswer.Canonical(Plain(body)));
        if (Differences.TryGetValue(name, out var why))
        {
            Assert.True(expected != ours, $"There is no difference any more: {why}");
            return;
        }

        Assert.True(expected == ours, $"{expected}\n{ours}");
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void AnAnswer_SaysWhatTheReferenceSays(string name)
    {
        var one = All.Single(known => known.ToString() == name);
        var writer = new AnthropicAnswerWriter(new("msg_x", "m", 1));
        UpstreamDialects.For(one.To == "gemini" ? UpstreamDialect.Gemini : UpstreamDialect.OpenAiChat).ReadAnswer(Encoding.UTF8.GetBytes(one.Answer!.ToJsonString()), writer);
        var ours = AnthropicWriterTests.Json(writer);

        Assert.Equal(AnthropicMessage.Text(one.ReferenceAnswer!), AnthropicMessage.Text(ours));
        Assert.Equal(AnthropicMessage.Calls(one.ReferenceAnswer!), AnthropicMessage.Calls(ours));
        Assert.Equal((string?)one.ReferenceAnswer!["stop_reason"], (string?)ours["stop_reason"]);
        Assert.Equal((long)one.ReferenceAnswer["usage"]!["output_tokens"]!, (long)ours["usage"]!["output_tokens"]!);
    }

    internal static (JsonObject Body, List<string> Dropped) Translate(string anthropicBody, Deployment to, bool stream = false)
    {
        var request = AnthropicRequestReader.Read(Encoding.UTF8.GetBytes(anthropicBody));
        var body = new ArrayBufferWriter<byte>();
        var dropped = new List<string>();
        UpstreamDialects.For(to.Provider.Dialect).WriteRequest(request, to, stream, body, dropped);
        return (JsonNode.Parse(body.WrittenSpan)!.AsObject(), dropped);
    }

    /// <summary>Without what says nothing: nulls, empty objects, the model's name, and short forms written long.</summary>
    private static JsonNode? Plain(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var plain = new JsonObject();
                foreach (var (name, value) in members)
                {
                    if (value is not null && name is not "model" && Plain(value) is { } kept && kept is not (JsonObject { Count: 0 } or JsonArray { Count: 0 }))
                    {
                        plain[name] = kept;
                    }
                }

                if (plain["role"] is not null && plain["content"] is JsonArray { Count: 1 } single && (string?)single[0]!["type"] == "text" && single[0]!.AsObject().Count == 2)
                {
                    plain["content"] = single[0]!["text"]!.DeepClone();
                }

                return plain;
            case JsonArray items:
                return new JsonArray([.. items.Select(Plain)]);
            default:
                return node?.DeepClone();
        }
    }
}
