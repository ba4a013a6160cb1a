using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

public sealed class AnthropicRequestTests
{
    private const string Tool = """{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}""";

    private static (JsonObject Body, List<string> Dropped) Write(string body, string model = "claude-sonnet-4-5", int? maxOutput = 64_000, bool stream = false)
    {
        var (written, dropped) = Deployments.Translate(body, Deployments.Anthropic(model, maxOutput), stream);
        SchemaCheck.Anthropic.Accepts("CreateMessageParams", written);
        return (written, dropped);
    }

    private static string Json(JsonNode? node) => SeenAnswer.Canonical(node);

    private static void Same(string expected, JsonNode? actual) => Assert.Equal(SeenAnswer.Canonical(expected), Json(actual));

    [Fact]
    public void AddressAndHeaders_AreTheApis()
    {
        var dialect = UpstreamDialects.For(UpstreamDialect.AnthropicMessages);
        var headers = new HttpRequestMessage().Headers;
        dialect.WriteHeaders(headers, new Secret("sk-1"));
        Assert.Equal("https://api.anthropic.com/v1/messages", dialect.ChatUri(Deployments.Anthropic(), stream: true).AbsoluteUri);
        Assert.Equal(("sk-1", "2023-06-01"), (headers.GetValues("x-api-key").Single(), headers.GetValues("anthropic-version").Single()));
    }

    [Theory]
    [InlineData(null, 64_000, 64_000)]
    [InlineData(100, 64_000, 100)]
    [InlineData(100_000, 64_000, 64_000)]
    [InlineData(null, null, 4096)]
    public void MaxTokens_IsAlwaysThere(int? asked, int? limit, int written)
    {
        var (body, _) = Write(Deployments.Ask(asked is null ? "" : $"\"max_tokens\":{asked}"), maxOutput: limit);
        Assert.Equal(written, (int)body["max_tokens"]!);
    }

    [Fact]
    public void Instructions_AreTheSystemPrompt_AndKeepTheirPlaceBetweenTurns()
    {
        var (body, _) = Write("""{"messages":[{"role":"system","content":"A"},{"role":"developer","content":"B"},{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"system","content":"C"},{"role":"user","content":"3"}]}""");
        Same("""[{"type":"text","text":"A"},{"type":"text","text":"B"}]""", body["system"]);
        Same("""[{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"user","content":[{"type":"text","text":"<system>\nC\n</system>"},{"type":"text","text":"3"}]}]""", body["messages"]);
    }

    [Fact]
    public void OnlyInstructions_BecomeTheQuestion()
    {
        var (body, _) = Write("""{"messages":[{"role":"system","content":"A"}]}""");
        Assert.Null(body["system"]);
        Same("""[{"role":"user","content":"A"}]""", body["messages"]);
    }

    [Fact]
    public void TurnsOfOneSide_AreMerged_AndEmptyTextIsLeftOut()
    {
        var (body, _) = Write("""{"messages":[{"role":"user","content":"1"},{"role":"user","content":" "},{"role":"user","content":"2"},{"role":"assistant","content":""},{"role":"user","content":"3"}]}""");
        Same("""[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"},{"type":"text","text":"3"}]}]""", body["messages"]);
    }

    [Fact]
    public void ParallelResults_ComeTogetherAndFirst_InTheTurnAfterTheirCalls()
    {
        var (body, _) = Write($$$"""
            {"tools":[{{{Tool}}}],"messages":[{"role":"user","content":"u"},
             {"role":"assistant","content":"thinking aloud","tool_calls":[{"id":"c:1","type":"function","function":{"name":"f","arguments":"{\"a\":\"x\"}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":""}}]},
             {"role":"system","content":"S"},{"role":"tool","tool_call_id":"c:1","content":"r1"},
             {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"r2"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},{"role":"user","content":"go on"}]}
            """);
        Same("""
            [{"role":"user","content":"u"},
             {"role":"assistant","content":[{"type":"text","text":"thinking aloud"},{"type":"tool_use","id":"c_1","name":"f","input":{"a":"x"}},{"type":"tool_use","id":"c2","name":"f","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"c_1","content":"r1"},
               {"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"r2"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]},
               {"type":"text","text":"<system>\nS\n</system>"},{"type":"text","text":"go on"}]}]
            """, body["messages"]);
    }

