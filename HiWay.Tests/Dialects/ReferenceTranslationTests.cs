using System.Text.Json.Nodes;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>
/// Requests of OpenAI's dialect beside another project's translation of them, which the providers accepted (Fixtures/translations): ours says the same,
/// or says why it differs.
/// </summary>
public sealed class ReferenceTranslationTests
{
    /// <summary>Where ours differs on purpose.</summary>
    internal static readonly Dictionary<string, string> Differences = new()
    {
        ["exclusiveMinimumToolParam to gemini"] = "a limit that the provider does not take is told in the description",
        ["jsonSchemaMinMaxItemsParam to anthropic-messages"] = "a limit that the provider does not take is told in the description",
        ["jsonSchemaPrefixItemsParam to anthropic-messages"] = "a limit that the provider does not take is told in the description",
        ["textFormatJsonSchemaWithDescriptionParam to anthropic-messages"] = "the description of the format is told in the schema",
        ["nMultipleCompletionsParam to gemini"] = "candidateCount exists",
        ["seedParam to gemini"] = "seed exists",
        ["reasoningEffortLowParam to anthropic-messages"] = "an effort without thinking would not make the model think",
        ["reasoningSummaryParam to anthropic-messages"] = "an effort without thinking would not make the model think",
        ["chatCompletionsAnthropicCacheControlParam to bedrock-converse"] = "a cache mark becomes a cache point",
        ["chatCompletionsAssistantCacheControlParam to bedrock-converse"] = "a cache mark becomes a cache point",
        ["imageUrlMimeTypeFallbackParam to bedrock-converse"] = "HiWay fetches the picture before the request is written",
        ["multimodalRequest to bedrock-converse"] = "HiWay fetches the picture before the request is written",
        ["jsonSchemaFormatParam to bedrock-converse"] = "the schema is kept as output configuration",
        ["jsonSchemaMinMaxItemsParam to bedrock-converse"] = "the schema is kept as output configuration",
        ["jsonSchemaPrefixItemsParam to bedrock-converse"] = "the schema is kept as output configuration",
        ["textFormatJsonSchemaMissingRequiredPropertyParam to bedrock-converse"] = "the schema is kept as output configuration",
        ["textFormatJsonSchemaParam to bedrock-converse"] = "the schema is kept as output configuration",
        ["textFormatJsonSchemaWithDescriptionParam to bedrock-converse"] = "the schema is kept as output configuration",
        ["opus47AdaptiveThinkingReasoningEffortParam to bedrock-converse"] = "the budget of an effort is the same for all providers of a model",
        ["reasoningSummaryParam to bedrock-converse"] = "the budget needs a limit of the whole answer above it",
        ["simpleRequest to bedrock-converse"] = "the budget needs a limit of the whole answer above it",
        ["reasoningEffortLowParam to bedrock-converse"] = "the budget needs a limit of the whole answer above it",
        ["reasoningEffortMinimalParam to bedrock-converse"] = "the budget needs a limit of the whole answer above it",
        ["parallelToolCallsDisabledParam to bedrock-converse"] = "Claude is told in its own fields, and strict is kept",
        ["stopSequencesParam to bedrock-converse"] = "Claude says which sequence stopped it to those who ask",
        ["toolChoiceRequiredParam to bedrock-converse"] = "a forced choice and strict are kept",
        ["systemMessageArrayContent to bedrock-converse"] = "instructions have a place of their own",
        ["reasoningEffortNoneParam to gemini"] = "the unspecified level would let the model think as much as it likes",
    };

    public sealed record Case(string Name, string To, string Request, JsonNode? Reference)
    {
        public override string ToString() => $"{Name} to {To}";
    }

    public static IEnumerable<Case> All => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "translations", "openai-chat.jsonl"))
        .Select(line => JsonNode.Parse(line)!)
        .Select(node => new Case((string)node["case"]!, (string)node["to"]!, node["request"]!.ToJsonString(), node["reference_request"]));

    public static TheoryData<string> Names => new(All.Where(one => one.Reference is not null).Select(one => one.ToString()));

    [Theory]
    [MemberData(nameof(Names))]
    public void Translation_SaysWhatTheReferenceSays(string name)
    {
        var one = All.Single(known => known.ToString() == name);
        var model = (string)(one.Reference!["model"] ?? one.Reference["modelId"])!;
        var (body, _) = Deployments.Translate(one.Request, one.To switch
        {
            "gemini" => Deployments.Gemini(model),
            "bedrock-converse" => Deployments.Bedrock(model),
            _ => Deployments.Anthropic(model),
        });
        var (expected, ours) = (SeenAnswer.Canonical(Plain(one.Reference)), SeenAnswer.Canonical(Plain(body)));
        if (Differences.TryGetValue(name, out var why))
        {
            Assert.True(expected != ours, $"There is no difference any more: {why}");
            return;
        }

        Assert.True(expected == ours, $"{expected}\n{ours}");
    }

    /// <summary>Without what says nothing: nulls, empty objects, the model's name, an order of turns that the API joins itself, and short forms written long.</summary>
    internal static JsonNode? Plain(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var plain = new JsonObject();
                foreach (var (name, value) in members)
                {
                    if (value is not null && name is not ("model" or "modelId") && Plain(value) is { } kept && kept is not JsonObject { Count: 0 })
                    {
                        plain[name] = kept;
                    }
                }

                if (plain is { Count: 2 } && plain["role"] is not null && plain["content"] is JsonArray { Count: 1 } single && single[0]!["cache_control"] is null
                    && (string?)single[0]!["type"] == "text")
                {
                    plain["content"] = single[0]!["text"]!.DeepClone();
                }

                return plain;
            case JsonArray items:
                var list = new JsonArray();
                foreach (var item in items.Select(Plain))
                {
                    if (list is [.., JsonObject last] && item is JsonObject next && next["role"] is not null
                        && (string?)last["role"] == (string?)next["role"] && last["content"] is JsonArray before && next["content"] is JsonArray more)
                    {
                        more.ToList().ForEach(part => before.Add(part!.DeepClone()));
                    }
                    else
                    {
                        list.Add(item);
                    }
                }

                return list;
            default:
                return node?.DeepClone();
        }
    }
}
