using System.Text.Json;
using HiWay.Web.Pages.Playground;
using Xunit;

namespace HiWay.Tests.Pages;

/// <summary>What the playground makes of a stream.</summary>
public sealed class PlaygroundAnswerTests
{
    private readonly PlaygroundAnswer _answer = new();

    [Fact]
    public void TextAndReasoning_GrowApart_AndOnlyContentCountsAsAWord()
    {
        Assert.False(_answer.Apply("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"""));
        Assert.True(_answer.Apply("""{"choices":[{"index":0,"delta":{"reasoning_content":"Let me "}}]}"""));
        Assert.True(_answer.Apply("""{"choices":[{"index":0,"delta":{"reasoning":"think."}}]}"""));
        Assert.True(_answer.Apply("""{"choices":[{"index":0,"delta":{"content":"Hel"}}]}"""));
        Assert.True(_answer.Apply("""{"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}"""));
        Assert.False(_answer.Apply("[DONE]"));

        Assert.Equal(("Hello", "Let me think.", "stop"), (_answer.Text, _answer.Reasoning, _answer.FinishReason));
    }

    [Fact]
    public void AChunkWithBothReasoningNames_IsNotShownTwice()
    {
        _answer.Apply("""{"choices":[{"delta":{"reasoning_content":"Hm.","reasoning":"Hm."}}]}""");

        Assert.Equal("Hm.", _answer.Reasoning);
    }

    [Fact]
    public void TheLastChunk_WithoutChoices_GivesUsageAndTheDecision()
    {
        _answer.Apply("""
            {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46},
             "_hiway":{"routed_model":"groq/llama","routed_tier":"light","score":0.21,"reason":"Short question.","fallback":true,
             "fallback_chain":[{"model":"mistral/small","error":"429 rate limited"}],"cache_hit":false,"upstream_cost":0.000012,
             "baseline_cost":0.0009,"savings":0.000888,"request_id":"req_1"}}
            """);

        Assert.Equal((12, 34), (_answer.InputTokens, _answer.OutputTokens));
        var routing = Assert.IsType<PlaygroundRouting>(_answer.Routing);
        Assert.Equal(("groq/llama", "light", 0.21, 0.000012m, 0.000888m, "req_1"),
            (routing.Model, routing.Tier, routing.Score, routing.CostUsd, routing.SavingsUsd, routing.RequestId));
        Assert.Equal([new PlaygroundFailedAttempt("mistral/small", "429 rate limited")], routing.Chain);
    }

    [Fact]
    public void AnError_KeepsWhatWasSaidBefore_AndItsWholeEnvelope()
    {
        _answer.Apply("""{"choices":[{"delta":{"content":"Half"}}]}""");
        _answer.Apply("""{"error":{"code":"upstream_unavailable","message":"No provider answered.","request_id":"req_9","fallback_chain":[]}}""");

        Assert.Equal("Half", _answer.Text);
        Assert.Equal(("No provider answered.", "upstream_unavailable", "req_9"), (_answer.Error!.Message, _answer.Error.Code, _answer.Error.RequestId));
        Assert.Contains("\"fallback_chain\"", _answer.Error.Envelope, StringComparison.Ordinal);
    }

    [Fact]
    public void ToolCalls_AreCollectedByIndex()
    {
        _answer.Apply("""{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"weather","arguments":"{\"ci"}},{"index":1,"function":{"name":"time","arguments":"{}"}}]}}]}""");
        _answer.Apply("""{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ty\":1}"}}]}}]}""");

        Assert.Equal([("weather", "{\"city\":1}"), ("time", "{}")], _answer.ToolCalls);
    }

    [Fact]
    public void AnthropicsEvents_AreReadToo()
    {
        Assert.False(_answer.Apply("""{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":90,"output_tokens":1}}}"""));
        Assert.True(_answer.Apply("""{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}"""));
        Assert.True(_answer.Apply("""{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}}"""));
        Assert.True(_answer.Apply("""{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"weather","input":{}}}"""));
        Assert.True(_answer.Apply("""{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}"""));
        Assert.False(_answer.Apply("""{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":7},"_hiway":{"routed_model":"a/b","upstream_cost":0.1,"dropped":["seed"]}}"""));

        Assert.Equal(("Hello", "Hm.", "length", 100, 7), (_answer.Text, _answer.Reasoning, _answer.FinishReason, _answer.InputTokens, _answer.OutputTokens));
        Assert.Equal([("weather", "{}")], _answer.ToolCalls);
        Assert.Equal(("a/b", "seed"), (_answer.Routing!.Model, Assert.Single(_answer.Routing.Dropped)));
    }

