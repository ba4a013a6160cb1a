using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>Tools whose names an upstream refuses go there under names that it takes; the client sees its own alone.</summary>
public sealed class ToolNameTests
{
    private static readonly string s_long = $"mcp__{new string('x', 70)}";

    public static TheoryData<UpstreamDialect, string> Refused => new()
    {
        { UpstreamDialect.OpenAiChat, "weather.get" }, { UpstreamDialect.OpenAiChat, "get weather" }, { UpstreamDialect.OpenAiChat, s_long }, { UpstreamDialect.OpenAiResponses, s_long },
        { UpstreamDialect.AnthropicMessages, "weather.get" }, { UpstreamDialect.AnthropicMessages, new string('x', 129) },
        { UpstreamDialect.Gemini, "1st" }, { UpstreamDialect.Gemini, "-a" }, { UpstreamDialect.Gemini, "a:b" }, { UpstreamDialect.Gemini, "wetter für" }, { UpstreamDialect.Gemini, s_long },
        { UpstreamDialect.BedrockConverse, "weather.get" }, { UpstreamDialect.BedrockConverse, s_long }, { UpstreamDialect.CohereV2, "get-weather" }, { UpstreamDialect.CohereV2, "1st" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void AName_ThatIsRefused_BecomesOneThatIsTaken_TheSameEachTime(UpstreamDialect dialect, string name)
    {
        var rule = UpstreamDialects.For(dialect).ToolNames!;

        var (sent, _) = Fit(rule, name);
        var (again, _) = Fit(rule, "other", name);

        Assert.False(rule.Takes(name));
        Assert.True(rule.Takes(sent.Tools[0].Name), sent.Tools[0].Name);
        Assert.Equal(sent.Tools[0].Name, again.Tools[1].Name);
    }

    [Theory]
    [InlineData(UpstreamDialect.OpenAiChat, "get-weather_1")]
    [InlineData(UpstreamDialect.AnthropicMessages, "9lives")]
    [InlineData(UpstreamDialect.Gemini, "weather.get-now")]
    [InlineData(UpstreamDialect.CohereV2, "_get")]
    public void AName_ThatIsTaken_StaysAsItIs(UpstreamDialect dialect, string name)
    {
        var request = Asking(name);

        var (sent, names) = ToolNames.Fit(request, UpstreamDialects.For(dialect).ToolNames);

        Assert.Same(request, sent);
        Assert.Null(names);
    }

    [Fact]
    public void OllamaTakesAnyName() => Assert.Null(UpstreamDialects.For(UpstreamDialect.OllamaChat).ToolNames);

    [Fact]
    public void NamesThatDifferInWhatIsRefused_StayApart_AndNoneTakesAnothers()
    {
        // The last two are what HiWay would call the first.
        var taken = ToolNameRule.OpenAi.Respell("a.b", 8);
        var (sent, _) = Fit(ToolNameRule.OpenAi, "a.b", "a b", "a_b", taken, ToolNameRule.OpenAi.Respell("a.b", 9));

        Assert.Equal(5, sent.Tools.Select(tool => tool.Name).Distinct().Count());
        Assert.All(sent.Tools, tool => Assert.True(ToolNameRule.OpenAi.Takes(tool.Name)));
        Assert.Equal(("a_b", taken), (sent.Tools[2].Name, sent.Tools[3].Name));
    }

    [Fact]
    public void EverythingThatNamesTheTool_NamesItTheSame()
    {
        var (body, _) = Sent(
            """
            {"model":"m","messages":[{"role":"user","content":"Hi"},
              {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"1 weather","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"Sun"}],
             "tools":[{"type":"function","function":{"name":"1 weather","parameters":{"type":"object","properties":{}}}}],
             "tool_choice":{"type":"function","function":{"name":"1 weather"}}}
            """, Deployments.Gemini());

        var name = (string)body["tools"]![0]!["functionDeclarations"]![0]!["name"]!;
        Assert.True(ToolNameRule.Gemini.Takes(name));
        Assert.Equal(name, (string?)body["contents"]![1]!["parts"]![0]!["functionCall"]!["name"]);
        Assert.Equal(name, (string?)body["contents"]![2]!["parts"]![0]!["functionResponse"]!["name"]);
        Assert.Equal(name, (string?)body["toolConfig"]!["functionCallingConfig"]!["allowedFunctionNames"]![0]);
    }

    [Fact]
    public void TheClientSeesItsOwnName_AndOneThatTheModelMadeUpAsItIs()
    {
        var (body, names) = Sent(
            """{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"tools/\"weather\"","parameters":{"type":"object","properties":{}}}}]}""",
            Deployments.Anthropic());
        var name = (string)body["tools"]![0]!["name"]!;
        var writer = new OpenAiChatAnswerWriter(new("r", "m", 1));

        UpstreamDialects.For(UpstreamDialect.AnthropicMessages).ReadAnswer(
            Encoding.UTF8.GetBytes($$$"""{"type":"message","id":"x","model":"m","content":[{"type":"tool_use","id":"a","name":"{{{name}}}","input":{}},{"type":"tool_use","id":"b","name":"another","input":{}}],"stop_reason":"tool_use","usage":{}}"""),
            names!.Restoring(writer));
        var output = new ArrayBufferWriter<byte>();
        writer.WriteTo(output, default);

        var calls = JsonNode.Parse(output.WrittenSpan)!["choices"]![0]!["message"]!["tool_calls"]!.AsArray();
        Assert.Equal(["tools/\"weather\"", "another"], calls.Select(call => (string)call!["function"]!["name"]!));
    }

    private static (ChatRequest Request, ToolNames? Names) Fit(ToolNameRule rule, params string[] names) => ToolNames.Fit(Asking(names), rule);

    private static ChatRequest Asking(params string[] names) => new()
    {
        Messages = [new(ChatRole.User, [new TextPart("Hi")])],
        Tools = [.. names.Select(name => new ToolDefinition(name, null, null))],
    };

    private static (JsonObject Body, ToolNames? Names) Sent(string body, Deployment to)
    {
        var dialect = UpstreamDialects.For(to.Dialect);
        var (request, names) = ToolNames.Fit(OpenAiChatRequestReader.Read(Encoding.UTF8.GetBytes(body)), dialect.ToolNames);
        var written = new ArrayBufferWriter<byte>();
        dialect.WriteRequest(request, to, false, written, []);
        return (JsonNode.Parse(written.WrittenSpan)!.AsObject(), names);
    }
}
