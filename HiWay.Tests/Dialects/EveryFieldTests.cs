using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Dialects;

/// <summary>
/// Everything that a request can say by its API description (Fixtures/schemas), set to a valid value and translated for each upstream: the upstream's
/// body says something else than without it, or the answer names it as dropped, or the call is refused. What may make no difference stands here with the reason.
/// </summary>
public sealed class EveryFieldTests
{
    private const string Picture = "\"iVBORw0KGgo=\"";

    private static readonly Dictionary<string, string> s_samples = new()
    {
        ["url"] = "\"https://example.com/a.png\"", ["image_url"] = "\"data:image/png;base64,iVBORw0KGgo=\"", ["file_url"] = "\"https://example.com/a.pdf\"", ["data"] = Picture, ["file_data"] = "\"data:application/pdf;base64,JVBERi0=\"",
        ["arguments"] = "\"{\\\"city\\\":\\\"Oslo\\\"}\"", ["media_type"] = "\"image/png\"", ["n"] = "2", ["parallel_tool_calls"] = "false", ["verbosity"] = "\"low\"", ["modalities"] = """["audio"]""",
        ["parameters"] = """{"type":"object","properties":{"city":{"type":"string"}}}""", ["input_schema"] = """{"type":"object","properties":{"city":{"type":"string"}}}""", ["schema"] = """{"type":"object","properties":{"city":{"type":"string"}}}""",
    };

    private static readonly Dictionary<string, string> s_needs = new()
    {
        ["file"] = """{"file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}""", ["input_file"] = """{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}""",
        ["input_image"] = """{"image_url":"data:image/png;base64,iVBORw0KGgo="}""", ["allowed_tools"] = """{"tools":[{"type":"function","name":"weather"}],"allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"weather"}}]}}""",
        ["thinking"] = """{"signature":"c2ln","thinking":"Hm"}""", ["json_schema"] = """{"json_schema":{"name":"x","schema":{"type":"object","properties":{"city":{"type":"string"}}}}}""", ["tool"] = """{"name":"weather"}""", ["enabled"] = """{"budget_tokens":1024}""",
    };

    private static readonly (string Name, Deployment To)[] s_upstreams =
    [
        ("openai", Deployments.OpenAi("gpt-4.1-mini")), ("responses", Deployments.Responses()), ("anthropic", Deployments.Anthropic()), ("gemini", Deployments.Gemini()), ("bedrock", Deployments.Bedrock()),
        ("cohere", Deployments.Cohere()), ("ollama", Deployments.Ollama()), ("mistral", Deployments.Known("mistral")), ("groq", Deployments.Known("groq")), ("deepseek", Deployments.Known("deepseek")),
    ];

