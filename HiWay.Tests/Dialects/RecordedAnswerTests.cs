using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>Every recorded answer is read to what it says, however the network cuts it, and written so that an OpenAI client understands it.</summary>
public sealed class RecordedAnswerTests
{
    private static readonly AnswerDefaults Defaults = new("chatcmpl-default", "some-model", 1_700_000_000) { IncludeUsage = true };

    public static TheoryData<Recording> Answers => new(Recording.All.Where(one => one.Status < 400 && !one.HasEventStream));

    public static TheoryData<Recording> Streams => new(Recording.All.Where(one => one.Status < 400 && one.HasEventStream));

    internal static IUpstreamDialect DialectOf(Recording recording) => UpstreamDialects.For(recording.Api switch
    {
        "messages" => UpstreamDialect.AnthropicMessages,
        "generate_content" => UpstreamDialect.Gemini,
        "converse" => UpstreamDialect.BedrockConverse,
        "cohere_chat" => UpstreamDialect.CohereV2,
        "ollama_chat" => UpstreamDialect.OllamaChat,
        "responses" => UpstreamDialect.OpenAiResponses,
        _ => UpstreamDialect.OpenAiChat,
    });

    [Fact]
    public void TheRecordingsCoverEveryDialect_BufferedAndStreamed()
    {
        foreach (var (api, streams, wholes) in new[] { ("messages", 5, 10), ("generate_content", 5, 10), ("chat_completions", 5, 10), ("converse", 4, 10), ("cohere_chat", 4, 5), ("ollama_chat", 1, 3), ("responses", 5, 10) })
        {
            Assert.True(Recording.All.Count(one => one.Api == api && one.Status < 400 && one.HasEventStream) >= streams, api);
            Assert.True(Recording.All.Count(one => one.Api == api && one.Status < 400 && !one.HasEventStream) >= wholes, api);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void ABufferedAnswer_IsReadToWhatItSays(Recording recording)
    {
        var sink = new CollectingSink();
        DialectOf(recording).ReadAnswer(recording.Body, sink);

        AssertSame(Expected.Of(recording), sink.Seen);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_IsReadToWhatItSays_WholeByteByByteAndInOddPieces(Recording recording)
    {
        var expected = Expected.Of(recording);
        foreach (var sizes in new[] { StreamDriver.Whole, StreamDriver.Forever(1), StreamDriver.Forever(7), StreamDriver.Forever(1000), recording.ReadSizes ?? StreamDriver.Whole })
        {
            var sink = new CollectingSink();
            StreamDriver.Run(recording.Stream, sizes, DialectOf(recording).NewStreamReader(sink), recording.ClosesEarly, recording.Framing);
            AssertSame(expected, sink.Seen);
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_CutAnywhereIntoTwoReads_IsTheSame(Recording recording)
    {
        var stream = recording.Stream;
        var whole = Written(recording, StreamDriver.Whole);

        // Every boundary of short streams; of long ones every boundary of the first 2 KB and then one in 97, which is prime to all chunk lengths.
        for (var cut = 1; cut < stream.Length; cut += cut < 2048 ? 1 : 97)
        {
            Assert.Equal(whole, Written(recording, [cut, int.MaxValue]));
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void ABufferedAnswer_IsWrittenAsOpenAiDescribesIt(Recording recording)
    {
        var expected = Expected.Of(recording);
        var writer = new OpenAiChatAnswerWriter(Defaults);
        DialectOf(recording).ReadAnswer(recording.Body, writer);
        Assert.Equal(expected.Failed, writer.Error is not null);
        if (expected.Failed)
        {
            return;
        }

        var body = new ArrayBufferWriter<byte>();
        writer.WriteTo(body, """{"cost_usd":1}"""u8);
        var answer = JsonNode.Parse(body.WrittenSpan)!;

        Check("CreateChatCompletionResponse", answer);
        Assert.Equal(1, (int)answer["_hiway"]!["cost_usd"]!);
        Assert.StartsWith("chatcmpl-", (string)answer["id"]!, StringComparison.Ordinal);
        AssertWritten(expected, answer["choices"]!.AsArray(), "message");
        AssertUsage(expected, answer["usage"]);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStream_IsWrittenAsOpenAiDescribesIt(Recording recording)
    {
        var expected = Expected.Of(recording);
        var written = Encoding.UTF8.GetString(Written(recording, StreamDriver.Whole));
        var lines = written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var chunks = lines.Where(line => line != "data: [DONE]").Select(line => JsonNode.Parse(line["data: ".Length..])!).ToList();

        Assert.Equal(expected.Ended, lines is [.., "data: [DONE]"]);
        foreach (var chunk in chunks)
        {
            Check("CreateChatCompletionStreamResponse", chunk);
        }

        AssertWritten(expected, new JsonArray([.. chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => choice!.DeepClone())]), "delta");
        if (expected.Ended)
        {
            Assert.Equal(1, (int)chunks[^1]["_hiway"]!["cost_usd"]!);
            Assert.Empty(chunks[^1]["choices"]!.AsArray());
            AssertUsage(expected with { Usage = expected.Usage ?? default }, chunks[^1]["usage"]);
            Assert.Single(chunks, chunk => chunk["_hiway"] is not null);
            Assert.Equal("assistant", (string?)chunks[0]["choices"]![0]!["delta"]!["role"]);
        }
    }

    [Fact]
    public void EveryDialect_IsRegisteredUnderItsOwnName()
    {
        foreach (var kind in Enum.GetValues<UpstreamDialect>())
        {
            Assert.Equal(kind, UpstreamDialects.For(kind).Kind);
        }

        Assert.Equal(["openai_chat", "anthropic_messages", "gemini", "bedrock_converse", "cohere_v2", "ollama_chat", "openai_responses"], Enum.GetValues<UpstreamDialect>().Select(kind => UpstreamDialects.For(kind).Name));
    }

    [Fact]
    public void ACallInTheOldForm_IsReadAsACall()
    {
        var sink = new CollectingSink();
        var reader = UpstreamDialects.For(UpstreamDialect.OpenAiChat).NewStreamReader(sink);
        reader.Read(default, """{"id":"x-1","choices":[{"index":0,"delta":{"role":"assistant","content":null,"function_call":{"name":"f","arguments":""}},"finish_reason":null}]}"""u8);
        reader.Read(default, """{"id":"x-1","choices":[{"index":0,"delta":{"function_call":{"arguments":"{\"a\":"}},"finish_reason":null}]}"""u8);
        reader.Read(default, """{"id":"x-1","choices":[{"index":0,"delta":{"function_call":{"arguments":"1}"}},"finish_reason":"function_call"}]}"""u8);
        reader.Read(default, "[DONE]"u8);
        Assert.Equal([new SeenCall("f", """{"a":1}""")], sink.Seen.Calls);
        Assert.Equal("call_x-1_0", Assert.Single(sink.CallIds));
    }

    [Theory]
    [InlineData("messages", "")]
    [InlineData("messages", "{}")]
    [InlineData("messages", """{"type":"message"}""")]
    [InlineData("generate_content", "{}")]
    [InlineData("generate_content", "[]")]
    [InlineData("chat_completions", "{}")]
    [InlineData("converse", "{}")]
    [InlineData("converse", """{"output":{"message":null},"stopReason":"end_turn"}""")]
    [InlineData("cohere_chat", """{"id":"x","message":"words"}""")]
    [InlineData("ollama_chat", """{"message":{"role":"assistant","content":"half"},"done":false}""")]
    [InlineData("chat_completions", "<html>")]
    [InlineData("responses", "{}")]
    [InlineData("responses", "[1]")]
    public void AnAnswerThatIsNone_IsRefused(string api, string body)
    {
        var recording = Recording.All.First(one => one.Api == api);
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => DialectOf(recording).ReadAnswer(Encoding.UTF8.GetBytes(body), new CollectingSink()));
    }

    [Fact]
    public void AStreamWithoutItsEnd_IsNotWhole()
    {
        foreach (var recording in Recording.All.Where(one => one.Status < 400 && one.HasEventStream && Expected.Of(one).Ended))
        {
            // Without its last third no stream has said why it stopped, unless it was one chunk.
            var stream = recording.Stream;
            var cut = recording.Frames is not null ? stream.Length / 3 * 2 : stream.AsSpan(0, stream.Length / 3 * 2).LastIndexOf("\n"u8);
            var sink = new CollectingSink();
            var pieces = recording.Chunks.Count;
            if (pieces < 4)
            {
                continue;
            }

            StreamDriver.Run(stream[..(cut + 1)], StreamDriver.Whole, DialectOf(recording).NewStreamReader(sink), closesEarly: true, recording.Framing);
            Assert.False(sink.Seen.Ended, recording.Name);
        }
    }

    /// <summary>What the OpenAI writer makes of a stream, ended as the gateway ends it.</summary>
    private static byte[] Written(Recording recording, IEnumerable<int> sizes)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new OpenAiChatStreamWriter(output, Defaults);
        StreamDriver.Run(recording.Stream, sizes, DialectOf(recording).NewStreamReader(writer), recording.ClosesEarly, recording.Framing);
        if (writer.IsEnded)
        {
            writer.WriteEnding("""{"cost_usd":1}"""u8);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void AssertSame(SeenAnswer expected, SeenAnswer seen) => Assert.Equal(expected.Describe(), seen.Describe());

    private static void AssertWritten(SeenAnswer expected, JsonArray choices, string member)
    {
        var first = choices.Where(choice => (int)choice!["index"]! == 0).Select(choice => choice!).ToList();
        Assert.Equal(expected.Text.Split('\u241e')[0], string.Concat(first.Select(choice => (string?)choice[member]!["content"])));
        Assert.Equal(expected.Refusal, string.Concat(choices.Select(choice => (string?)choice![member]!["refusal"])));
        Assert.Equal(expected.Reasoning, string.Concat(choices.Select(choice => (string?)choice![member]!["reasoning_content"])));
        Assert.Equal(expected.Calls, CallsOf(choices, member));
        if (!expected.Ended)
        {
            return;
        }

        var finishes = choices.Select(choice => (string?)choice!["finish_reason"]).OfType<string>().ToList();
        Assert.Equal(Math.Max(1, expected.Finish.Count), finishes.Count);
        var finish = expected.Finish.Count == 0 ? FinishReason.Stop : expected.Finish[0];
        Assert.Equal(finish switch
        {
            FinishReason.Length => "length",
            FinishReason.ContentFilter or FinishReason.Refusal => "content_filter",
            _ => expected.Calls.Count > 0 ? "tool_calls" : "stop",
        }, finishes[0]);
    }

    private static List<SeenCall> CallsOf(JsonArray choices, string member)
    {
        var calls = new List<((int Choice, int Call) At, string Name, StringBuilder Arguments)>();
        foreach (var (choice, call) in choices.SelectMany(choice => (choice![member]!["tool_calls"] as JsonArray ?? []).Select(call => ((int)choice["index"]!, call!))))
        {
            if ((string?)call["function"]?["name"] is { } name)
            {
                Assert.NotEqual("", (string?)call["id"]);
                calls.Add(((choice, (int?)call["index"] ?? calls.Count), name, new()));
            }

            var known = calls.FindLast(one => call["index"] is null || one.At == (choice, (int)call["index"]!));
            known.Arguments.Append((string?)call["function"]?["arguments"]);
        }

        return [.. calls.Select(call => new SeenCall(call.Name, SeenAnswer.Canonical(call.Arguments.ToString())))];
    }

    private static void AssertUsage(SeenAnswer expected, JsonNode? usage)
    {
        if (expected.Usage is not { } tokens)
        {
            Assert.Null(usage);
            return;
        }

        Assert.Equal(tokens.TotalInput, (long)usage!["prompt_tokens"]!);
        Assert.Equal(tokens.TotalOutput, (long)usage["completion_tokens"]!);
        Assert.Equal(tokens.TotalInput + tokens.TotalOutput, (long)usage["total_tokens"]!);
        Assert.Equal(tokens.CacheRead, (long)usage["prompt_tokens_details"]!["cached_tokens"]!);
        Assert.Equal(tokens.Reasoning, (long)usage["completion_tokens_details"]!["reasoning_tokens"]!);
    }

    private static void Check(string schema, JsonNode answer)
    {
        // The tier is the provider's own word (Groq: on_demand), which OpenAI's list does not know.
        var copy = answer.DeepClone().AsObject();
        copy.Remove("service_tier");
        SchemaCheck.OpenAi.Accepts(schema, copy);
    }
}
