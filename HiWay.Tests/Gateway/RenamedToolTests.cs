using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A tool whose name the provider would refuse, through the whole gateway: it is called there under another, and the client never sees that.</summary>
public sealed class RenamedToolTests(MessagesWorld world) : IClassFixture<MessagesWorld>
{
    private static readonly string s_name = $"mcp__{new string('x', 90)}__read.file";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AMessagesClientsLongName_ComesBackFromOpenAi(bool stream)
    {
        world.Upstream.On("*", seen => Called(stream, (string)JsonNode.Parse(seen.Body)!["tools"]![0]!["function"]!["name"]!));

        var reply = await world.PostAsync(MessagesWorld.Ask(MessagesWorld.OpenAi, $$$"""
            "stream":{{{(stream ? "true" : "false")}}},"tools":[{"name":"{{{s_name}}}","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"{{{s_name}}}"}
            """));

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(s_name, (string?)reply.Json["content"]![0]!["name"]);
        var sent = JsonNode.Parse(world.Seen.Body)!;
        var name = (string)sent["tools"]![0]!["function"]!["name"]!;
        Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", name);
        Assert.Equal(name, (string?)sent["tool_choice"]!["function"]!["name"]);
        Assert.Null(reply.HiWay["dropped"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AChatClientsName_ThatBeginsWithADigit_ComesBackFromGemini(bool stream)
    {
        world.Upstream.On("*", seen =>
        {
            var name = (string)JsonNode.Parse(seen.Body)!["tools"]![0]!["functionDeclarations"]![0]!["name"]!;
            var answer = $$$$"""{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"{{{{name}}}}","args":{"a":1}}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":5}}""";
            return stream ? HostileAnswerTests.Raw("text/event-stream", $"data: {answer}\n\n") : HostileAnswerTests.Raw("application/json", answer);
        });
        var body = GatewayWorld.Body(stream: stream, model: MessagesWorld.Gemini);
        body["tools"] = JsonNode.Parse("""[{"type":"function","function":{"name":"2 fast","parameters":{"type":"object","properties":{}}}}]""");

        var reply = await world.Host.Http.ChatAsync(world.Account.Key, body);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var named = stream
            ? reply.Events.Where(data => data != "[DONE]").Select(data => (string?)JsonNode.Parse(data)!["choices"]![0]!["delta"]!["tool_calls"]?[0]!["function"]?["name"]).First(name => name is not null)
            : (string?)reply.Json["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["name"];
        Assert.Equal("2 fast", named);
    }

    /// <summary>Conversations are cut at their beginning, and providers refuse a result without its call.</summary>
    [Fact]
    public async Task AResultWhoseCallIsGone_GoesOnAsWords()
    {
        world.Upstream.On("*", Called(stream: false, "f"));

        var reply = await world.PostAsync($$"""
            {"model":"{{MessagesWorld.OpenAi}}","max_tokens":50,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","is_error":true,"content":"disk full"},{"type":"text","text":"And now?"}]},
             {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{} }]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"Sun"}]}]}
            """);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var sent = JsonNode.Parse(world.Seen.Body)!["messages"]!.AsArray();
        Assert.Equal(["user", "user", "assistant", "tool"], sent.Select(message => (string)message!["role"]!));
        Assert.Contains("Error: disk full", sent[0]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("t1", (string?)sent[3]!["tool_call_id"]);
    }

    private static Reply Called(bool stream, string name)
    {
        var call = $$$"""{"id":"c1","type":"function","function":{"name":"{{{name}}}","arguments":"{}"}}""";
        const string Usage = """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}""";
        return stream
            ? HostileAnswerTests.Raw("text/event-stream",
                $$$"""data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,{{{call[1..]}}}]},"finish_reason":"tool_calls"}],"usage":{{{Usage}}}}""" + "\n\ndata: [DONE]\n\n")
            : HostileAnswerTests.Raw("application/json",
                $$$"""{"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{{{call}}}]},"finish_reason":"tool_calls"}],"usage":{{{Usage}}}}""");
    }
}
