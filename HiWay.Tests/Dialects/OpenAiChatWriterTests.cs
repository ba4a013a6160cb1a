using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Tests.Dialects;

public sealed class OpenAiChatWriterTests
{
    private static readonly AnswerDefaults Defaults = new("req_1", "fallback-model", 1_700_000_000);

    private static (List<string> Lines, OpenAiChatStreamWriter Writer) Stream(Action<IAnswerSink> answer, AnswerDefaults? defaults = null, bool includeUsage = false)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new OpenAiChatStreamWriter(output, (defaults ?? Defaults) with { IncludeUsage = includeUsage });
        answer(writer);
        if (writer.IsEnded)
        {
            writer.WriteEnding("""{"request_id":"req_1"}"""u8);
        }

        return ([.. Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)], writer);
    }

    private static JsonNode Body(Action<IAnswerSink> answer, AnswerDefaults? defaults = null)
    {
        var writer = new OpenAiChatAnswerWriter(defaults ?? Defaults);
        answer(writer);
        var output = new ArrayBufferWriter<byte>();
        writer.WriteTo(output, default);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    private static void End(IAnswerSink sink, FinishReason reason = FinishReason.Stop)
    {
        sink.Finished(0, reason);
        sink.Ended();
    }

    [Fact]
    public void TheFirstDelta_CarriesTheRole_AndTheEnding_CarriesReasonAndReceipt()
    {
        var (lines, writer) = Stream(sink =>
        {
            sink.Started("chatcmpl-1"u8, "m"u8, 5);
            sink.Text(0, ""u8);
            sink.Text(0, "He\\nllo"u8);
            sink.Text(0, " you"u8);
            End(sink);
        });

        Assert.Equal(
        [
            """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"He\nllo"},"finish_reason":null}]}""",
            """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"content":" you"},"finish_reason":null}]}""",
            """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"_hiway":{"request_id":"req_1"}}""",
            "data: [DONE]",
        ], lines);
        Assert.Equal((true, 11L), (writer.HasContent, writer.ProducedBytes));
    }

    [Fact]
    public void NothingIsWritten_BeforeTheFirstMeaningfulPiece()
    {
        var (lines, writer) = Stream(sink =>
        {
            sink.Started("x"u8, "m"u8, null);
            sink.Usage(new TokenUsage { Input = 3 });
            sink.Text(0, ""u8);
        });
        Assert.Empty(lines);
        Assert.False(writer.HasContent);
        Assert.Equal(3, writer.Usage!.Value.Input);
    }

    [Fact]
    public void AnEmptyAnswer_IsStillAnAnswer()
    {
        var (lines, _) = Stream(sink =>
        {
            sink.Started("x"u8, "m"u8, 1);
            End(sink);
        });
        var delta = JsonNode.Parse(lines[0][6..])!["choices"]![0]!["delta"]!;
        Assert.Equal(("assistant", ""), ((string)delta["role"]!, (string)delta["content"]!));
    }

    [Fact]
    public void AnAnswerThatBroke_IsNotEnded()
    {
        var (lines, writer) = Stream(sink =>
        {
            sink.Started("x"u8, "m"u8, 1);
            sink.Text(0, "half"u8);
            sink.Failed(new(502, "broke"));
        });
        Assert.Single(lines);
        Assert.DoesNotContain("finish_reason\":\"", lines[0], StringComparison.Ordinal);
        Assert.Equal((false, 502), (writer.IsEnded, writer.Error!.Status));
    }

    [Theory]
    [InlineData("", "chatcmpl-req_1")]
    [InlineData("msg_01", "chatcmpl-msg_01")]
    [InlineData("chatcmpl-9", "chatcmpl-9")]
    public void TheId_HasOpenAisForm(string upstream, string id) => Assert.Equal(id, (string)Body(sink =>
    {
        sink.Started(Encoding.UTF8.GetBytes(upstream), default, null);
        End(sink);
    })["id"]!);

    [Fact]
    public void WhatTheUpstreamLeavesOut_ComesFromTheDefaults()
    {
        var body = Body(sink => End(sink));
        Assert.Equal(("chatcmpl-req_1", "fallback-model", 1_700_000_000L), ((string)body["id"]!, (string)body["model"]!, (long)body["created"]!));
        Assert.Null(body["usage"]);
        Assert.Equal("", (string)body["choices"]![0]!["message"]!["content"]!);
    }

    [Theory]
    [InlineData(FinishReason.Stop, true, "tool_calls")]
    [InlineData(FinishReason.ToolCalls, true, "tool_calls")]
    [InlineData(FinishReason.ToolCalls, false, "stop")]
    [InlineData(FinishReason.Length, true, "length")]
    [InlineData(FinishReason.ContentFilter, false, "content_filter")]
    [InlineData(FinishReason.Refusal, false, "content_filter")]
    public void TheFinishReason_FollowsTheContent(FinishReason said, bool calls, string written)
    {
        void Answer(IAnswerSink sink)
        {
            sink.Started("x"u8, "m"u8, 1);
            if (calls)
            {
                sink.ToolCallStarted(0, 0, "c"u8, "f"u8);
                sink.ToolCallArguments(0, 0, "{}"u8);
            }

            End(sink, said);
        }

        Assert.Equal(written, (string)Body(Answer)["choices"]![0]!["finish_reason"]!);
        Assert.Equal(written, (string)JsonNode.Parse(Stream(Answer).Lines[^2][6..])!["choices"]![0]!["finish_reason"]!);
    }

    [Fact]
    public void Usage_IsInOpenAisShape_FromBucketsThatDoNotOverlap()
    {
        var usage = new TokenUsage { Input = 1, CacheRead = 2, CacheWrite5m = 4, CacheWrite1h = 8, Output = 16, Reasoning = 32 };
        var body = Body(sink =>
        {
            sink.Usage(usage);
            End(sink);
        });
        Assert.Equal(
            """{"prompt_tokens":15,"completion_tokens":48,"total_tokens":63,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0,"cache_write_tokens":12},"completion_tokens_details":{"reasoning_tokens":32,"audio_tokens":0}}""",
            body["usage"]!.ToJsonString());

        // And read again it is the same but for the hour of the cache, which the shape does not know.
        Assert.Equal(usage with { CacheWrite5m = 12, CacheWrite1h = 0 }, OpenAiUsage.Read(Encoding.UTF8.GetBytes(body["usage"]!.ToJsonString())));
    }

    [Fact]
    public void AskedForUsage_TheLastChunkHasItAlone_WithTheReceipt()
    {
        var (lines, _) = Stream(sink =>
        {
            sink.Text(0, "a"u8);
            sink.Usage(new TokenUsage { Input = 3, Output = 4 });
            End(sink);
        }, includeUsage: true);
        var last = JsonNode.Parse(lines[^2][6..])!;
        Assert.Empty(last["choices"]!.AsArray());
        Assert.Equal((3, 4, "req_1"), ((int)last["usage"]!["prompt_tokens"]!, (int)last["usage"]!["completion_tokens"]!, (string)last["_hiway"]!["request_id"]!));
        Assert.Null(JsonNode.Parse(lines[^3][6..])!["_hiway"]);
    }

    [Fact]
    public void SeveralChoices_AreFinishedOneByOne()
    {
        var (lines, _) = Stream(sink =>
        {
            sink.Text(0, "a"u8);
            sink.Text(1, "b"u8);
            sink.Finished(1, FinishReason.Length);
            sink.Finished(0, FinishReason.Stop);
            sink.Ended();
        });
        var ends = lines[^3..^1].Select(line => JsonNode.Parse(line[6..])!["choices"]![0]!).ToList();
        Assert.Equal([(0, "stop"), (1, "length")], ends.Select(end => ((int)end["index"]!, (string)end["finish_reason"]!)));
        Assert.Equal(["assistant", "assistant"], lines[..2].Select(line => (string)JsonNode.Parse(line[6..])!["choices"]![0]!["delta"]!["role"]!));
    }

    [Fact]
    public void AskedInTheOldForm_TheAnswerIsInTheOldForm()
    {
        static void Answer(IAnswerSink sink)
        {
            sink.ToolCallStarted(0, 0, "c"u8, "f"u8);
            sink.ToolCallArguments(0, 0, "{\\\"a\\\":1}"u8);
            sink.ToolCallStarted(0, 1, "c2"u8, "g"u8);
            sink.ToolCallArguments(0, 1, "{}"u8);
            End(sink, FinishReason.ToolCalls);
        }

        var choice = Body(Answer, Defaults with { LegacyFunctions = true })["choices"]![0]!;
        Assert.Equal("""{"name":"f","arguments":"{\"a\":1}"}""", choice["message"]!["function_call"]!.ToJsonString(Relaxed));
        Assert.Null(choice["message"]!["tool_calls"]);
        Assert.Equal("function_call", (string)choice["finish_reason"]!);

        var deltas = Stream(Answer, Defaults with { LegacyFunctions = true }).Lines[..^1].Select(line => JsonNode.Parse(line[6..])!["choices"]![0]!["delta"]!["function_call"]).OfType<JsonObject>().ToList();
        Assert.Equal(("f", """{"a":1}"""), ((string)deltas[0]["name"]!, string.Concat(deltas.Select(delta => (string?)delta["arguments"]))));
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Extras_GoWhereClientsLookForThem()
    {
        static void Answer(IAnswerSink sink)
        {
            sink.Extra(0, ExtraKinds.Logprobs, "{\n \"content\": [],\n \"refusal\": null}"u8);
            sink.Text(0, "a"u8);
            sink.Extra(0, ExtraKinds.UrlCitation, """{"type":"url_citation","url_citation":{"url":"https://x","title":"t","start_index":0,"end_index":0}}"""u8);
            sink.Extra(0, ExtraKinds.Image, """{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}"""u8);
            sink.Extra(0, ExtraKinds.ServiceTier, "\"default\""u8);
            sink.Extra(0, ExtraKinds.ServerTool, "{}"u8);
            End(sink);
        }

        var body = Body(Answer);
        var message = body["choices"]![0]!["message"]!;
        Assert.Equal(("https://x", "data:image/png;base64,AA", "default"),
            ((string)message["annotations"]![0]!["url_citation"]!["url"]!, (string)message["images"]![0]!["image_url"]!["url"]!, (string)body["service_tier"]!));

        var (lines, _) = Stream(Answer);
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));
        var chunks = lines[..^1].Select(line => JsonNode.Parse(line[6..])!).ToList();
        Assert.NotNull(chunks[0]["choices"]![0]!["logprobs"]!["content"]);
        Assert.Contains(chunks, chunk => chunk["choices"]![0]!["delta"]!["annotations"] is not null);
        Assert.Contains(chunks, chunk => chunk["choices"]![0]!["delta"]!["images"] is not null);
        Assert.Equal("default", (string)chunks[^1]["service_tier"]!);
    }

    [Fact]
    public void ATextDelta_AllocatesNothing()
    {
        var output = new FixedBuffer();
        IAnswerSink writer = new OpenAiChatStreamWriter(output, Defaults);
        writer.Started("x"u8, "m"u8, 1);
        writer.Text(0, "warm"u8);
        output.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            writer.Text(0, "some words of an answer"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("messages", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"words"}}""")]
    [InlineData("generate_content", """{"candidates":[{"content":{"parts":[{"text":"words"}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"r"}""")]
    [InlineData("chat_completions", """{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"words"},"finish_reason":null}]}""")]
    public void ATranslatedTextDelta_AllocatesNothing(string api, string chunk)
    {
        var data = Encoding.UTF8.GetBytes(chunk);
        var output = new FixedBuffer();
        var dialect = UpstreamDialects.For(api switch
        {
            "messages" => HiWay.Infrastructure.Providers.UpstreamDialect.AnthropicMessages,
            "generate_content" => HiWay.Infrastructure.Providers.UpstreamDialect.Gemini,
            _ => HiWay.Infrastructure.Providers.UpstreamDialect.OpenAiChat,
        });
        var reader = dialect.NewStreamReader(new OpenAiChatStreamWriter(output, Defaults));
        if (api == "messages")
        {
            reader.Read(default, """{"type":"message_start","message":{"id":"m","model":"x","usage":{"input_tokens":1}}}"""u8);
        }

        reader.Read(default, data);
        output.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            reader.Read(default, data);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(output.Length > 0);
    }

    [Fact]
    public void ACharacterEscapedInTwoChunks_ReachesTheClientInTwoChunks()
    {
        var (lines, _) = Stream(sink =>
        {
            var reader = UpstreamDialects.For(HiWay.Infrastructure.Providers.UpstreamDialect.OpenAiChat).NewStreamReader(sink);
            reader.Read(default, """{"choices":[{"index":0,"delta":{"content":"\ud83d"}}]}"""u8);
            reader.Read(default, """{"choices":[{"index":0,"delta":{"content":"\ude00"},"finish_reason":"stop"}]}"""u8);
            reader.Read(default, "[DONE]"u8);
        });
        Assert.Contains("\"content\":\"\\ud83d\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"content\":\"\\ude00\"", lines[1], StringComparison.Ordinal);
    }

    private sealed class FixedBuffer : IBufferWriter<byte>
    {
        private readonly byte[] _bytes = new byte[1024 * 1024];

        public int Length { get; private set; }

        public void Clear() => Length = 0;

        public void Advance(int count) => Length += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(Length);

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(Length);
    }

    [Theory]
    [InlineData("run", "custom", "input")]
    [InlineData("look", "function", "arguments")]
    public void ASignatureThatComesAfterItsCall_StaysWithItsKind(string name, string kind, string member)
    {
        var (lines, _) = Stream(
            sink =>
            {
                sink.Started("chatcmpl-1"u8, "m"u8, 5);
                sink.ToolCallStarted(0, 0, "c0"u8, Encoding.UTF8.GetBytes(name));
                sink.ToolCallSignature(0, 0, SignatureFormats.Gemini, "Thought=="u8);
                End(sink, FinishReason.ToolCalls);
            },
            Defaults with { CustomTools = new HashSet<string> { "run" } });

        var pieces = lines.Where(line => line.Contains("tool_calls\":[", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!["delta"]!["tool_calls"]![0]!.AsObject()).ToArray();
        Assert.Equal(2, pieces.Length);
        Assert.All(pieces, piece => Assert.Equal("", piece[kind]![member]!.GetValue<string>()));
        Assert.All(pieces, piece => Assert.False(piece.ContainsKey(kind == "custom" ? "function" : "custom")));
        Assert.Equal("Thought==", pieces[1]["extra_content"]!["google"]!["thought_signature"]!.GetValue<string>());
    }

    [Fact]
    public void ACopyOfADeployment_WithAnotherAddress_IsCalledThere()
    {
        var (dialect, deployment) = (new OpenAiChatDialect(), Deployments.OpenAi());
        Assert.Equal("https://api.openai.com/v1/chat/completions", dialect.ChatUri(deployment, stream: false).AbsoluteUri);
        Assert.Equal("https://eu.example/v1/chat/completions", dialect.ChatUri(deployment with { BaseUrl = new("https://eu.example/v1/") }, stream: false).AbsoluteUri);
    }
}
