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