    [Fact]
    public void ArgumentsThatAreNoObject_AreKeptAsText()
    {
        var (body, _) = Write($$$"""{"tools":[{{{Tool}}}],"messages":[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}""");
        Same("""{"arguments":"{\"a\":"}""", body["messages"]![1]!["content"]![0]!["input"]);
    }

    [Fact]
    public void ToolHistoryWithoutTools_BringsItsToolsAlong_ButForbidsThem()
    {
        var (body, _) = Write("""{"messages":[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}""");
        Assert.Equal("f", (string)body["tools"]![0]!["name"]!);
        Same("""{"type":"none"}""", body["tool_choice"]);
    }

    [Theory]
    [InlineData("\"auto\"", null, """{"type":"auto"}""")]
    [InlineData("\"none\"", null, """{"type":"none"}""")]
    [InlineData("\"required\"", false, """{"type":"any","disable_parallel_tool_use":true}""")]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", null, """{"type":"tool","name":"f"}""")]
    [InlineData(null, false, """{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData("\"none\"", false, """{"type":"none"}""")]
    [InlineData(null, true, null)]
    public void ToolChoice_IsTranslated(string? choice, bool? parallel, string? written)
    {
        var more = $"\"tools\":[{Tool}]" + (choice is null ? "" : $",\"tool_choice\":{choice}") + (parallel is null ? "" : $",\"parallel_tool_calls\":{(parallel.Value ? "true" : "false")}");
        var (body, _) = Write(Deployments.Ask(more));
        Same(written ?? "null", body["tool_choice"]);
    }

    [Fact]
    public void AllowedTools_AreTheOnlyOnesOffered()
    {
        var (body, _) = Write(Deployments.Ask($$$"""  "tools":[{{{Tool}}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}} """));
        Assert.Equal("g", (string)Assert.Single(body["tools"]!.AsArray())!["name"]!);
    }