    /// <summary>What may be set without a trace: where (a pattern of its path), at which upstreams (empty for all), and why.</summary>
    private static readonly (string Path, string[] Upstreams, string Why)[] s_traceless =
    [
        (@"^\.model", [], "HiWay chooses by it and sends the deployment's own name"),
        (@"^\.stream(\(True\)|_options.*)?$", [], "HiWay itself streams, and counts"),
        (@"^\.(user|metadata(\.user_id.*)?)$", [], "HiWay itself keeps usage and caps by the end user"),
        (@"^\.store", [], "HiWay itself stores responses"),
        (@"^\.metadata\(object\)$", [], "the answer repeats it"),
        (@"^\.include\[\]=reasoning\.encrypted_content$", [], "it is always there where an upstream gives some"),

        (@"(=auto|=standard|=disabled|\(auto\)|\.verbosity=medium|\.modalities\[\]=text|\.response_format\(text\)|\.format\(text\)|\.mode=standard|=summarized|\.external_web_access|allowed_callers(\[\]=direct)?)$", [], "it is what happens without it"),
        (@"\(custom\)(\.custom)?\.format$", [], "the first choice, plain words, is what happens without it; a grammar is named"),
        (@"\.(tool_choice|service_tier|response_format|summary|generate_summary|context|detail|display)$", [], "the first choice is what happens without it; the others have rows of their own"),
        (@"\.thinking\((enabled|adaptive)\)\.display\(String\)$", [], "the same"),
        (@"\.(text|text\.format|reasoning|reasoning\(object\)|prompt_cache_options|output_config|filters|filters\(object\))$", [], "nothing is in it"),
        (@"\(search_result\)\.citations$", [], "without `enabled` they are off"),
        (@"\.user_location\(object\)\.type(=approximate)?$", [], "there is one type"),
        (@"\.tools\[\]\(web_search(_preview)?\)\.type=", [], "versions of one tool"),
        (@"\.tools\[\]\(object\)\.type(\(String\))?$", [], "a function has no type, or `custom`"),
        (@"\(user\)\.type(=message)?$", [], "a message needs no type"),
        (@"\.(status(=.*)?|id)$", [], "a record of the answer that a client sends back, not read by models"),
        (@"\.annotations\[\]", [], "a record of the answer that a client sends back, not read by models"),
        (@"^\.messages\[\]\(system\)$", [], "the older name of the developer's role"),
        (@"\(reasoning\)\.(encrypted_content(\(String\))?|content)$", [], "the thinking is named as a whole, or said in its summary"),
        (@"\.(file_id|file_url|file_id\(String\))$", [], "the sample has the data as well; alone they are tested below"),
        (@"\.(title(\(String\))?|filename)$", ["gemini", "bedrock"], "the file itself is there; only Bedrock has a place for a PDF's name, with few letters"),

        (@"^\.function_call", [], "beside tools it means nothing; beside functions it is tested in OpenAiChatRequestReaderTests"),
        (@"\.cache_control(\(ephemeral\))*\.ttl", ["openai", "responses", "gemini", "cohere", "ollama", "mistral", "groq", "deepseek"], "the mark is named as a whole"),
        (@"\.cache_control(\(ephemeral\))*\.ttl(=5m)?$", ["bedrock"], "five minutes are what happens without it"),
        (@"\.top_logprobs$", ["responses"], "without `logprobs` it says nothing"),
        (@"\.(json_schema|format\(json_schema\))(\.json_schema)?\.strict(\(True\))?$", ["anthropic", "gemini", "bedrock", "cohere", "ollama"], "they always hold to the schema"),
        (@"\(json_schema\)\.json_schema\.strict(\(True\))?$", ["anthropic", "gemini", "bedrock", "cohere", "ollama"], "they always hold to the schema"),
        (@"\.(reasoning_effort(=none)?|effort(=none)?|thinking\(disabled\))$", ["cohere"], "the model does not think"),
        (@"\.input_audio\.format=mp3$", ["mistral"], "the bytes say it"),
        (@"\(input_audio\)\.prompt_cache_breakpoint", ["anthropic"], "the sound is named as a whole"),
        (@"\.media_type=image/", ["ollama"], "the bytes say it"),
        (@"\.input_schema\.required(\(Array\))?$", ["gemini"], "the sample has no such property"),
    ];

