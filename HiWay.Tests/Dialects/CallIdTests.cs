using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Tests.Dialects;

/// <summary>Ids of calls: each call of a conversation has its own, whatever the provider says of them.</summary>
public sealed class CallIdTests
{
    private const string Ollama = """{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{}}},{"function":{"name":"g","arguments":{}}}]},"done":true,"done_reason":"stop"}""";
    private const string Bedrock = """{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"","name":"f","input":{}}},{"toolUse":{"toolUseId":"","name":"g","input":{}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1}}""";
    private const string Gemini = """{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}},{"functionCall":{"name":"g","args":{}}}]},"finishReason":"STOP"}]}""";
    private const string Chat = """{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}},{"index":1,"type":"function","function":{"name":"g","arguments":"{}"}}]}}]}""";
    private const string Signed = """{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"}]},"finishReason":"STOP"}],"responseId":"r"}""";

    [Theory]
    [InlineData(UpstreamDialect.OllamaChat, Ollama)]
    [InlineData(UpstreamDialect.BedrockConverse, Bedrock)]
    [InlineData(UpstreamDialect.Gemini, Gemini)]
    [InlineData(UpstreamDialect.OpenAiChat, Chat)]
    public void WhereNothingHasAnId_TheCallsOfTwoAnswersDiffer(UpstreamDialect from, string answer)
    {
        IClientDialect[] clients = [ClientDialects.OpenAiChat, ClientDialects.OpenAiResponses, ClientDialects.AnthropicMessages];
        foreach (var client in clients)
        {
            List<string> ids = [.. Ids(client, from, answer, "resp_hw01FIRST"), .. Ids(client, from, answer, "resp_hw01OTHER")];

            Assert.Equal(4, ids.Distinct().Count());
            Assert.All(ids, id => Assert.Matches("^call_[A-Za-z0-9_-]{1,35}$", id));
        }
    }

    /// <summary>The AI SDK takes a signature from the piece that names the call; a model that thinks refuses the next turn without it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ASignature_ComesWithTheNameOfItsCall_BehindEverySinkThatStandsBetween(bool respelled)
    {
        var output = new ArrayBufferWriter<byte>();
        IAnswerSink sink = new OpenAiChatStreamWriter(output, new("chatcmpl-1", "m", 1));
        sink = new ResumableSink(sink, new DeliveredText());
        var own = respelled ? new string('a', 100) : "f";
        var (request, names) = ToolNames.Fit(OpenAiChatRequestReader.Read(Encoding.UTF8.GetBytes(Deployments.Ask($$$""" "tools":[{"type":"function","function":{"name":"{{{own}}}"}}] """))), ToolNameRule.Gemini);
        sink = names?.Restoring(sink) ?? sink;

        var reader = UpstreamDialects.For(UpstreamDialect.Gemini).NewStreamReader(sink);
        reader.Read(default, Encoding.UTF8.GetBytes(Signed.Replace("\"f\"", $"\"{request.Tools[0].Name}\"", StringComparison.Ordinal)));

        var first = Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one => JsonNode.Parse(one["data: ".Length..])!)
            .Select(one => one["choices"]![0]!["delta"]!["tool_calls"]).First(calls => calls is not null)![0]!;
        Assert.Equal((own, "c2ln"), ((string?)first["function"]!["name"], (string?)first["extra_content"]!["google"]!["thought_signature"]));
    }

    private static IEnumerable<string> Ids(IClientDialect client, UpstreamDialect from, string answer, string answerId)
    {
        var writer = client.NewAnswerWriter(new(answerId, "m", 1));
        UpstreamDialects.For(from).ReadAnswer(Encoding.UTF8.GetBytes(answer), writer);
        var output = new ArrayBufferWriter<byte>();
        writer.WriteTo(output, default);
        var json = JsonNode.Parse(output.WrittenSpan)!;
        var calls = json["choices"]?[0]!["message"]!["tool_calls"] ?? json["output"] ?? json["content"]!;
        return calls.AsArray().Select(call => (string)(call!["call_id"] ?? call["id"])!);
    }
}
