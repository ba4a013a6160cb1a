using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>Whatever a provider answers is written so that Anthropic's clients understand it: typed blocks, one after the other, and the same facts.</summary>
public sealed class AnthropicWriterTests
{
    private static readonly AnswerDefaults Defaults = new("msg_default", "some-model", 1_700_000_000);

    public static TheoryData<Recording> Answers => RecordedAnswerTests.Answers;

    public static TheoryData<Recording> Streams => RecordedAnswerTests.Streams;

    [Theory]
    [MemberData(nameof(Answers))]
    public void ABufferedAnswer_IsWrittenAsAnthropicDescribesIt(Recording recording)
    {
        var expected = Expected.Of(recording);
        if (expected.Failed)
        {
            return;
        }

        var message = Buffered(recording);

        SchemaCheck.Anthropic.Accepts("Message", Known(message));
        Assert.Equal(1, (int)message["_hiway"]!["cost_usd"]!);
        AssertSays(expected, message);
        AssertSigned(expected, message);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_IsWrittenAsAnthropicDescribesIt(Recording recording)
    {
        var expected = Expected.Of(recording);
        var message = AnthropicMessage.Read(Encoding.UTF8.GetString(Written(recording, StreamDriver.Whole)), out var whole);

        Assert.Equal(expected.Ended, whole);
        if (!expected.Ended)
        {
            return;
        }

        SchemaCheck.Anthropic.Accepts("Message", Known(message));
        Assert.Equal(1, (int)message["_hiway"]!["cost_usd"]!);
        AssertSays(expected, message);
        AssertSigned(expected, message);
    }

    /// <summary>Agents that cut at a sequence look at the stop reason; these providers say only that one was met.</summary>
    [Theory]
    [InlineData(UpstreamDialect.CohereV2, """{"id":"c","finish_reason":"STOP_SEQUENCE","message":{"role":"assistant","content":[{"type":"text","text":"x"}]}}""", null)]
    [InlineData(UpstreamDialect.BedrockConverse, """{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"stop_sequence"}""", null)]
    [InlineData(UpstreamDialect.BedrockConverse, """{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"}}""", "END")]
    public void AStopSequence_IsTheReason_EvenWhereItIsNotSaidWhichOne(UpstreamDialect from, string answer, string? sequence)
    {
        var writer = new AnthropicAnswerWriter(Defaults);
        UpstreamDialects.For(from).ReadAnswer(Encoding.UTF8.GetBytes(answer), writer);
        var output = new ArrayBufferWriter<byte>();
        writer.WriteTo(output, default);

        var message = JsonNode.Parse(output.WrittenSpan)!;
        Assert.Equal(("stop_sequence", sequence), ((string?)message["stop_reason"], (string?)message["stop_sequence"]));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_IsTheSameByteByByte_AndCutAnywhere(Recording recording)
    {
        var stream = recording.Stream;
        var whole = Written(recording, StreamDriver.Whole);
        Assert.Equal(whole, Written(recording, StreamDriver.Forever(1)));

        // Every boundary of short streams; of long ones every boundary of the first 2 KB and then one in 97, which is prime to all chunk lengths.
        for (var cut = 1; cut < stream.Length; cut += cut < 2048 ? 1 : 97)
        {
            Assert.Equal(whole, Written(recording, [cut, int.MaxValue]));
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void TheSameAnswer_SaysTheSameToAnOpenAiClient(Recording recording)
    {
        var (openAi, anthropic) = (new OpenAiChatAnswerWriter(Defaults), new AnthropicAnswerWriter(Defaults));
        foreach (var writer in new ClientAnswer[] { openAi, anthropic })
        {
            StreamDriver.Run(recording.Stream, StreamDriver.Whole, RecordedAnswerTests.DialectOf(recording).NewStreamReader(writer), recording.ClosesEarly, recording.Framing);
        }

        Assert.Equal(openAi.Usage, anthropic.Usage);
        Assert.Equal((openAi.HasContent, openAi.ProducedBytes, openAi.IsEnded, openAi.Error?.Message), (anthropic.HasContent, anthropic.ProducedBytes, anthropic.IsEnded, anthropic.Error?.Message));
        var choice = Json(openAi)["choices"]![0]!["message"]!;
        var message = Json(anthropic);
        Assert.Equal((string?)choice["content"] + (string?)choice["refusal"], AnthropicMessage.Text(message));
        Assert.Equal((string?)choice["reasoning_content"] ?? "", AnthropicMessage.Thinking(message));
        Assert.Equal(
            (choice["tool_calls"] as JsonArray ?? []).Select(call => new SeenCall((string)call!["function"]!["name"]!, SeenAnswer.Canonical((string)call["function"]!["arguments"]!))),
            AnthropicMessage.Calls(message).Select(call => call));
    }

    [Fact]
    public void ParallelCallsWhoseArgumentsComeInTurns_BecomeBlocksOneAfterTheOther()
    {
        var message = AnthropicMessage.Of(OpenAiStream(
            Delta("""{"content":"Both."}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":"}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\"y\":[1,"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"\"}{\\\"\"}"}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"function":{"arguments":"2]}"}}]}"""),
            Delta("{}", "tool_calls")));

        Assert.Equal(["text", "tool_use", "tool_use"], message["content"]!.AsArray().Select(block => (string)block!["type"]!));
        Assert.Equal([("f", "}{\""), ("g", "[1,2]")], AnthropicMessage.OfType(message, "tool_use").Select(block => ((string)block["name"]!, block["input"]!["x"]?.GetValue<string>() ?? block["input"]!["y"]!.ToJsonString())));
    }

    [Fact]
    public void ThePiecesOfOneCall_AreNotHeldBack()
    {
        var output = new ArrayBufferWriter<byte>();
        var reader = UpstreamDialects.For(UpstreamDialect.OpenAiChat).NewStreamReader(new AnthropicStreamWriter(output, Defaults));
        reader.Read(default, Encoding.UTF8.GetBytes(Delta("""{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}""")));
        reader.Read(default, Encoding.UTF8.GetBytes(Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}""")));

        Assert.EndsWith("\"partial_json\":\"{\\\"x\\\":\"}}\n\n", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("[1]", """{"arguments":"[1]"}""")]
    [InlineData("42", """{"arguments":"42"}""")]
    [InlineData(" {\"a\":1} ", """{"a":1}""")]
    [InlineData("""{"a":"\ud83d\ude00"}""", """{"a":"😀"}""")]
    [InlineData("""{"a":"\ud83d"}""", """{"arguments":"{\"a\":\"\\ud83d\"}"}""", false)]
    public void ArgumentsThatAreNoObject_BecomeOne_StreamedAndWhole(string arguments, string input, bool streamedToo = true)
    {
        var call = new JsonObject { ["index"] = 0, ["id"] = "a", ["type"] = "function", ["function"] = new JsonObject { ["name"] = "f", ["arguments"] = arguments } };
        var streamed = AnthropicMessage.Of(OpenAiStream(Delta(new JsonObject { ["tool_calls"] = new JsonArray(call.DeepClone()) }.ToJsonString()), Delta("{}", "tool_calls")));
        var writer = new AnthropicAnswerWriter(Defaults);
        UpstreamDialects.For(UpstreamDialect.OpenAiChat).ReadAnswer(Encoding.UTF8.GetBytes(new JsonObject
        {
            ["id"] = "x",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = new JsonObject { ["tool_calls"] = new JsonArray(call) }, ["finish_reason"] = "tool_calls" }),
        }.ToJsonString()), writer);

        foreach (var message in streamedToo ? new[] { streamed, Json(writer) } : [Json(writer)])
        {
            Assert.Equal(JsonNode.Parse(input)!.ToJsonString(), AnthropicMessage.OfType(message, "tool_use").Single()["input"]!.ToJsonString());
        }
    }

    [Fact]
    public void HalfASurrogatePair_InAWholeAnswer_DoesNotFailIt()
    {
        var writer = new AnthropicAnswerWriter(Defaults);
        UpstreamDialects.For(UpstreamDialect.OpenAiChat).ReadAnswer(
            """{"id":"x","choices":[{"index":0,"message":{"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":\"\ud83d \ude00 \ud83d\ude00\"}"}}]},"finish_reason":"tool_calls"}]}"""u8, writer);

        Assert.Equal("\ufffd \ufffd 😀", (string?)AnthropicMessage.OfType(Json(writer), "tool_use").Single()["input"]!["a"]);
    }

    [Fact]
    public void CallIdsThatAnthropicRefuses_AreRespelled()
    {
        var message = AnthropicMessage.Of(OpenAiStream(
            Delta("""{"tool_calls":[{"index":0,"id":"functions.get:0","type":"function","function":{"name":"f","arguments":"{}"}}]}"""), Delta("{}", "tool_calls")));

        Assert.Equal("functions_get_0", (string?)AnthropicMessage.OfType(message, "tool_use").Single()["id"]);
    }

    [Fact]
    public void WhatCannotBeShown_IsReportedOnce()
    {
        var dropped = new List<string>();
        var writer = new AnthropicAnswerWriter(Defaults with { Dropped = dropped });
        UpstreamDialects.For(UpstreamDialect.OpenAiChat).ReadAnswer(
            """{"id":"x","choices":[{"index":0,"message":{"content":"a"},"logprobs":{"content":[]},"finish_reason":"stop"},{"index":1,"message":{"content":"b"},"finish_reason":"stop"},{"index":2,"message":{"content":"c"},"finish_reason":"stop"}]}"""u8,
            writer);

        Assert.Equal("a", AnthropicMessage.Text(Json(writer)));
        Assert.Equal(["answer.logprobs", "answer.choices"], dropped);
    }

    [Fact]
    public void ARefusal_IsToldAsReasonAndInWords()
    {
        var message = AnthropicMessage.Of(OpenAiStream(Delta("""{"refusal":"I will "}"""), Delta("""{"refusal":"not."}"""), Delta("{}", "stop")));

        Assert.Equal(("refusal", "I will not.", "I will not."), ((string?)message["stop_reason"], AnthropicMessage.Text(message), (string?)message["stop_details"]!["explanation"]));
    }


    private static string Delta(string delta, string? finish = null) =>
        $$"""{"id":"x","model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{(finish is null ? "null" : $"\"{finish}\"")}}}]}""";

    /// <summary>What becomes of the chunks of an OpenAI stream.</summary>
    private static string OpenAiStream(params string[] chunks)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new AnthropicStreamWriter(output, Defaults);
        var reader = UpstreamDialects.For(UpstreamDialect.OpenAiChat).NewStreamReader(writer);
        foreach (var chunk in chunks)
        {
            reader.Read(default, Encoding.UTF8.GetBytes(chunk));
        }

        reader.Read(default, "[DONE]"u8);
        Assert.True(writer.IsEnded);
        writer.WriteEnding(default);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static JsonObject Buffered(Recording recording)
    {
        var writer = new AnthropicAnswerWriter(Defaults);
        RecordedAnswerTests.DialectOf(recording).ReadAnswer(recording.Body, writer);
        return Json(writer);
    }

    internal static JsonObject Json(ClientAnswerWriter writer)
    {
        var body = new ArrayBufferWriter<byte>();
        writer.WriteTo(body, """{"cost_usd":1}"""u8);
        return JsonNode.Parse(body.WrittenSpan)!.AsObject();
    }

    /// <summary>What the writer makes of a stream, ended as the gateway ends it.</summary>
    internal static byte[] Written(Recording recording, IEnumerable<int> sizes)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new AnthropicStreamWriter(output, Defaults);
        StreamDriver.Run(recording.Stream, sizes, RecordedAnswerTests.DialectOf(recording).NewStreamReader(writer), recording.ClosesEarly, recording.Framing);
        if (writer.IsEnded)
        {
            writer.WriteEnding("""{"cost_usd":1}"""u8);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void AssertSays(SeenAnswer expected, JsonObject message)
    {
        Assert.StartsWith("msg_", (string)message["id"]!, StringComparison.Ordinal);
        Assert.Equal(expected.Text.Split('␞')[0] + expected.Refusal, AnthropicMessage.Text(message));
        Assert.Equal(expected.Reasoning, AnthropicMessage.Thinking(message));

        // Of several choices the first is shown.
        Assert.Equal(expected.Finish.Count > 1 ? expected.Calls.Take(AnthropicMessage.Calls(message).Count) : expected.Calls, AnthropicMessage.Calls(message));
        Assert.Equal(AnthropicMessage.StopReason(expected, message["stop_sequence"] is not null), (string?)message["stop_reason"]);
        AnthropicMessage.AssertUsage(expected.Usage, message["usage"]!);
    }

    /// <summary>Anthropic's own proofs are where they were; those of others are kept, and say whose they are.</summary>
    private static void AssertSigned(SeenAnswer expected, JsonObject message)
    {
        var proofs = message["content"]!.AsArray().Select(block => (string?)block!["signature"] ?? (string?)block["data"]).OfType<string>().Where(proof => proof.Length > 0).ToList();
        Assert.All(expected.Signatures.Concat(expected.Encrypted), proof => Assert.Contains(proofs, one => one == proof || (one.StartsWith("hiway.", StringComparison.Ordinal) && one.EndsWith(proof, StringComparison.Ordinal))));
    }

    /// <summary>Without HiWay's own member; and text may lack citations, and a place in a document the file's id, as in Anthropic's own answers.</summary>
    private static JsonObject Known(JsonObject message)
    {
        var copy = message.DeepClone().AsObject();
        copy.Remove("_hiway");
        foreach (var text in AnthropicMessage.OfType(copy, "text"))
        {
            text.AsObject().TryAdd("citations", null);
        }

        foreach (var citation in copy["content"]!.AsArray().SelectMany(block => block!["citations"] as JsonArray ?? []))
        {
            citation!.AsObject().TryAdd("file_id", null);
        }

        return copy;
    }
}