    private static readonly (IClientDialect Client, string File, string Schema, UpstreamDialect Own)[] s_clients =
    [
        (ClientDialects.OpenAiChat, "openai-chat.json", "CreateChatCompletionRequest", UpstreamDialect.OpenAiChat),
        (ClientDialects.OpenAiResponses, "openai-responses.json", "CreateResponse", UpstreamDialect.OpenAiResponses),
        (ClientDialects.AnthropicMessages, "anthropic-messages.json", "CreateMessageParams", UpstreamDialect.AnthropicMessages),
    ];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var (client, _, _, own) in s_clients)
            {
                foreach (var (name, to) in s_upstreams.Where(upstream => client.UpstreamFor(upstream.To) != own || upstream.Name is "mistral" or "groq" or "deepseek"))
                {
                    pairs.Add(client.Name, name);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void WhatIsSaid_ArrivesOrIsNamed(string client, string upstream)
    {
        var (dialect, file, schema, _) = s_clients.Single(one => one.Client.Name == client);
        var to = s_upstreams.Single(one => one.Name == upstream).To;
        var wishes = new SchemaWalk(file, s_samples, s_needs).Wishes(schema).ToList();

        var lost = wishes.Where(wish => Verdict(dialect, wish, to) == "lost" && !MayLeaveNoTrace(wish.Path, upstream)).Select(wish => wish.Path).Distinct().ToList();

        Assert.True(wishes.Count > 150, $"Only {wishes.Count} wishes were found.");
        Assert.True(lost.Count == 0, string.Join('\n', lost));
    }

    [Theory]
    [InlineData("openai_responses", """{"input":[{"role":"user","content":[{"type":"input_image","file_id":"file_1"}]}]}""", "input[0].content[0]")]
    [InlineData("openai_responses", """{"input":[{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]}""", "input[0].content[0]")]
    [InlineData("openai_chat", """{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}]}""", "messages[0].content[0]")]
    [InlineData("anthropic_messages", """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}""", "messages[0].content[0]")]
    [InlineData("anthropic_messages", """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]}""", "messages[0].content[0]")]
    public void AFileThatLivesAtAnotherProvider_IsNamed(string client, string body, string path)
    {
        var (dialect, _, _, own) = s_clients.Single(one => one.Client.Name == client);
        foreach (var (name, to) in s_upstreams.Where(upstream => dialect.UpstreamFor(upstream.To) is not (UpstreamDialect.OpenAiChat or UpstreamDialect.OpenAiResponses) && dialect.UpstreamFor(upstream.To) != own))
        {
            var request = dialect.ReadRequest(Encoding.UTF8.GetBytes(body));
            List<string> dropped = [], told = [];
            UpstreamDialects.For(dialect.UpstreamFor(to)).WriteRequest(request, to, false, new ArrayBufferWriter<byte>(), dropped);
            DroppedPaths.Report(request, dropped, told);

            Assert.True(told.Exists(one => one.StartsWith(path, StringComparison.Ordinal)), $"{name}: {string.Join(", ", told)}");
        }
    }

    private static bool MayLeaveNoTrace(string path, string upstream) =>
        Array.Exists(s_traceless, one => (one.Upstreams.Length == 0 || one.Upstreams.Contains(upstream)) && Regex.IsMatch(path, one.Path));

    private static string Verdict(IClientDialect client, SchemaWalk.Wish wish, Deployment to)
    {
        try
        {
            var (plain, always) = Translate(client, wish.Without, to);
            try
            {
                var (body, dropped) = Translate(client, wish.With, to);
                return body != plain ? "said" : !dropped.SequenceEqual(always) || dropped.Exists(path => Holds(path, wish.Path)) ? "named" : "lost";
            }
            catch (InvalidChatRequestException)
            {
                return "refused";
            }
        }
        catch (InvalidChatRequestException)
        {
            return "refused";   // it cannot be left out
        }
    }

    private static (string Body, List<string> Dropped) Translate(IClientDialect client, JsonNode? members, Deployment to)
    {
        var body = (members as JsonObject ?? []).DeepClone().AsObject();
        body["model"] = "m";
        Embed(client.Name, body);
        var request = client.ReadRequest(Encoding.UTF8.GetBytes(body.ToJsonString()));
        var written = new ArrayBufferWriter<byte>();
        List<string> dropped = [.. request.NotCarried];
        UpstreamDialects.For(client.UpstreamFor(to)).WriteRequest(request, to, false, written, dropped);
        var told = new List<string>();
        DroppedPaths.Report(request, dropped, told);
        return (Encoding.UTF8.GetString(written.WrittenSpan), told);
    }

    /// <summary>Naming a thing names all that it holds.</summary>
    private static bool Holds(string path, string wish)
    {
        var (named, said) = (Names(path), Names(wish));
        return named.Count <= said.Count && named.SequenceEqual(said.Take(named.Count));
    }

    private static List<string> Names(string path) =>
        [.. Regex.Replace(path, @"\[\d*\]|\([a-zA-Z_0-9]*\)|=.*", "").Split('.', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>A conversation around the message in question, and a tool for what is said about tools.</summary>
    private static void Embed(string client, JsonObject body)
    {
        switch (client)
        {
            case "openai_chat":
                body["messages"] = Around(body["messages"], """{"role":"user","content":"Hi"}""",
                    """{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{}"}}]}""", """{"role":"tool","tool_call_id":"call_1","content":"Sun"}""");
                body["tools"] ??= body["functions"] is not null ? null : JsonNode.Parse("""[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{}}}},{"type":"function","function":{"name":"clock","parameters":{"type":"object","properties":{}}}}]""");
                break;
            case "openai_responses":
                if (body["input"] is not JsonValue)
                {
                    body["input"] = Around(body["input"], """{"role":"user","content":"Hi"}""", """{"type":"function_call","call_id":"call_1","name":"weather","arguments":"{}"}""", """{"type":"function_call_output","call_id":"call_1","output":"Sun"}""");
                }

                body["tools"] ??= JsonNode.Parse("""[{"type":"function","name":"weather","parameters":{"type":"object","properties":{}},"strict":null},{"type":"function","name":"clock","parameters":{"type":"object","properties":{}},"strict":null}]""");
                break;
            default:
                body["max_tokens"] = 3000;
                body["messages"] = Around(body["messages"], """{"role":"user","content":"Hi"}""", """{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"weather","input":{}}]}""", """{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"Sun"}]}""");
                body["tools"] ??= JsonNode.Parse("""[{"name":"weather","input_schema":{"type":"object","properties":{}}}]""");
                break;
        }
    }

    private static JsonArray Around(JsonNode? middle, string user, string call, string result)
    {
        var turns = new JsonArray(JsonNode.Parse(user), JsonNode.Parse(call), JsonNode.Parse(result));
        foreach (var one in middle as JsonArray ?? [])
        {
            turns.Add(one!.DeepClone());
        }

        turns.Add(JsonNode.Parse(user));
        return turns;
    }
}
