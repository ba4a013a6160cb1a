using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Tests.Dialects;

public sealed class OpenAiChatRequestReaderTests
{
    private static ChatRequest Read(string body) => OpenAiChatRequestReader.Read(Encoding.UTF8.GetBytes(body));

    private static IReadOnlyList<ChatPart> PartsOf(string message) => Read($$"""{"messages":[{{message}}]}""").Messages[0].Parts;

    [Fact]
    public void Settings_FindTheirPlace()
    {
        var request = Read(Deployments.Ask("""
            "max_tokens":9,"max_completion_tokens":7,"temperature":0.5,"top_p":0.9,"top_k":40,"frequency_penalty":1,"presence_penalty":-1,"seed":3,"n":2,
            "stop":"END","user":"u1","parallel_tool_calls":false,"reasoning_effort":"low","stream":true,"stream_options":{"include_usage":true},
            "hiway":{"tier":"light"},"cache":false,"logit_bias":{"1":2},"service_tier":null
            """));

        Assert.Equal((7, 0.5, 0.9, 40, 1.0, -1.0), (request.MaxOutputTokens, request.Temperature, request.TopP, request.TopK, request.FrequencyPenalty, request.PresencePenalty));
        Assert.Equal((3L, 2, "u1", false, "low"), (request.Seed, request.Choices, request.EndUser, request.ParallelToolCalls, request.Reasoning!.Effort));
        Assert.Equal(["END"], request.StopSequences);
        Assert.Equal(["logit_bias"], request.Extensions.Keys);
    }

    [Fact]
    public void StopMayBeAList() => Assert.Equal(["a", "b"], Read(Deployments.Ask("""  "stop":["a","b"] """)).StopSequences);

    [Fact]
    public void RolesAreKept()
    {
        var request = Read("""{"messages":[{"role":"system","content":"s"},{"role":"developer","content":"d"},{"role":"user","content":"u","name":"Ann"},{"role":"assistant","content":"a"},{"role":"tool","tool_call_id":"c","content":"t"}]}""");
        Assert.Equal([ChatRole.System, ChatRole.Developer, ChatRole.User, ChatRole.Assistant, ChatRole.Tool], request.Messages.Select(message => message.Role));
        Assert.Equal("Ann", request.Messages[2].Name);
        Assert.Equal("c", Assert.IsType<ToolResultPart>(Assert.Single(request.Messages[4].Parts)).CallId);
    }

    [Fact]
    public void PartsAreTyped()
    {
        var parts = PartsOf("""
            {"role":"user","content":[
              {"type":"text","text":"t","cache_control":{"type":"ephemeral"}},
              {"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},
              {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
              {"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}},
              {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}},
              {"type":"file","file":{"file_id":"file-1"}},
              {"type":"file","file":{"filename":"a.mp4","file_data":"gs://b/a.mp4"}},
              {"type":"video_url","video_url":{"url":"https://x/v.mp4"}}]}
            """);

        Assert.Equal("ephemeral", parts[0].CacheControl!.Value.GetProperty("type").GetString());
        Assert.Equal(new ImagePart("https://x/y.png", null, null, "low"), parts[1]);
        Assert.Equal(new ImagePart(null, "image/png", "AAAA"), parts[2]);
        Assert.Equal(new AudioPart("BBBB", "mp3"), parts[3]);
        Assert.Equal(new FilePart(null, "application/pdf", "CCCC", null, "a.pdf"), parts[4]);
        Assert.Equal(new FilePart(null, null, null, "file-1", null), parts[5]);
        Assert.Equal(new FilePart("gs://b/a.mp4", "video/mp4", null, null, "a.mp4"), parts[6]);
        Assert.Equal("video_url", Assert.IsType<UnknownPart>(parts[7]).Kind);
    }

    [Fact]
    public void AnAssistantTurn_HasReasoningThenWordsThenCalls()
    {
        var parts = PartsOf("""
            {"role":"assistant","content":"w","reasoning_content":"r",
             "reasoning_details":[{"type":"reasoning.text","index":0,"text":"r","signature":"s","format":"anthropic-claude-v1"},{"type":"reasoning.encrypted","data":"e","format":"anthropic-claude-v1"}],
             "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}}]}
            """);

        Assert.Equal(
        [
            new ReasoningPart("r", "s", null, SignatureFormats.Anthropic),
            new ReasoningPart("", null, "e", SignatureFormats.Anthropic),
            new TextPart("w"),
            new ToolCallPart("c1", "f", "{}") { Signature = "g", SignatureFormat = SignatureFormats.Gemini },
        ], parts);
    }

    [Fact]
    public void PiecesOfReasoningThatAClientKeptApart_AreOneBlock()
    {
        var parts = PartsOf("""
            {"role":"assistant","content":"w","reasoning_details":[{"type":"reasoning.text","index":0,"text":"a"},{"type":"reasoning.text","index":0,"text":"b"},
             {"type":"reasoning.text","index":0,"signature":"s","format":"anthropic-claude-v1"},{"type":"reasoning.text","index":1,"text":"c"}]}
            """);
        Assert.Equal([new ReasoningPart("ab", "s", null, SignatureFormats.Anthropic), new ReasoningPart("c", null), new TextPart("w")], parts);
    }

    [Fact]
    public void ASignatureWithoutItsText_TakesThePlainText()
    {
        var parts = PartsOf("""{"role":"assistant","content":"w","reasoning_content":"r","reasoning_details":[{"type":"reasoning.text","signature":"s"}]}""");
        Assert.Equal(new ReasoningPart("r", "s"), parts[0]);
    }