    [Fact]
    public void ImagesDocumentsAndCacheMarks_AreCarried()
    {
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes("plain words"));
        var (body, dropped) = Write($$"""
            {"messages":[{"role":"system","content":[{"type":"text","text":"S","cache_control":{"type":"ephemeral","ttl":"1h"} }]},{"role":"user","content":[
             {"type":"image_url","image_url":{"url":"https://x/y.jpg","detail":"low"} },{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AA"},"cache_control":{"type":"ephemeral"} },
             {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BB"} },{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,{{text}}"} },
             {"type":"file","file":{"file_data":"https://x/a.pdf"} },{"type":"file","file":{"file_id":"file-1"} },{"type":"input_audio","input_audio":{"data":"CC","format":"wav"} }]}]}
            """);
        Same("""[{"type":"text","text":"S","cache_control":{"type":"ephemeral","ttl":"1h"}}]""", body["system"]);
        Same("""
            [{"type":"image","source":{"type":"url","url":"https://x/y.jpg"}},
             {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA"},"cache_control":{"type":"ephemeral"}},
             {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"BB"},"title":"a.pdf"},
             {"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain words"},"title":"a.txt"},
             {"type":"document","source":{"type":"url","url":"https://x/a.pdf"}}]
            """, body["messages"]![0]!["content"]);
        Assert.Equal(["messages[1].content[0].image_url.detail", "messages[1].content[5]", "messages[1].content[6].input_audio"], dropped);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", """ "temperature":0.7 """, """{"temperature":0.7}""", "")]
    [InlineData("claude-sonnet-4-5", """ "temperature":1.5 """, """{"temperature":1}""", "temperature")]
    [InlineData("claude-sonnet-4-5", """ "temperature":0.7,"top_p":0.9 """, """{"temperature":0.7}""", "top_p")]
    [InlineData("claude-3-5-sonnet-20241022", """ "temperature":0.7,"top_p":0.9,"top_k":5 """, """{"temperature":0.7,"top_p":0.9,"top_k":5}""", "")]
    [InlineData("claude-opus-4-7", """ "temperature":0.7,"top_p":0.9,"top_k":5 """, "{}", "temperature,top_p,top_k")]
    [InlineData("claude-fable-5", """ "temperature":0.7 """, "{}", "temperature")]
    [InlineData("claude-sonnet-4-5", """ "temperature":0.7,"top_k":5,"top_p":0.96,"reasoning_effort":"low" """, """{"top_p":0.96}""", "temperature,top_k")]
    [InlineData("claude-sonnet-4-5", """ "stop":[" ","x"] """, """{"stop_sequences":["x"]}""", "stop")]
    [InlineData("claude-sonnet-4-5", """ "frequency_penalty":0.5,"presence_penalty":0,"seed":1,"n":2,"logit_bias":{"1":1},"logprobs":false,"store":true """, "{}", "frequency_penalty,seed,n,logit_bias,store")]
    public void Sampling_IsWhatTheModelTakes_AndTheRestIsReported(string model, string more, string written, string dropped)
    {
        var (body, lost) = Write(Deployments.Ask(more), model);
        var sampling = new JsonObject();
        foreach (var name in new[] { "temperature", "top_p", "top_k", "stop_sequences" })
        {
            if (body[name] is { } value)
            {
                sampling[name] = value.DeepClone();
            }
        }

        Same(written, sampling);
        Assert.Equal(dropped, string.Join(',', lost));
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"low" """, """{"type":"enabled","budget_tokens":1024}""", null)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high" """, """{"type":"enabled","budget_tokens":24576}""", null)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_tokens":10000 """, """{"type":"enabled","budget_tokens":8000}""", null)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_tokens":1100 """, """{"type":"enabled","budget_tokens":1024}""", null)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_tokens":1024 """, null, null)]
    [InlineData("claude-sonnet-4-5", """ "reasoning":{"max_tokens":3000} """, """{"type":"enabled","budget_tokens":3000}""", null)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"none" """, """{"type":"disabled"}""", null)]
    [InlineData("claude-opus-4-6", """ "reasoning_effort":"minimal" """, """{"type":"adaptive"}""", "low")]
    [InlineData("claude-opus-4-6", """ "reasoning_effort":"xhigh" """, """{"type":"adaptive"}""", "max")]
    [InlineData("claude-opus-4-7", """ "reasoning_effort":"xhigh" """, """{"type":"adaptive"}""", "xhigh")]
    [InlineData("claude-sonnet-5", """ "reasoning":{"max_tokens":20000} """, """{"type":"adaptive"}""", "high")]
    [InlineData("kimi-k2", """ "reasoning_effort":"medium" """, """{"type":"enabled","budget_tokens":8192}""", null)]
    public void Effort_IsSaidInTheModelsOwnWay(string model, string more, string? thinking, string? effort)
    {
        var (body, dropped) = Write(Deployments.Ask(more), model);
        Same(thinking ?? "null", body["thinking"]);
        Assert.Equal(effort, (string?)body["output_config"]?["effort"]);
        Assert.Equal(thinking is null, dropped.Contains("reasoning_effort"));
    }

    [Fact]
    public void Thinking_GivesWayToAForcedTool()
    {
        var (body, dropped) = Write(Deployments.Ask($"\"tools\":[{Tool}],\"tool_choice\":\"required\",\"reasoning_effort\":\"high\""));
        Assert.Null(body["thinking"]);
        Assert.Equal(["reasoning_effort"], dropped);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", "", false)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_details":[{"type":"reasoning.text","text":"t","signature":"s","format":"anthropic-claude-v1"}], """, true)]
    [InlineData("claude-sonnet-4-5", """ "reasoning_details":[{"type":"reasoning.text","text":"t","signature":"s","format":"google-gemini-v1"}], """, false)]
    [InlineData("claude-opus-4-6", "", true)]
    public void InAToolLoop_ThinkingNeedsItsSignedStart(string model, string reasoning, bool thinks)
    {
        var (body, dropped) = Write($$$"""
            {"reasoning_effort":"high","tools":[{{{Tool}}}],"messages":[{"role":"user","content":"u"},
             {"role":"assistant",{{{reasoning}}}"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}
            """, model);
        Assert.Equal(thinks, body["thinking"] is not null);
        Assert.Equal(!thinks, dropped.Contains("reasoning_effort"));
    }

    [Fact]
    public void ThinkingBlocks_ComeBackWithTheirSignatures_AndForeignOnesAreReported()
    {
        var (body, dropped) = Write("""
            {"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"w","reasoning_details":[
              {"type":"reasoning.text","text":"t","signature":"s","format":"anthropic-claude-v1"},{"type":"reasoning.encrypted","data":"e","format":"anthropic-claude-v1"},
              {"type":"reasoning.encrypted","data":"x","format":"openai-responses-v1"}]},{"role":"user","content":"v"}]}
            """);
        Same("""[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"e"},{"type":"text","text":"w"}]""", body["messages"]![1]!["content"]);
        Assert.Equal(["messages[1].reasoning_content"], dropped);
    }

    [Fact]
    public void ASchema_IsCompiledForStructuredOutput_AndItsLossesAreNamed()
    {
        var (body, dropped) = Write(Deployments.Ask("""
             "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"integer","minimum":1},"b":{"$ref":"#/$defs/B"} },"required":["a","zz"],
              "$defs":{"B":{"type":"object","properties":{"c":{"const":"x"} } } } } } } 
            """));
        Same("""
            {"type":"json_schema","schema":{"type":"object","additionalProperties":false,"required":["a"],"properties":{
              "a":{"type":"integer","description":"(minimum: 1)"},"b":{"type":"object","additionalProperties":false,"properties":{"c":{"enum":["x"]}}}}}}
            """, body["output_config"]!["format"]);
        Assert.Equal(["response_format.json_schema.schema.properties.a.minimum"], dropped);
    }

    [Fact]
    public void WithoutStructuredOutput_AToolStandsForTheSchema_AndItsInputIsTheAnswer()
    {
        var (body, dropped) = Write(Deployments.Ask("""  "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string"} } } } } """), "claude-sonnet-4-0");
        Assert.Empty(dropped);
        var name = (string)body["tools"]![0]!["name"]!;
        Same($$"""{"type":"tool","name":"{{name}}"}""", body["tool_choice"]);

        var sink = new CollectingSink();
        UpstreamDialects.For(UpstreamDialect.AnthropicMessages).ReadAnswer(Encoding.UTF8.GetBytes(
            $$$"""{"id":"m","type":"message","model":"x","content":[{"type":"tool_use","id":"t","name":"{{{name}}}","input":{ "a": "b" } }],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}"""), sink);
        Assert.Equal(("""{"a":"b"}""", 0), (sink.Seen.Text, sink.Seen.Calls.Count));
    }

    [Fact]
    public void JsonMode_IsAskedForInWords_AndReported()
    {
        var (body, dropped) = Write(Deployments.Ask("""  "response_format":{"type":"json_object"} """));
        Assert.Contains("JSON object", (string)body["system"]!, StringComparison.Ordinal);
        Assert.Equal(["response_format"], dropped);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", "assistant")]
    [InlineData("claude-opus-4-6", "user")]
    public void AnAnswerBegunByTheClient_IsContinuedOnlyWhereTheModelCan(string model, string lastRole)
    {
        var (body, _) = Write("""{"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"The answer is "}]}""", model);
        Assert.Equal(lastRole, (string)body["messages"]!.AsArray()[^1]!["role"]!);
        Assert.Equal("The answer is", ((string)body["messages"]![1]!["content"]!).TrimEnd());
    }

    [Fact]
    public void EndUserTierAndStream_AreCarried()
    {
        var (body, dropped) = Write(Deployments.Ask("""  "user":"u1","service_tier":"default" """), stream: true);
        Assert.Equal(("u1", "standard_only", true), ((string)body["metadata"]!["user_id"]!, (string)body["service_tier"]!, (bool)body["stream"]!));
        Assert.Empty(dropped);
    }

    [Fact]
    public void StrictTools_AreCompiled_OthersAreLeftAsTheyAre()
    {
        const string schema = """{"type":"object","properties":{"a":{"type":"string","maxLength":3}}}""";
        var (body, dropped) = Write(Deployments.Ask($$$"""  "tools":[{"type":"function","function":{"name":"f","parameters":{{{schema}}} } },{"type":"function","function":{"name":"g","strict":true,"parameters":{{{schema}}} } }] """));
        Same(schema, body["tools"]![0]!["input_schema"]);
        Same("""{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string","description":"(maxLength: 3)"}}}""", body["tools"]![1]!["input_schema"]);
        Assert.Equal(["tools[1].function.parameters.properties.a.maxLength"], dropped);
    }

    public static TheoryData<Recording> OpenAiRequests => OpenAiChatRequestReaderTests.Requests;

    [Theory]
    [MemberData(nameof(OpenAiRequests))]
    public void ARecordedOpenAiRequest_BecomesOneThatTheApiDescribes(Recording recording)
    {
        foreach (var model in new[] { "claude-3-5-sonnet-20241022", "claude-sonnet-4-5", "claude-opus-4-7" })
        {
            Write(recording.RequestBody!.ToJsonString(), model);
        }
    }
}
