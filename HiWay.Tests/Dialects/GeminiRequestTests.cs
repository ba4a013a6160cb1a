using System.Text.Json.Nodes;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

public sealed class GeminiRequestTests
{
    private const string Tool = """{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":["string","null"]}}}}}""";

    private static (JsonObject Body, List<string> Dropped) Write(string body, string model = "gemini-2.5-flash")
    {
        var (written, dropped) = Deployments.Translate(body, Deployments.Gemini(model));
        SchemaCheck.Gemini.Accepts("GenerateContentRequest", written);
        return (written, dropped);
    }

    private static void Same(string expected, JsonNode? actual) => Assert.Equal(SeenAnswer.Canonical(expected), SeenAnswer.Canonical(actual));

    [Theory]
    [InlineData("gemini-2.5-flash", false, "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent")]
    [InlineData("gemini-2.5-flash", true, "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse")]
    [InlineData("tunedModels/mine", false, "https://generativelanguage.googleapis.com/v1beta/tunedModels/mine:generateContent")]
    public void TheAddressNamesModelAndMethod(string model, bool stream, string address)
    {
        var dialect = UpstreamDialects.For(UpstreamDialect.Gemini);
        var headers = new HttpRequestMessage().Headers;
        dialect.WriteHeaders(headers, new Secret("k"));
        Assert.Equal(address, dialect.ChatUri(Deployments.Gemini(model), stream).AbsoluteUri);
        Assert.Equal("k", headers.GetValues("x-goog-api-key").Single());
    }

    [Fact]
    public void Turns_AreUserAndModel_AndInstructionsGoFirst()
    {
        var (body, _) = Write("""{"messages":[{"role":"system","content":"A"},{"role":"developer","content":"B"},{"role":"user","content":"1"},{"role":"user","content":"2"},{"role":"assistant","content":"3"},{"role":"system","content":"C"},{"role":"user","content":"4"}]}""");
        Same("""{"parts":[{"text":"A"},{"text":"B"}]}""", body["systemInstruction"]);
        Same("""[{"role":"user","parts":[{"text":"1"},{"text":"2"}]},{"role":"model","parts":[{"text":"3"}]},{"role":"user","parts":[{"text":"<system>\nC\n</system>"},{"text":"4"}]}]""", body["contents"]);
    }

    [Fact]
    public void CallsAndResults_AreKnownByName_AndResultsStandAlone()
    {
        var (body, _) = Write("""
            {"messages":[{"role":"user","content":"u"},
             {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"},"extra_content":{"google":{"thought_signature":"SIG"} } },{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"} }]},
             {"role":"tool","tool_call_id":"c2","content":"{\"x\":[1]}"},{"role":"tool","tool_call_id":"c1","content":"sunny {"},{"role":"user","content":"and?"}]}
            """, "gemini-3-flash-preview");
        Same("""
            [{"role":"user","parts":[{"text":"u"}]},
             {"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"SIG"},{"functionCall":{"name":"g","args":{}}}]},
             {"role":"user","parts":[{"functionResponse":{"name":"g","response":{"output":{"x":[1]}}}},{"functionResponse":{"name":"f","response":{"output":"sunny {"}}}]},
             {"role":"user","parts":[{"text":"and?"}]}]
            """, body["contents"]);
    }

    [Theory]
    [InlineData("gemini-3-pro-preview", "skip_thought_signature_validator")]
    [InlineData("gemini-2.5-flash", null)]
    public void ACallWhoseSignatureWasLost_IsMarkedWhereTheModelInsists(string model, string? signature)
    {
        var (body, _) = Write("""{"messages":[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"} },{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"} }]},{"role":"tool","tool_call_id":"c1","content":"r"},{"role":"tool","tool_call_id":"c2","content":"r"}]}""", model);
        var parts = body["contents"]![1]!["parts"]!;
        Assert.Equal(signature, (string?)parts[0]!["thoughtSignature"]);
        Assert.Null(parts[1]!["thoughtSignature"]);
    }

