using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>What a provider signed comes back to it when an Anthropic client sends its answer back as the next turn's history, and to no other provider.</summary>
public sealed class AnthropicSignatureTests
{
    public static TheoryData<Recording> Signed => SignatureRoundTripTests.Signed;

    [Theory]
    [MemberData(nameof(Signed))]
    public void ASignedAnswer_ComesBackAsItWas(Recording recording)
    {
        var said = Expected.Of(recording);
        var message = Answer(recording);
        var history = History(message);

        if (recording.Api == "messages")
        {
            // Anthropic's own pass through untouched.
            var proofs = message["content"]!.AsArray().Select(block => (string?)block!["signature"] ?? (string?)block["data"]).OfType<string>();
            Assert.All(said.Signatures.Concat(said.Encrypted), proof => Assert.Contains(proof, proofs));
            return;
        }

        var (body, _) = AnthropicReferenceTests.Translate(history.ToJsonString(), Deployments.Gemini("gemini-3-flash-preview"));
        var parts = body["contents"]![1]!["parts"]!.AsArray().Select(part => part!).ToList();
        Assert.Equal(said.Calls, parts.Where(part => part["functionCall"] is not null)
            .Select(part => new SeenCall((string)part["functionCall"]!["name"]!, SeenAnswer.Canonical(part["functionCall"]!["args"]))));
        Assert.All(said.Signatures, signature => Assert.Contains(parts, part => (string?)part["thoughtSignature"] == signature));
    }

    [Fact]
    public void ForeignThinking_DoesNotReachAnthropic()
    {
        var gemini = Recording.All.First(one => one.Api == "generate_content" && one.Status < 400 && Expected.Of(one) is { Ended: true, Signatures.Count: > 0, Calls.Count: > 0 });
        var (body, _) = AnthropicReferenceTests.Translate(History(Answer(gemini)).ToJsonString(), Deployments.Anthropic());

        Assert.DoesNotContain("hiway.", body.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(body["messages"]![1]!["content"]!.AsArray(), block => ((string)block!["type"]!).Contains("thinking", StringComparison.Ordinal));
    }

    private static JsonObject Answer(Recording recording)
    {
        if (recording.HasEventStream)
        {
            return AnthropicMessage.Of(Encoding.UTF8.GetString(AnthropicWriterTests.Written(recording, StreamDriver.Whole)));
        }

        var writer = new AnthropicAnswerWriter(new("msg_x", "m", 1));
        RecordedAnswerTests.DialectOf(recording).ReadAnswer(recording.Body, writer);
        return AnthropicWriterTests.Json(writer);
    }

    /// <summary>The next turn: the answer's content as it came, and a result for each call.</summary>
    private static JsonObject History(JsonObject message)
    {
        var results = AnthropicMessage.OfType(message, "tool_use")
            .Select(call => (JsonNode)new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = (string)call["id"]!, ["content"] = "result" }).ToList();
        return new JsonObject
        {
            ["model"] = "m",
            ["max_tokens"] = 100,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "question" },
                new JsonObject { ["role"] = "assistant", ["content"] = message["content"]!.DeepClone() },
                new JsonObject { ["role"] = "user", ["content"] = results.Count > 0 ? new JsonArray([.. results]) : "go on" }),
        };
    }
}
