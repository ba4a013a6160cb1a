using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiResponses;

namespace HiWay.Tests.Dialects;

/// <summary>Every recorded answer of every provider as a client of OpenAI's Responses API gets it: valid, whole, and saying the same.</summary>
public sealed class ResponsesWriterTests
{
    private static readonly AnswerDefaults Defaults = new("resp_hw01", "some-model", 1_700_000_000)
    {
        Echo = ResponsesEcho.Of("""{"model":"m","input":"Hi","tools":[{"type":"function","name":"f"}],"temperature":0.5,"text":{"verbosity":"low"}}"""u8, null),
    };

    public static TheoryData<Recording> Answers => new(Recording.All.Where(one => one.Status < 400 && !one.HasEventStream));

    public static TheoryData<Recording> Streams => new(Recording.All.Where(one => one.Status < 400 && one.HasEventStream));

    [Theory]
    [MemberData(nameof(Answers))]
    public void ABufferedAnswer_IsOneResponseObject(Recording recording)
    {
        var expected = Expected.Of(recording);
        var writer = new OpenAiResponsesAnswerWriter(Defaults);
        RecordedAnswerTests.DialectOf(recording).ReadAnswer(recording.Body, writer);
        if (expected.Failed)
        {
            Assert.NotNull(writer.Error);
            return;
        }

        var body = new ArrayBufferWriter<byte>();
        writer.WriteTo(body, """{"upstream_cost":1}"""u8);
        var response = JsonNode.Parse(body.WrittenSpan)!;

        SchemaCheck.OpenAiResponses.Accepts("Response", response);
        Assert.Equal(("resp_hw01", 0.5), ((string?)response["id"], (double)response["temperature"]!));
        Assert.Equal(1, (int)response["_hiway"]!["upstream_cost"]!);
        AssertSays(expected, response);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_IsASequenceOfValidEventsThatAddUp(Recording recording)
    {
        var expected = Expected.Of(recording);
        var events = Events(Written(recording, StreamDriver.Whole));

        foreach (var one in events)
        {
            SchemaCheck.OpenAiResponses.Accepts("ResponseStreamEvent", one);
        }

        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one["sequence_number"]!));
        if (expected.Ended)
        {
            Assert.Equal(["response.created", "response.in_progress"], events.Take(2).Select(one => (string)one["type"]!));
            Assert.Equal(1, (int)events[^1]["response"]!["_hiway"]!["upstream_cost"]!);
            AssertSays(expected, events[^1]["response"]!);
            AssertAddsUp(events);
        }
        else
        {
            Assert.DoesNotContain(events, one => (string)one["type"]! is "response.completed" or "response.incomplete");
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_CutAnywhere_IsTheSame(Recording recording)
    {
        var stream = recording.Stream;
        var whole = Written(recording, StreamDriver.Whole);
        Assert.Equal(whole, Written(recording, StreamDriver.Forever(1)));
        Assert.Equal(whole, Written(recording, StreamDriver.Forever(7)));
        for (var cut = 1; cut < stream.Length; cut += cut < 1024 ? 1 : 193)
        {
            Assert.Equal(whole, Written(recording, [cut, int.MaxValue]));
        }
    }

    [Fact]
    public void AnAnswerThatBreaksOff_EndsInTheEventsOfFailure_WithWhatThereWas()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new OpenAiResponsesStreamWriter(output, Defaults);
        IAnswerSink sink = writer;
        sink.Started("x"u8, "m"u8, 5);
        sink.Text(0, "Hel"u8);
        Assert.True(writer.WriteFailure("upstream_unavailable", "It broke off."));
        var events = Events(output.WrittenSpan.ToArray());
        foreach (var one in events)
        {
            SchemaCheck.OpenAiResponses.Accepts("ResponseStreamEvent", one);
        }

        Assert.Equal(["error", "response.failed"], events.TakeLast(2).Select(one => (string)one["type"]!));
        Assert.Equal("upstream_unavailable", (string?)events[^2]["code"]);
        Assert.Equal("It broke off.", (string?)events[^1]["response"]!["error"]!["message"]);
        Assert.Equal("Hel", (string?)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]);
    }

    [Fact]
    public void PiecesOfParallelCallsThatComeInTurns_StayApart()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new OpenAiResponsesStreamWriter(output, Defaults);
        IAnswerSink sink = writer;
        sink.Started(default, default, null);
        sink.ToolCallStarted(0, 0, "c0"u8, "f"u8);
        sink.ToolCallArguments(0, 0, "{\\\"a\\\":"u8);
        sink.ToolCallStarted(0, 1, "c1"u8, "g"u8);
        sink.ToolCallArguments(0, 1, "{\\\"b\\\":"u8);
        sink.ToolCallArguments(0, 0, "1}"u8);
        sink.ToolCallArguments(0, 1, "2}"u8);
        sink.Finished(0, FinishReason.ToolCalls);
        sink.Ended();
        writer.WriteEnding(default);

        var events = Events(output.WrittenSpan.ToArray());
        Assert.Equal([new("f", """{"a":1}"""), new("g", """{"b":2}""")], ExpectedResponses.Of(events[^1]["response"]!).Calls);
        AssertAddsUp(events);
    }

    [Fact]
    public void StateOfOtherProviders_ComesBackFromTheClientAsItWas()
    {
        var writer = new OpenAiResponsesAnswerWriter(Defaults);
        IAnswerSink sink = writer;
        sink.Started(default, default, null);
        sink.Reasoning(0, "Thinking"u8);
        sink.ReasoningSignature(0, SignatureFormats.Anthropic, "Sig+/="u8);
        sink.EncryptedReasoning(0, SignatureFormats.Anthropic, "Red.acted"u8);
        sink.ToolCallStarted(0, 0, "functions.f:0"u8, "f"u8);
        sink.ToolCallSignature(0, 0, SignatureFormats.Gemini, "Thought=="u8);
        sink.ToolCallArguments(0, 0, "{}"u8);
        sink.EncryptedReasoning(0, SignatureFormats.OpenAiResponses, "gAAAA.own"u8);
        sink.Finished(0, FinishReason.ToolCalls);
        sink.Ended();
        var body = new ArrayBufferWriter<byte>();
        writer.WriteTo(body, default);
        var response = JsonNode.Parse(body.WrittenSpan)!;
        SchemaCheck.OpenAiResponses.Accepts("Response", response);

        var input = response["output"]!.DeepClone().AsArray();
        input.Add(JsonNode.Parse("""{"type":"function_call_output","call_id":"functions.f:0","output":"ok"}"""));
        var request = OpenAiResponsesRequestReader.Read(Encoding.UTF8.GetBytes(new JsonObject { ["model"] = "m", ["input"] = input }.ToJsonString()));

        var parts = request.Messages[0].Parts;
        Assert.Equal(
            [
                new Infrastructure.Dialects.Inner.ReasoningPart("Thinking", "Sig+/=", null, SignatureFormats.Anthropic),
                new Infrastructure.Dialects.Inner.ReasoningPart("", null, "Red.acted", SignatureFormats.Anthropic),
                new Infrastructure.Dialects.Inner.ToolCallPart("functions.f:0", "f", "{}") { Signature = "Thought==", SignatureFormat = SignatureFormats.Gemini },
                new Infrastructure.Dialects.Inner.ReasoningPart("", "gAAAA.own", null, SignatureFormats.OpenAiResponses),
            ], parts);
    }

    internal static byte[] Written(Recording recording, IEnumerable<int> sizes)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new OpenAiResponsesStreamWriter(output, Defaults);
        var dialect = RecordedAnswerTests.DialectOf(recording);
        StreamDriver.Run(recording.Stream, sizes, dialect.NewStreamReader(writer), recording.ClosesEarly, dialect.Framing);
        if (writer.IsEnded)
        {
            writer.WriteEnding("""{"upstream_cost":1}"""u8);
        }

        return output.WrittenSpan.ToArray();
    }

    private static List<JsonNode> Events(byte[] stream)
    {
        var events = new List<JsonNode>();
        foreach (var block in Encoding.UTF8.GetString(stream).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            var one = JsonNode.Parse(lines[1]["data: ".Length..])!;
            Assert.Equal($"event: {(string?)one["type"]}", lines[0]);
            events.Add(one);
        }

        return events;
    }

    /// <summary>The choice that the dialect has room for, as the recording says it.</summary>
    private static void AssertSays(SeenAnswer expected, JsonNode response)
    {
        var seen = ExpectedResponses.Of(response);
        Assert.Equal(expected.Text.Split('\u241e')[0], seen.Text);
        Assert.Equal(expected.Refusal, seen.Refusal);
        Assert.Equal(expected.Citations, seen.Citations);
        if (expected.Finish.Count <= 1)
        {
            Assert.Equal(expected.Reasoning.ReplaceLineEndings(""), seen.Reasoning.ReplaceLineEndings(""));
            Assert.Equal(expected.Calls, seen.Calls);
            var states = expected.Signatures.Concat(expected.Encrypted).Order().ToList();
            Assert.Equal(states, seen.Signatures.Concat(seen.Encrypted).Select(Bare).Order());
        }

        var cut = expected.Finish is [FinishReason.Length or FinishReason.ContentFilter, ..] || (expected.Finish is [FinishReason.Refusal, ..] && expected.Refusal.Length == 0);
        Assert.Equal(cut ? "incomplete" : "completed", (string?)response["status"]);
        if (expected.Usage is { } usage)
        {
            var told = ExpectedResponses.UsageOf(response["usage"]!.AsObject());
            Assert.Equal((usage.TotalInput, usage.TotalOutput, usage.CacheRead, usage.Reasoning), (told.TotalInput, told.TotalOutput, told.CacheRead, told.Reasoning));
        }
    }

    /// <summary>Without what says whose state it is.</summary>
    private static string Bare(string state)
    {
        if (!state.StartsWith("hw1.", StringComparison.Ordinal))
        {
            return state;
        }

        var value = state[(state.IndexOf('.', 6) + 1)..];
        return state[4] == 'c' ? value[(value.IndexOf('\n') + 1)..] : value;
    }

    /// <summary>Each item is added once and done once; the deltas between are the whole; the end holds the items that were done.</summary>
    private static void AssertAddsUp(List<JsonNode> events)
    {
        var output = events[^1]["response"]!["output"]!.AsArray();
        for (var i = 0; i < output.Count; i++)
        {
            var own = events.Where(one => (int?)one["output_index"] == i).ToList();
            Assert.Equal("response.output_item.added", (string?)own[0]["type"]);
            Assert.Equal("response.output_item.done", (string?)own[^1]["type"]);
            Assert.Equal((string?)own[0]["item"]!["id"], (string?)output[i]!["id"]);
            Assert.Single(own, one => (string?)one["type"] == "response.output_item.done");
            var deltas = string.Concat(own.Where(one => ((string)one["type"]!).EndsWith(".delta", StringComparison.Ordinal)).Select(one => (string?)one["delta"]));
            var whole = (string?)output[i]!["type"] switch
            {
                "function_call" => (string?)output[i]!["arguments"],
                "reasoning" => string.Concat(output[i]!["summary"]!.AsArray().Select(part => (string?)part!["text"])),
                "message" => string.Concat(output[i]!["content"]!.AsArray().Select(part => (string?)part!["text"] ?? (string?)part["refusal"])),
                _ => "",
            };
            Assert.Equal(whole, deltas);
        }

        Assert.Equal(output.Count, events.Count(one => (string?)one["type"] == "response.output_item.added"));
    }
}