    [Fact]
    public void Media_AreInlineOrByAddress()
    {
        var (body, dropped) = Write("""
            {"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"} },{"type":"image_url","image_url":{"url":"https://x/y.webp?z=1"} },
             {"type":"input_audio","input_audio":{"data":"BB","format":"mp3"} },{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CC"} },
             {"type":"file","file":{"file_id":"files/abc","filename":"v.mp4"} },{"type":"file","file":{"file_id":"file-1"} }]}]}
            """);
        Same("""
            [{"inlineData":{"mimeType":"image/png","data":"AA"}},{"fileData":{"mimeType":"image/webp","fileUri":"https://x/y.webp?z=1"}},{"inlineData":{"mimeType":"audio/mp3","data":"BB"}},
             {"inlineData":{"mimeType":"application/pdf","data":"CC"}},{"fileData":{"mimeType":"video/mp4","fileUri":"files/abc"}}]
            """, body["contents"]![0]!["parts"]);
        Assert.Equal(["messages[0].content[5]"], dropped);
    }

    [Fact]
    public void Tools_AreDeclared_WithASchemaThatTheGenerationTakes()
    {
        var (body, _) = Write(Deployments.Ask($"\"tools\":[{Tool},{{\"type\":\"function\",\"function\":{{\"name\":\"g\",\"parameters\":{{\"type\":\"object\",\"properties\":{{}}}}}}}}]"));
        Same("""[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"type":["string","null"]}}}},{"name":"g"}]}]""", body["tools"]);

        (body, _) = Write(Deployments.Ask($"\"tools\":[{Tool}]"), "gemini-2.0-flash");
        Same("""{"type":"object","properties":{"a":{"type":"string","nullable":true}}}""", body["tools"]![0]!["functionDeclarations"]![0]!["parameters"]);
    }

