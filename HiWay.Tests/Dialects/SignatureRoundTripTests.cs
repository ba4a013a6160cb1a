using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>What a provider signed comes back to it unchanged when an OpenAI client sends its answer back as the next turn's history.</summary>
public sealed class SignatureRoundTripTests
{
    private static readonly AnswerDefaults Defaults = new("req_1", "m", 1);

    public static TheoryData<Recording> Signed => new(Recording.All.Where(one => one.Status < 400 && one.Api is "messages" or "generate_content"
        && Expected.Of(one) is { Ended: true } said && said.Signatures.Count + said.Encrypted.Count > 0));

    [Theory]
    [MemberData(nameof(Signed))]
    public void ASignedAnswer_ComesBackAsItWas(Recording recording)
    {
        var dialect = RecordedAnswerTests.DialectOf(recording);
        var said = Expected.Of(recording);
        foreach (var message in new[] { recording.HasEventStream ? Streamed(recording, dialect) : Buffered(recording, dialect) })
        {
            var history = new JsonObject
            {
                ["messages"] = new JsonArray(
                [
                    new JsonObject { ["role"] = "user", ["content"] = "question" },
                    message,
                    .. (message["tool_calls"] as JsonArray ?? []).Select(call => (JsonNode)new JsonObject
                    {
                        ["role"] = "tool", ["tool_call_id"] = (string)call!["id"]!, ["content"] = "result",
                    }),
                ]),
            };
            var (body, _) = Deployments.Translate(history.ToJsonString(), dialect.Kind is UpstreamDialect.Gemini ? Deployments.Gemini("gemini-3-flash-preview") : Deployments.Anthropic());
            if (dialect.Kind is UpstreamDialect.AnthropicMessages)
            {
                AssertAnthropic(said, body);
            }
            else
            {
                AssertGemini(said, body);
            }
        }
    }

    private static void AssertAnthropic(SeenAnswer said, JsonObject body)
    {
        var blocks = body["messages"]![1]!["content"]!.AsArray().Select(block => block!).ToList();
        var thinking = blocks.Where(block => (string)block["type"]! == "thinking").ToList();
        Assert.Equal(said.Reasoning, string.Concat(thinking.Select(block => (string)block["thinking"]!)));
        Assert.Equal(said.Signatures, thinking.Select(block => (string)block["signature"]!));
        Assert.Equal(said.Encrypted, blocks.Where(block => (string)block["type"]! == "redacted_thinking").Select(block => (string)block["data"]!));
        Assert.Equal(said.Calls, blocks.Where(block => (string)block["type"]! == "tool_use").Select(block => new SeenCall((string)block["name"]!, SeenAnswer.Canonical(block["input"]))));
        Assert.Equal(said.Text.TrimEnd(), string.Concat(blocks.Where(block => (string)block["type"]! == "text").Select(block => (string)block["text"]!)).TrimEnd());
    }

    private static void AssertGemini(SeenAnswer said, JsonObject body)
    {
        var parts = body["contents"]![1]!["parts"]!.AsArray().Select(part => part!).ToList();
        Assert.Equal(said.Calls, parts.Where(part => part["functionCall"] is not null)
            .Select(part => new SeenCall((string)part["functionCall"]!["name"]!, SeenAnswer.Canonical(part["functionCall"]!["args"]))));
        foreach (var signature in said.Signatures)
        {
            Assert.Contains(parts, part => (string?)part["thoughtSignature"] == signature);
        }
    }

    private static JsonObject Buffered(Recording recording, IUpstreamDialect dialect)
    {
        var writer = new OpenAiChatAnswerWriter(Defaults);
        dialect.ReadAnswer(recording.Body, writer);
        var output = new ArrayBufferWriter<byte>();
        writer.WriteTo(output, default);
        return JsonNode.Parse(output.WrittenSpan)!["choices"]![0]!["message"]!.DeepClone().AsObject();
    }

    /// <summary>Joins deltas as OpenAI's own client libraries do: texts are appended, lists are joined by their index.</summary>
    private static JsonObject Streamed(Recording recording, IUpstreamDialect dialect)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamDriver.Run(recording.Stream, StreamDriver.Whole, dialect.NewStreamReader(new OpenAiChatStreamWriter(output, Defaults)), closesEarly: false, recording.Framing);
        var message = new JsonObject();
        foreach (var line in Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            Join(message, JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!["delta"]!.AsObject());
        }

        return message;
    }

    internal static void Join(JsonObject whole, JsonObject delta)
    {
        foreach (var (name, value) in delta)
        {
            switch (whole[name], value)
            {
                case (null, _):
                    whole[name] = value?.DeepClone();
                    break;
                case (JsonObject known, JsonObject more):
                    Join(known, more);
                    break;
                case (JsonArray known, JsonArray more):
                    foreach (var item in more)
                    {
                        if (item!["index"] is { } index && known.FirstOrDefault(one => (int)one!["index"]! == (int)index) is JsonObject same)
                        {
                            Join(same, item.AsObject());
                        }
                        else
                        {
                            known.Add(item.DeepClone());
                        }
                    }

                    break;
                case (_, JsonValue) when name is "index" or "type" or "role":
                    break;
                case (JsonValue known, JsonValue more):
                    whole[name] = (string)known! + (string)more!;
                    break;
            }
        }
    }
}