    [Fact]
    public void ResponsesEvents_AreReadToo()
    {
        Assert.False(_answer.Apply("""{"type":"response.created","response":{"id":"r"}}"""));
        Assert.True(_answer.Apply("""{"type":"response.reasoning_summary_text.delta","delta":"Hm."}"""));
        Assert.True(_answer.Apply("""{"type":"response.output_text.delta","output_index":1,"delta":"Hello"}"""));
        Assert.True(_answer.Apply("""{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","name":"weather"}}"""));
        Assert.True(_answer.Apply("""{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{}"}"""));
        Assert.False(_answer.Apply("""{"type":"response.incomplete","response":{"usage":{"input_tokens":5,"output_tokens":6},"incomplete_details":{"reason":"max_output_tokens"},"_hiway":{"routed_model":"a/b"}}}"""));

        Assert.Equal(("Hello", "Hm.", "length", 5, 6, "a/b"), (_answer.Text, _answer.Reasoning, _answer.FinishReason, _answer.InputTokens, _answer.OutputTokens, _answer.Routing!.Model));
        Assert.Equal([("weather", "{}")], _answer.ToolCalls);
    }

    [Fact]
    public void Pictures_AreShownFromTheirBytes_AndOnlySafeAddressesAreLinked()
    {
        Assert.True(_answer.Apply("""{"created":1,"data":[{"b64_json":"aGk="},{"url":"https://x/y.png"},{"url":"javascript:alert(1)"}],"output_format":"webp","usage":{"input_tokens":3,"output_tokens":9},"_hiway":{"routed_model":"a/b","upstream_cost":0.02}}"""));

        Assert.Equal(["data:image/webp;base64,aGk=", "https://x/y.png"], _answer.Images);
        Assert.Equal((3, 9, 0.02m, false), (_answer.InputTokens, _answer.OutputTokens, _answer.Routing!.CostUsd, _answer.IsEmpty));
    }

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Busy."},"request_id":"req_1"}""", "overloaded_error")]
    [InlineData("""{"type":"error","code":"server_error","message":"Busy.","request_id":"req_1"}""", "server_error")]
    public void ErrorEvents_OfTheOtherDialects_AreErrors(string data, string code)
    {
        _answer.Apply(data);

        Assert.Equal(("Busy.", code, "req_1"), (_answer.Error!.Message, _answer.Error.Code, _answer.Error.RequestId));
    }

    [Theory]
    [InlineData("responses", """{"model":"light","instructions":"Be brief.","input":[{"role":"user","content":"Two?"}],"max_output_tokens":9,"stream":true,"store":false}""")]
    [InlineData("messages", """{"model":"light","system":"Be brief.","messages":[{"role":"user","content":"Two?"}],"max_tokens":9,"stream":true}""")]
    [InlineData("images", """{"model":"light","prompt":"Two?"}""")]
    public void TheBody_IsThatOfTheChosenApi(string api, string expected)
    {
        var chosen = new PlaygroundApi[] { PlaygroundApis.Responses, PlaygroundApis.Messages, PlaygroundApis.Images }.Single(one => one.Id == api);
        var chat = new PlaygroundChat { Model = "light", System = "Be brief.", MaxTokens = 9, Api = chosen };

        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(chat.Body("Two?")));
    }

    [Fact]
    public void TheBody_HoldsSystemHistoryAndQuestion_AndLeavesUnsetOptionsToTheModel()
    {
        var chat = new PlaygroundChat { Model = "light", System = " Be brief. " };
        var answered = new PlaygroundTurn("One?", "auto");
        answered.Answer.Apply("""{"choices":[{"delta":{"content":"1"}}]}""");
        chat.Turns.Add(answered);
        chat.Turns.Add(new PlaygroundTurn("This one failed", "auto"));

        using var body = JsonDocument.Parse(chat.Body("Two?"));

        Assert.Equal(["Be brief.", "One?", "1", "Two?"], body.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()));
        Assert.False(body.RootElement.TryGetProperty("temperature", out _));
        Assert.False(body.RootElement.TryGetProperty("max_tokens", out _));
        Assert.True(body.RootElement.GetProperty("stream").GetBoolean());
    }

    [Fact]
    public void TheCode_RepeatsTheLastQuestion_NotItsAnswer()
    {
        var chat = new PlaygroundChat { Temperature = 0.5 };
        Assert.Single(chat.AsCode("http://h", null).Messages);

        var turn = new PlaygroundTurn("One?", "auto");
        turn.Answer.Apply("""{"choices":[{"delta":{"content":"1"}}]}""");
        chat.Turns.Add(turn);

        var code = chat.AsCode("http://h", "  ");
        Assert.Equal(("user", "One?"), (code.Messages[^1].Role, code.Messages[^1].Content));
        Assert.Equal(0.5, code.Temperature);
    }

    [Fact]
    public void Speed_IsSaidOnlyWhenItCanBeKnown()
    {
        var turn = new PlaygroundTurn("q", "auto") { FirstWord = TimeSpan.FromSeconds(1), Took = TimeSpan.FromSeconds(3) };
        Assert.Null(turn.TokensPerSecond);

        turn.Answer.Apply("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":50}}""");
        Assert.Equal(25, turn.TokensPerSecond);
    }
}
