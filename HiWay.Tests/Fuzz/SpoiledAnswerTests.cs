using System.Buffers;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiResponses;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Infrastructure.Providers;
using HiWay.Tests.Dialects;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Fuzz;

/// <summary>What the fuzzer found, one by one.</summary>
public sealed class SpoiledAnswerTests
{
    [Fact]
    public void ACallWhoseNameIsNoText_DoesNotBreakTheClientsJson()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new OpenAiChatStreamWriter(output, new("r", "m", 1));
        var reader = UpstreamDialects.For(UpstreamDialect.BedrockConverse).NewStreamReader(writer);
        reader.Read("messageStart"u8, """{"role":"assistant"}"""u8);
        reader.Read("contentBlockStart"u8, """{"contentBlockIndex":0,"start":{"toolUse":{"name":{"type":"text"},"toolUseId":["x"]}}}"""u8);

        foreach (var line in Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            JsonElement.Parse(line["data: ".Length..]);
        }
    }

    [Fact]
    public void AnAnswerWithSomethingBehindIt_IsBroken()
    {
        var pictures = """{"data":[{"b64_json":"aGk="}]},"model":"m"}"""u8.ToArray();
        var vectors = """{"data":[{"embedding":[0.5]}]},"model":"m"}"""u8.ToArray();
        var end = """{"type":"response.output_text.delta","sequence_number":3,"delta":"x"}}"""u8.ToArray();

        Assert.ThrowsAny<JsonException>(() => new OpenAiImagesRelay(unlisted: false).Read(pictures));
        Assert.ThrowsAny<JsonException>(() => new OpenAiEmbeddingsRelay(base64: false, signedBytes: false).Read(vectors));
        Assert.ThrowsAny<JsonException>(() => ResponsesFacts.Read(end));
    }

    [Theory]
    [InlineData("{\"choices\":[{\"\\ud800\":1,\"delta\":{\"content\":\"x\"}}]}")]
    [InlineData("{\"id\":\"\\udfff\",\"choices\":[{\"\\ud800\":1}]}")]
    public void AnEventThatIsNoUnicode_IsABrokenAnswer_NotABug(string data)
    {
        using var relay = new OpenAiChatStreamRelay(includeUsage: false);

        var broken = Record.Exception(() => Take(relay, $"data: {data}\n\n"));

        Assert.NotNull(UpstreamClient.FailureOf(Assert.IsType<InvalidOperationException>(broken)));
        Assert.Null(UpstreamClient.FailureOf(new InvalidOperationException("a bug of ours")));
    }

    [Theory]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\ud83d\"}}]}", "a\uFFFD")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ud83c\\udf0d\"}}]}", "\U0001F30D")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\\\ud83d\"}}]}", "\\ud83d")]
    public void BehindAFilter_HalfAPairPasses_AsTheReplacementCharacter(string data, string text)
    {
        using var relay = new FilteredStreamRelay(new OpenAiChatStreamRelay(includeUsage: false), new AnswerFilter(new MaskedValues("x"u8), blocksSecrets: false), null, null);

        // Two events, because the last one is held back.
        var seen = Take(relay, $"data: {data}\n\n", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"z\"}}]}\n\n");

        Assert.Equal(text, JsonElement.Parse(seen.Split("\n\n")[0]["data: ".Length..]).GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(UpstreamDialect.Gemini, """{"error":{"code":500,"message":"","status":"INTERNAL"}}""")]
    [InlineData(UpstreamDialect.AnthropicMessages, """{"type":"error","error":{"type":"overloaded_error","message":""}}""")]
    [InlineData(UpstreamDialect.OpenAiChat, """{"error":""}""")]
    [InlineData(UpstreamDialect.OpenAiChat, """{"detail":""}""")]
    public void AnErrorWithoutWords_IsQuotedAsItCame(UpstreamDialect dialect, string body) =>
        Assert.Equal(body, UpstreamDialects.For(dialect).ReadError(500, new HttpResponseMessage().Headers, Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch).Message);

    [Theory]
    [InlineData("""[{"a":2}]""", """[{"a":2}]""")]
    [InlineData("""{"a":"b"}""", """{"a":"b"}""")]
    [InlineData(""" "{\"a\":\"b\"}" """, """{"a":"b"}""")]
    [InlineData("\"\"", "{}")]
    [InlineData("null", "{}")]
    public void ArgumentsOfAnyKind_AreTheTextOfACall_AtOllama(string said, string arguments)
    {
        var writer = new OpenAiResponsesAnswerWriter(new("resp_hw1", "m", 1));
        var output = new ArrayBufferWriter<byte>();
        UpstreamDialects.For(UpstreamDialect.OllamaChat).ReadAnswer(
            Encoding.UTF8.GetBytes($$$"""{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{{{said}}} }}]},"done":true,"done_reason":"stop"}"""), writer);
        writer.WriteTo(output, default);

        Assert.Equal(arguments, JsonElement.Parse(output.WrittenSpan).GetProperty("output")[0].GetProperty("arguments").GetString());
    }

    [Fact]
    public void AMessageStopByNameAlone_ReachesTheClientWithItsType()
    {
        using var relay = new AnthropicStreamRelay();
        Take(relay, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n", "event: message_stop\ndata: {\"x\":1}\n\n");
        var output = new ArrayBufferWriter<byte>();
        relay.WriteEnding("{}"u8, output);

        Assert.Equal("event: message_stop\ndata: {\"type\":\"message_stop\",\"_hiway\":{}}\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    /// <summary>Anthropic's clients go by the field: one that says error makes them throw, one that is missing makes them pass the event over.</summary>
    [Theory]
    [InlineData("event: content_block_stop\nevent: error\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n", "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n")]
    [InlineData("data: {\"type\":\"content_block_stop\",\ndata: \"index\":1}\n\n", "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\ndata: \"index\":1}\n\n")]
    [InlineData("event: ping\ndata: {\"type\":\"ping\"}\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n")]
    public void AnEventWhoseNameIsNotItsType_ReachesTheClientUnderItsType(string sent, string passed)
    {
        using var relay = new AnthropicStreamRelay();

        Assert.Equal(passed, Take(relay, sent));
    }

    [Fact]
    public void AToolThatSaysNothing_IsReportedAsDropped() =>
        Assert.Equal(["tools[0]"], Deployments.Translate(Deployments.Ask("\"tools\":[{}]"), Deployments.Gemini()).Dropped);

    [Fact]
    public async Task AFileNameThatCannotBeDecoded_IsAFileAllTheSame()
    {
        var form = "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename*\r\n\r\nPNG\r\n--edge--\r\n"u8.ToArray();
        using var read = new ImageForm("edge", new MemoryStream(form), 1_000_000);
        var files = 0;

        Assert.Null(await read.ReadAsync((_, _) => null, () => files++, () => false, wholeFirst: true, CancellationToken.None));

        Assert.Equal(1, files);
    }

    private static string Take(IStreamRelay relay, params string[] events)
    {
        var output = new ArrayBufferWriter<byte>();
        using var sse = new SseReader();
        foreach (var one in events)
        {
            Assert.True(sse.TryRead(Encoding.UTF8.GetBytes(one), out var found));
            relay.Take(found, output);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