    [Theory]
    [InlineData("\"auto\"", """{"mode":"AUTO"}""")]
    [InlineData("\"none\"", """{"mode":"NONE"}""")]
    [InlineData("\"required\"", """{"mode":"ANY"}""")]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", """{"mode":"ANY","allowedFunctionNames":["f"]}""")]
    public void ToolChoice_IsTranslated(string choice, string written)
    {
        var (body, _) = Write(Deployments.Ask($"\"tools\":[{Tool}],\"tool_choice\":{choice}"));
        Same(written, body["toolConfig"]!["functionCallingConfig"]);
    }

    [Fact]
    public void GooglesOwnTools_AreHandedOn_OthersAreReported()
    {
        var (body, dropped) = Write(Deployments.Ask("""  "tools":[{"googleSearch":{} },{"type":"web_search_20250305","name":"web_search"}] """));
        Same("""[{"googleSearch":{}}]""", body["tools"]);
        Assert.Equal(["tools[1]"], dropped);
    }

    [Fact]
    public void Settings_FindTheirPlace()
    {
        var (body, dropped) = Write(Deployments.Ask("""
            "temperature":1.5,"top_p":0.9,"top_k":40,"max_tokens":9,"n":2,"seed":7,"stop":["a","b","c","d","e","f"],"frequency_penalty":0.5,"presence_penalty":0,"parallel_tool_calls":false,"logprobs":true,"top_logprobs":3,"user":"u"
            """));
        Same("""{"temperature":1.5,"topP":0.9,"topK":40,"maxOutputTokens":9,"candidateCount":2,"seed":7,"stopSequences":["a","b","c","d","e"],"responseLogprobs":true,"logprobs":3}""", body["generationConfig"]);
        Assert.Equal(["frequency_penalty", "stop"], dropped);

        (body, dropped) = Write(Deployments.Ask("""  "frequency_penalty":0.5,"presence_penalty":0.25,"seed":99999999999 """), "gemini-2.0-flash");
        Same("""{"frequencyPenalty":0.5,"presencePenalty":0.25}""", body["generationConfig"]);
        Assert.Equal(["seed"], dropped);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", """ "logprobs":true """, """{"responseLogprobs":true}""", "")]
    [InlineData("gemini-2.0-flash", """ "logprobs":true,"top_logprobs":20 """, """{"responseLogprobs":true,"logprobs":20}""", "")]
    [InlineData("gemini-2.5-flash", """ "logprobs":false """, "{}", "")]
    [InlineData("gemini-2.5-flash", """ "top_logprobs":2 """, "{}", "top_logprobs")]
    [InlineData("gemini-3-flash-preview", """ "logprobs":true,"top_logprobs":2 """, "{}", "logprobs top_logprobs")]
    public void LogProbabilities_AreAskedOfTheModelsThatGiveThem(string model, string asked, string config, string named)
    {
        var (body, dropped) = Write(Deployments.Ask(asked), model);
        Same(config, body["generationConfig"]);
        Assert.Equal(named, string.Join(' ', dropped));
    }

    [Theory]
    [InlineData("gemini-2.5-flash", """ "reasoning_effort":"low" """, """{"includeThoughts":true,"thinkingBudget":1024}""", false)]
    [InlineData("gemini-2.5-flash", """ "reasoning_effort":"xhigh" """, """{"includeThoughts":true,"thinkingBudget":24576}""", false)]
    [InlineData("gemini-2.5-flash", """ "reasoning_effort":"none" """, """{"includeThoughts":false,"thinkingBudget":0}""", false)]
    [InlineData("gemini-2.5-pro", """ "reasoning_effort":"none" """, """{"includeThoughts":false,"thinkingBudget":128}""", true)]
    [InlineData("gemini-2.5-pro", """ "reasoning":{"max_tokens":90000} """, """{"includeThoughts":true,"thinkingBudget":32768}""", false)]
    [InlineData("gemini-2.5-flash-lite", """ "reasoning":{"max_tokens":100} """, """{"includeThoughts":true,"thinkingBudget":512}""", false)]
    [InlineData("gemini-3-flash-preview", """ "reasoning_effort":"minimal" """, """{"includeThoughts":true,"thinkingLevel":"MINIMAL"}""", false)]
    [InlineData("gemini-3-pro-preview", """ "reasoning_effort":"medium" """, """{"includeThoughts":true,"thinkingLevel":"HIGH"}""", false)]
    [InlineData("gemini-3.1-pro-preview", """ "reasoning_effort":"medium" """, """{"includeThoughts":true,"thinkingLevel":"MEDIUM"}""", false)]
    [InlineData("gemini-3-flash-preview", """ "reasoning_effort":"none" """, """{"includeThoughts":false,"thinkingLevel":"MINIMAL"}""", true)]
    [InlineData("gemini-2.0-flash", """ "reasoning_effort":"high" """, null, true)]
    [InlineData("gemini-2.5-flash", "", null, false)]
    public void Effort_IsSaidInTheModelsOwnWay(string model, string more, string? written, bool reported)
    {
        var (body, dropped) = Write(Deployments.Ask(more), model);
        Same(written ?? "null", body["generationConfig"]!["thinkingConfig"]);
        Assert.Equal(reported, dropped.Contains("reasoning_effort"));
    }

    [Fact]
    public void AResponseFormat_IsTaken_OrBesideToolsSaidInWords()
    {
        const string format = """  "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string"} } } } } """;
        var (body, dropped) = Write(Deployments.Ask(format));
        Same("""{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","title":"n","properties":{"a":{"type":"string"}}}}""", body["generationConfig"]);
        Assert.Empty(dropped);

        (body, dropped) = Write(Deployments.Ask($"{format},\"tools\":[{Tool}]"));
        Assert.Null(body["generationConfig"]!["responseMimeType"]);
        Assert.Contains("JSON schema", (string)body["systemInstruction"]!["parts"]![0]!["text"]!, StringComparison.Ordinal);
        Assert.Equal(["response_format"], dropped);

        (body, dropped) = Write(Deployments.Ask($"{format},\"tools\":[{Tool}]"), "gemini-3-flash-preview");
        Assert.NotNull(body["generationConfig"]!["responseJsonSchema"]);
        Assert.Empty(dropped);
    }

    public static TheoryData<Recording> OpenAiRequests => OpenAiChatRequestReaderTests.Requests;

    [Theory]
    [MemberData(nameof(OpenAiRequests))]
    public void ARecordedOpenAiRequest_BecomesOneThatTheApiDescribes(Recording recording)
    {
        foreach (var model in new[] { "gemini-2.0-flash", "gemini-2.5-pro", "gemini-3.1-pro-preview" })
        {
            Write(recording.RequestBody!.ToJsonString(), model);
        }
    }
}
