using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Tests.Dialects;

/// <summary>Whatever an upstream or a client sends, the readers say what is wrong in the promised way and end; seeded, so that a failure comes again.</summary>
public sealed class DialectFuzzTests
{
    private const int RoundsPerRecording = 25;

    private static readonly string[] Splinters =
        ["null", "[]", "{}", "-1", "1e400", "\"\\ud800\"", "true", "\"\"", "[[[[", "}", "\"", ",", ":", "\\", "\u0000", "99999999999999999999", "{\"a\":", "\n\n", "data: ", "event: error\n", "\uFEFF"];

    public static TheoryData<Recording> Answers => new(Recording.All.Where(one => one.Status < 400));

    public static TheoryData<Recording> Requests => OpenAiChatRequestReaderTests.Requests;

    [Theory]
    [MemberData(nameof(Answers))]
    public void AMutatedAnswer_EndsOrIsRefused(Recording recording)
    {
        var random = new Random(recording.Name.Length * 7919);
        var original = recording.HasEventStream ? recording.Stream : recording.Body;
        for (var round = 0; round < RoundsPerRecording; round++)
        {
            var mutated = Mutate(original, random);
            var output = new ArrayBufferWriter<byte>();
            var writer = new OpenAiChatStreamWriter(output, new("r", "m", 1) { IncludeUsage = true });
            try
            {
                if (recording.Frames is { } frames && round % 2 == 0)
                {
                    // A mutated frame is told by its checksum, so that what a frame holds is mutated for itself.
                    RunFrames(frames, random, RecordedAnswerTests.DialectOf(recording).NewStreamReader(writer));
                }
                else if (recording.HasEventStream)
                {
                    StreamDriver.Run(mutated, StreamDriver.Whole, RecordedAnswerTests.DialectOf(recording).NewStreamReader(writer), closesEarly: false, recording.Framing);
                }
                else
                {
                    RecordedAnswerTests.DialectOf(recording).ReadAnswer(mutated, writer);
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

            AssertComplete(output.WrittenSpan);
        }
    }

    internal static void RunFrames(JsonArray frames, Random random, IUpstreamStreamReader reader)
    {
        var broken = random.Next(frames.Count);
        for (var i = 0; i < frames.Count; i++)
        {
            var headers = frames[i]!["headers"]!;
            var payload = Encoding.UTF8.GetBytes(frames[i]!["payload"]!.ToJsonString());
            reader.Read(Encoding.UTF8.GetBytes((string?)headers[":event-type"] ?? (string)headers[":exception-type"]!), i == broken ? Mutate(payload, random) : payload);
        }

        reader.Closed();
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void AMutatedRequest_IsTranslatedOrRefusedWithAReason(Recording recording)
    {
        var random = new Random(recording.Name.Length * 104_729);
        var original = Encoding.UTF8.GetBytes(recording.RequestBody!.ToJsonString());
        for (var round = 0; round < RoundsPerRecording; round++)
        {
            var mutated = Mutate(original, random);
            try
            {
                var request = OpenAiChatRequestReader.Read(mutated);
                foreach (var deployment in new[] { Deployments.Anthropic(), Deployments.Gemini(), Deployments.Gemini("gemini-2.0-flash"), Deployments.OpenAi(), Deployments.Bedrock(), Deployments.Cohere(), Deployments.Ollama(), Deployments.Responses() })
                {
                    var body = new ArrayBufferWriter<byte>();
                    UpstreamDialects.For(deployment.Dialect).WriteRequest(request, deployment, stream: true, body, []);
                    JsonElement.Parse(body.WrittenSpan);
                }
            }
            catch (InvalidChatRequestException e)
            {
                Assert.NotEqual("", e.Message);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void AMutatedError_IsStillQuoted(Recording recording)
    {
        var random = new Random(recording.Name.Length * 31);
        var error = Encoding.UTF8.GetBytes("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded","code":5,"details":[{"retryDelay":"3s"}],"metadata":{"raw":"{}"}},"detail":[{"loc":["a"],"msg":"m"}]}""");
        for (var round = 0; round < RoundsPerRecording; round++)
        {
            var read = RecordedAnswerTests.DialectOf(recording).ReadError(500, new HttpResponseMessage().Headers, Mutate(error, random), DateTimeOffset.UnixEpoch);
            Assert.NotEqual("", read.Message);
        }
    }

    /// <summary>Every event that left is whole JSON on one line.</summary>
    private static void AssertComplete(ReadOnlySpan<byte> stream)
    {
        foreach (var line in Encoding.UTF8.GetString(stream).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.StartsWith("data: ", line, StringComparison.Ordinal);
            if (line != "data: [DONE]")
            {
                JsonElement.Parse(line[6..]);
            }
        }
    }

    internal static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var i = random.Next(1, 4); i > 0 && bytes.Count > 2; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Splinters[random.Next(Splinters.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    // A value takes another type: what follows a colon becomes a splinter.
                    var colon = bytes.IndexOf((byte)':', at);
                    if (colon > 0)
                    {
                        var end = bytes.FindIndex(colon, one => one is (byte)',' or (byte)'}' or (byte)']');
                        if (end > colon)
                        {
                            bytes.RemoveRange(colon + 1, end - colon - 1);
                        }

                        bytes.InsertRange(colon + 1, Encoding.UTF8.GetBytes(Splinters[random.Next(8)]));
                    }

                    break;
            }
        }

        return [.. bytes];
    }
}