    [Fact]
    public void LegacyFunctions_BecomeTools_AndResultsFindTheirCall()
    {
        var request = Read("""
            {"functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"},"messages":[
              {"role":"user","content":"u"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},{"role":"function","name":"f","content":"r"}]}
            """);

        Assert.True(request.LegacyFunctions);
        Assert.Equal("f", Assert.Single(request.Tools).Name);
        Assert.Equal(new ToolChoice(ToolChoiceKind.Function, "f").FunctionName, request.ToolChoice!.FunctionName);
        var call = Assert.IsType<ToolCallPart>(Assert.Single(request.Messages[1].Parts));
        Assert.Equal(call.Id, Assert.IsType<ToolResultPart>(Assert.Single(request.Messages[2].Parts)).CallId);
    }

    [Theory]
    [InlineData("\"auto\"", ToolChoiceKind.Auto, null)]
    [InlineData("\"none\"", ToolChoiceKind.None, null)]
    [InlineData("\"required\"", ToolChoiceKind.Required, null)]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", ToolChoiceKind.Function, "f")]
    public void ToolChoice_IsRead(string choice, ToolChoiceKind kind, string? name)
    {
        var read = Read(Deployments.Ask($"\"tool_choice\":{choice}")).ToolChoice!;
        Assert.Equal((kind, name), (read.Kind, read.FunctionName));
    }

    [Fact]
    public void AllowedTools_AreRead()
    {
        var choice = Read(Deployments.Ask("""  "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}} """)).ToolChoice!;
        Assert.Equal(ToolChoiceKind.Required, choice.Kind);
        Assert.Equal(["f"], choice.AllowedFunctions);
    }

    [Theory]
    [InlineData("""  "reasoning_effort":"high" """, "high", null)]
    [InlineData("""  "reasoning":{"effort":"low"} """, "low", null)]
    [InlineData("""  "reasoning":{"max_tokens":2000} """, null, 2000)]
    [InlineData("""  "reasoning":{"enabled":false} """, "none", null)]
    [InlineData("""  "thinking":{"type":"enabled","budget_tokens":1500} """, null, 1500)]
    [InlineData("""  "thinking":{"type":"disabled"} """, "none", null)]
    [InlineData("""  "thinking":{"type":"adaptive"} """, "medium", null)]
    public void ReasoningIsRead_HoweverTheClientSaysIt(string more, string? effort, int? budget) =>
        Assert.Equal(new ReasoningSettings(effort, budget), Read(Deployments.Ask(more)).Reasoning);

    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("{}", "messages")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"messages":"hi"}""", "messages")]
    [InlineData("""{"messages":[1]}""", "messages[0]")]
    [InlineData("""{"messages":[{"content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"robot","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}""", "messages[0].content[0].image_url.url")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,xx"}}]}]}""", "messages[0].content[0].image_url.url")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"}]}""", null)]
    [InlineData("""{"messages":[{"role":"tool","content":"x"}]}""", "messages[0].tool_call_id")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"id":"c"}]}]}""", "messages[0].tool_calls[0].function")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":"hot"}""", "temperature")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":0}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":"text"}}}""", "response_format.json_schema.schema")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":1.5}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"n":1000}""", "n")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stop":5}""", "stop")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":{}}""", "tools")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{}}]}""", "tools[0].function.name")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"tool_choice":"maybe"}""", "tool_choice")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}}""", "response_format.type")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"reasoning_effort":"lots"}""", "reasoning_effort")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"messages":[]}""", null)]
    public void AWrongBody_NamesTheFieldAtFault(string body, string? param)
    {
        var refusal = Assert.Throws<InvalidChatRequestException>(() => Read(body));
        Assert.Equal(param, refusal.Param);
        Assert.True(refusal.Message.Length > 10);
    }

    public static TheoryData<Recording> Requests => new(Recording.All.Where(one => one.Api == "chat_completions" && one.RequestBody is not null && one.Status < 400));

    [Theory]
    [MemberData(nameof(Requests))]
    public void ARecordedRequest_IsReadAndWrittenBackWithTheSameMeaning(Recording recording)
    {
        var sent = recording.RequestBody!.DeepClone().AsObject();
        if ((sent["tool_choice"] as JsonValue)?.ToString() == "any")
        {
            sent["tool_choice"] = "required";   // Mistral's word for the same
        }

        // OpenRouter knows fields that OpenAI does not, and OpenAI takes no thinking back.
        var thinks = sent["messages"]!.AsArray().Any(message => message!["reasoning_content"] is not null || message["reasoning"] is not null);
        var to = Deployments.OpenAi((string)sent["model"]!, recording.Provider is "openrouter" ? "openrouter" : thinks ? "vllm" : "openai");
        var (body, dropped) = Deployments.Translate(sent.ToJsonString(), to);
        Assert.Empty(dropped);

        // Written again, what was read from what was written is the same: nothing is lost on the second way either.
        var (again, _) = Deployments.Translate(body.ToJsonString(), to);
        Assert.Equal(SeenAnswer.Canonical(body), SeenAnswer.Canonical(again));
        foreach (var (name, value) in sent.Where(member => member.Value is not null && member.Key is not ("stream" or "stream_options" or "max_tokens" or "messages" or "thinking" or "reasoning" or "n")
            && !((thinks || recording.Provider is "openrouter") && member.Key is "max_completion_tokens" or "reasoning_effort")))
        {
            Assert.Equal(SeenAnswer.Canonical(Strip(value)), SeenAnswer.Canonical(Strip(body[name])));
        }

        Assert.Equal(sent["messages"]!.AsArray().Count, body["messages"]!.AsArray().Count);
    }

    /// <summary>Nulls say nothing, and a single stop word may be written as a list.</summary>
    private static JsonNode? Strip(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(
            members.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Key, Strip(member.Value?.DeepClone())))),
        JsonArray items => new JsonArray([.. items.Select(item => Strip(item?.DeepClone()))]),
        _ => node,
    };
}
