using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Dialects.OpenAiResponses;

namespace HiWay.Tests.Dialects;

/// <summary>
/// Requests of and to OpenAI's Responses API beside another project's translation of them, which the providers accepted (Fixtures/translations): ours
/// says the same, or says why it differs.
/// </summary>
public sealed class ResponsesTranslationTests
{
    /// <summary>Where ours differs on purpose.</summary>
    internal static readonly Dictionary<string, string> Differences = new()
    {
        ["chatCompletionsAnthropicCacheControlParam from openai-chat to openai-responses"] = "OpenAI caches by itself; another maker's mark is left out",
        ["textFormatJsonSchemaWithDescriptionParam from openai-responses to anthropic-messages"] = "the description of the format is told in the schema",
        ["codeInterpreterToolParam from openai-responses to gemini"] = "an empty list of tools says nothing",
        ["exclusiveMinimumToolParam from openai-responses to gemini"] = "a limit that the provider does not take is told in the description",
        ["jsonSchemaMinMaxItemsParam from openai-responses to anthropic-messages"] = "a limit that the provider does not take is told in the description",
        ["jsonSchemaPrefixItemsParam from openai-responses to anthropic-messages"] = "a limit that the provider does not take is told in the description",
        ["openaiServiceTierFastParam from openai-responses to gemini"] = "the tier is reported as dropped",
        ["reasoningEffortLowParam from openai-responses to anthropic-messages"] = "an effort without thinking would not make the model think",
        ["reasoningEffortMinimalParam from openai-chat to openai-responses"] = "the caller's word is OpenAI's own",
        ["reasoningEffortNoneParam from openai-responses to gemini"] = "the unspecified level would let the model think as much as it likes",
        ["reasoningRequest from openai-responses to anthropic-messages"] = "the answer keeps a fifth of the limit",
        ["reasoningSummaryParam from openai-responses to anthropic-messages"] = "an effort without thinking would not make the model think",
        ["responsesFunctionCallOutputWithoutThoughtSignatureParam from openai-responses to anthropic-messages"] = "members keep their order; ids mean nothing to the API",
        ["responsesFunctionCallOutputWithoutThoughtSignatureParam from openai-responses to gemini"] = "members keep their order; ids mean nothing to the API",
        ["responsesGpt56ReasoningMaxProContextParam from openai-responses to anthropic-messages"] = "the answer keeps a fifth of the limit",
        ["responsesReasoningEffortMaxParam from openai-responses to anthropic-messages"] = "an effort without thinking would not make the model think",
        ["responsesToolSearchInputParam from openai-responses to anthropic-messages"] = "the provider's own search of tools is reported as dropped",
        ["responsesToolSearchInputParam from openai-responses to gemini"] = "the provider's own search of tools is reported as dropped",
        ["safetyIdentifierParam from openai-chat to openai-responses"] = "OpenAI has the field itself",
        ["systemMessageArrayContent from openai-chat to openai-responses"] = "one text needs no list",
        ["textFormatJsonSchemaMissingRequiredPropertyParam from openai-chat to openai-responses"] = "the schema is the caller's",
    };

    public sealed record Case(string Name, string From, string To, string Request, JsonNode Reference)
    {
        public override string ToString() => $"{Name} from {From} to {To}";
    }

    public static IEnumerable<Case> All => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "translations", "openai-responses.jsonl"))
        .Where(line => line.Length > 0)
        .Select(line => JsonNode.Parse(line)!)
        .Select(node => new Case((string)node["case"]!, (string)node["from"]!, (string)node["to"]!, node["request"]!.ToJsonString(), node["reference_request"]!));

    public static TheoryData<string> Names => new(All.Select(one => one.ToString()));

    [Theory]
    [MemberData(nameof(Names))]
    public void Translation_SaysWhatTheReferenceSays(string name)
    {
        var one = All.Single(known => known.ToString() == name);
        var bytes = Encoding.UTF8.GetBytes(one.Request);
        var request = one.From == "openai-chat" ? OpenAiChatRequestReader.Read(bytes) : OpenAiResponsesRequestReader.Read(bytes);
        var model = (string)one.Reference["model"]!;
        var to = one.To switch
        {
            "gemini" => Deployments.Gemini(model),
            "anthropic-messages" => Deployments.Anthropic(model),
            _ => Deployments.Responses(model),
        };
        var body = new ArrayBufferWriter<byte>();
        UpstreamDialects.For(to.Dialect).WriteRequest(request, to, stream: (bool?)one.Reference["stream"] ?? false, body, []);
        if (one.To == "openai-responses")
        {
            SchemaCheck.OpenAiResponses.Accepts("CreateResponse", JsonNode.Parse(body.WrittenSpan));
        }

        var (expected, ours) = (Comparable(one.Reference), Comparable(JsonNode.Parse(body.WrittenSpan)));
        if (Differences.TryGetValue(name, out var why))
        {
            Assert.True(expected != ours, $"There is no difference any more: {why}");
            return;
        }

        Assert.True(expected == ours, $"{expected}\n{ours}");
    }

    private static string Comparable(JsonNode? node) => SeenAnswer.Canonical(Bare(ReferenceTranslationTests.Plain(node)));

    /// <summary>Without what says what the API takes for granted, and what HiWay always says: that nothing is stored, and how reasoning shall come back.</summary>
    private static JsonNode? Bare(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var bare = new JsonObject();
                foreach (var (name, value) in members)
                {
                    var granted = name is "store" or "include" or "status" || (name == "strict" && value?.ToJsonString() == "false")
                        || (name == "detail" && (string?)value == "auto") || (name == "type" && (string?)value == "message");
                    if (!granted)
                    {
                        bare[name] = Bare(value);
                    }
                }

                return bare;
            case JsonArray items:
                return new JsonArray([.. items.Select(Bare)]);
            default:
                return node?.DeepClone();
        }
    }
}
