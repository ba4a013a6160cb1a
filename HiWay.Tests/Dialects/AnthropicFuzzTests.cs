using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Tests.Dialects;

/// <summary>Whatever comes in or back, an Anthropic client gets whole events in order or a reason; seeded, so that a failure comes again.</summary>
public sealed class AnthropicFuzzTests
{
    private const int RoundsPerCase = 25;

    public static TheoryData<Recording> Answers => DialectFuzzTests.Answers;

    public static TheoryData<string> Requests => new(Bodies.Keys);

    private static readonly SortedDictionary<string, byte[]> Bodies = new(
        Recording.All.Where(one => one.Api == "messages" && one.RequestBody is JsonObject body && body["messages"] is JsonArray)
            .Select(one => KeyValuePair.Create(one.Name, one.RequestBody!.ToJsonString()))
            .Concat(AnthropicReferenceTests.All.Select(one => KeyValuePair.Create(one.ToString(), one.Request)))
            .ToDictionary(one => one.Key, one => Encoding.UTF8.GetBytes(one.Value)));

    [Theory]
    [MemberData(nameof(Answers))]
    public void AMutatedAnswer_IsWrittenInOrder_OrRefused(Recording recording)
    {
        var random = new Random(recording.Name.Length * 6_131);
        for (var round = 0; round < RoundsPerCase; round++)
        {
            var output = new ArrayBufferWriter<byte>();
            var writer = new AnthropicStreamWriter(output, new("r", "m", 1));
            var dialect = RecordedAnswerTests.DialectOf(recording);
            try
            {
                if (recording.Frames is { } frames)
                {
                    DialectFuzzTests.RunFrames(frames, random, dialect.NewStreamReader(writer));
                }
                else if (recording.HasEventStream)
                {
                    StreamDriver.Run(DialectFuzzTests.Mutate(recording.Stream, random), StreamDriver.Whole, dialect.NewStreamReader(writer), closesEarly: false, recording.Framing);
                }
                else
                {
                    dialect.ReadAnswer(DialectFuzzTests.Mutate(recording.Body, random), writer);
                }
            }
            catch (Exception broken) when (broken is JsonException or InvalidDataException)
            {
                // The promised ways to say that an upstream's answer is broken.
            }

            if (writer.IsEnded)
            {
                writer.WriteEnding("{}"u8);
            }

            // Half a surrogate pair may pass, because some upstreams escape the halves in two chunks; the reader here would stumble over it.
            AnthropicMessage.Read(Encoding.UTF8.GetString(output.WrittenSpan).Replace("\\ud800", "?", StringComparison.Ordinal), out var whole);
            Assert.Equal(writer.IsEnded, whole);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void AMutatedStreamThatPassesThrough_EndsOnlyWithItsTerminator(Recording recording)
    {
        if (recording.Api != "messages" || !recording.HasEventStream)
        {
            return;
        }

        var random = new Random(recording.Name.Length * 977);
        for (var round = 0; round < RoundsPerCase * 4; round++)
        {
            var mutated = DialectFuzzTests.Mutate(recording.Stream, random);
            using var relay = new AnthropicStreamRelay();
            var output = new ArrayBufferWriter<byte>();
            var sse = new SseReader();
            try
            {
                var at = 0;
                while (sse.TryRead(mutated.AsSpan(at), out var found))
                {
                    relay.Take(found, output);
                    at += found.Raw.Length;
                }
            }
            catch (JsonException)
            {
                Assert.False(relay.IsComplete);
            }
            finally
            {
                sse.Dispose();
            }

            Assert.DoesNotContain("\"type\":\"message_stop\"", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void AMutatedRequest_IsSplicedAndTranslated_OrRefusedWithAReason(string name)
    {
        var random = new Random(name.Length * 15_487);
        for (var round = 0; round < RoundsPerCase; round++)
        {
            var mutated = DialectFuzzTests.Mutate(Bodies[name], random);
            var (body, error) = AnthropicBodyScanner.Scan([.. mutated], mutated.Length);
            if (body is not null)
            {
                body.PromptCaching = true;
                body.Prefix!.Bytes += 1_000_000;
                var spliced = new ArrayBufferWriter<byte>();
                AnthropicSplice.Write(body, "claude-sonnet-4-5", spliced);
                JsonElement.Parse(spliced.WrittenSpan);
            }
            else
            {
                Assert.NotEmpty(error!.Message);
            }

            try
            {
                var request = AnthropicRequestReader.Read(mutated);
                foreach (var deployment in new[] { Deployments.OpenAi(), Deployments.Gemini(), Deployments.Anthropic(), Deployments.Bedrock(), Deployments.Cohere(), Deployments.Ollama() })
                {
                    var written = new ArrayBufferWriter<byte>();
                    UpstreamDialects.For(deployment.Provider.Dialect).WriteRequest(request with { PromptCaching = true }, deployment, stream: true, written, []);
                    JsonElement.Parse(written.WrittenSpan);
                }
            }
            catch (InvalidChatRequestException e)
            {
                Assert.NotEqual("", e.Message);
            }
        }
    }
}
