using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Tests.Gateway;

public sealed class ChatBodyTests
{
    [Fact]
    public void OnePass_FindsWhatDecisionsNeed()
    {
        using var body = Scan("""
            {"messages":[{"content":"You are terse.","role":"system"},
             {"role":"user","content":[{"type":"text","text":"What is\nthis?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c1","content":"a cat"}],
             "model":"auto","stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":50,"n":2,
             "tools":[{"type":"function","function":{"name":"look"}}],"tool_choice":"required",
             "response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{}}},"reasoning_effort":"high","user":"u1",
             "hiway":{"tier":"heavy","profile":"quality","tags":["a","b"],"max_cost_usd":0.25},"cache":false}
            """);

        Assert.Equal("auto", body.Model);
        Assert.True(body.Stream);
        Assert.True(body.IncludeUsage);
        Assert.Equal((4, 1, 1), (body.MessageCount, body.ToolCount, body.ImageCount));
        Assert.True(body.ToolForced && body.HasToolHistory && body.WantsJson && body.WantsJsonSchema && body.WantsReasoning);
        Assert.Equal((50, 2, "u1"), (body.MaxOutputTokens, body.Choices, body.EndUser));
        Assert.Equal(("heavy", "quality", 0.25m, false), (body.Extras.Tier, body.Extras.Profile, body.Extras.MaxCostUsd, body.Extras.Cache));
        Assert.Equal(["a", "b"], body.Extras.Tags);
        Assert.Equal(
            [(PromptRole.System, "You are terse."), (PromptRole.User, "What is\\nthis?"), (PromptRole.Tool, "a cat")],
            body.Texts[..body.TextCount].Select(text => (text.Role, Encoding.UTF8.GetString(body.Bytes.Span.Slice(text.Start, text.Length)))));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]""", "line 1", null)]
    [InlineData("""[1]""", "must be a JSON object", null)]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "'model' is missing", "model")]
    [InlineData("""{"model":7,"messages":[]}""", "'model' must be a string", "model")]
    [InlineData("""{"model":"m"}""", "'messages' must be an array", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "at least one message", "messages")]
    [InlineData("""{"model":"m","messages":[{"content":"hi"}]}""", "'messages[0].role' is missing", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"king","content":"hi"}]}""", "must be one of", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":7}]}""", "must be a string or an array", "messages[0].content")]
    [InlineData("""{"model":"m","model":"n","messages":[{"role":"user","content":"hi"}]}""", "given twice", "model")]
    [InlineData("""{"model":"m","m\u006fdel":"n","messages":[{"role":"user","content":"hi"}]}""", "given twice", "model")]
    [InlineData("""{"model":"m","stream":"yes","messages":[{"role":"user","content":"hi"}]}""", "'stream' must be", "stream")]
    [InlineData("""{"model":"m","max_tokens":-1,"messages":[{"role":"user","content":"hi"}]}""", "'max_tokens' must be", "max_tokens")]
    [InlineData("""{"model":"m","hiway":{"teir":"x"},"messages":[{"role":"user","content":"hi"}]}""", "'hiway.teir' is not known", "hiway.teir")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]} x""", "line 1", null)]
    public void WhatIsWrong_IsNamedByFieldOrPosition(string json, string message, string? param)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        var (body, error) = ChatBodyScanner.Scan(bytes, bytes.Length);

        Assert.Null(body);
        Assert.Equal(GatewayErrorKind.InvalidRequest, error!.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(param, error.Param);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(5_000, false)]
    public void DeepNesting_IsRefusedWithoutHarm(int depth, bool accepted)
    {
        var json = $$"""{"model":"m","messages":[{"role":"user","content":"hi"}],"metadata":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        var bytes = Encoding.UTF8.GetBytes(json);

        var (body, error) = ChatBodyScanner.Scan(bytes, bytes.Length);

        Assert.Equal(accepted, body is not null);
        Assert.Equal(accepted, error is null);
    }

    [Fact]
    public void InvalidUtf8_IsRefused()
    {
        byte[] bytes = [.. "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8];

        var (_, error) = ChatBodyScanner.Scan(bytes, bytes.Length);

        Assert.Contains("UTF-8", error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"hiway":{"tags":["x"]},"model":"a/b","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{ "model" : "a/b" , "cache":false , "messages":[{"role":"user","content":"hi"}] , "hiway" : {} }""")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"stream_options":{"include_obfuscation":false},"cache":true,"hiway":{},"model":"a/b"}""")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"model":"a/b","stream_options":null}""")]
    public void Splicing_ChangesTheModel_CutsOwnMembers_AsksForUsage_AndKeepsTheRest(string json)
    {
        var expected = JsonNode.Parse(json)!.AsObject();
        expected.Remove("hiway");
        expected.Remove("cache");
        expected["model"] = "b-upstream";
        foreach (var askForUsage in new[] { false, true })
        {
            using var body = Scan(json);
            var spliced = new ArrayBufferWriter<byte>();

            BodySplice.Write(body, "b-upstream", askForUsage, spliced);

            if (askForUsage)
            {
                var options = expected["stream_options"] as JsonObject ?? [];
                options = options.DeepClone().AsObject();
                options["include_usage"] = true;
                expected["stream_options"] = options;
            }

            var actual = JsonNode.Parse(spliced.WrittenSpan);
            Assert.True(JsonNode.DeepEquals(expected, actual), Encoding.UTF8.GetString(spliced.WrittenSpan));
        }
    }

    private static ChatBody Scan(string json)
    {
        var length = Encoding.UTF8.GetByteCount(json);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        Encoding.UTF8.GetBytes(json, rented);
        var (body, error) = ChatBodyScanner.Scan(rented, length);
        Assert.Null(error);
        return body!;
    }
}
