using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Dialects;

/// <summary>Requests that few send and all may: what they say arrives, or is named.</summary>
public sealed class UnusualButLegalTests
{
    public static TheoryData<string> Others => ["anthropic", "gemini", "bedrock", "cohere", "ollama", "responses", "groq"];

    [Theory]
    [MemberData(nameof(Others))]
    public void AMemberOfAMessage_ThatHasNoPlace_IsNamed_AndEmptyOnesAreNot(string to)
    {
        var (_, dropped) = Write(
            """
            {"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"x","audio":{"id":"audio_1"},"annotations":[{"type":"url_citation"}],"function_call":null,"images":[]},{"role":"user","content":"Go"}]}
            """, to);

        Assert.Equal(["messages[1].audio"], dropped);
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("gemini")]
    [InlineData("bedrock")]
    [InlineData("cohere")]
    [InlineData("ollama")]
    public void AParticipantsName_IsSaidInTheWords_WhereThereIsNoFieldForIt(string to) =>
        Assert.Contains("bob: Hi", Write("""{"model":"m","messages":[{"role":"user","name":"bob","content":"Hi"}]}""", to).Sent, StringComparison.Ordinal);

    [Fact]
    public void AFailedTool_IsToldAsFailed_OnResponses()
    {
        const string Body = """
            {"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"disk full"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}
            """;

        Assert.Contains("\"output\":\"Error: disk full\"", Write(Body, "responses").Sent, StringComparison.Ordinal);
    }

    /// <summary>Providers refuse a message without content, and without it the model would answer another question.</summary>
    [Theory]
    [InlineData("anthropic")]
    [InlineData("bedrock")]
    [InlineData("cohere")]
    [InlineData("ollama")]
    [InlineData("responses")]
    public void AMessageOfWhichNothingCanBeSaid_SaysSo(string to)
    {
        var (sent, dropped) = Write("""{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"user","content":[{"type":"hologram"}]}]}""", to);

        Assert.Equal(["messages[2].content[0]"], dropped);
        Assert.Contains("left out", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("[]", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("groq")]
    [InlineData("mistral")]
    [InlineData("responses")]
    public void ABlockOfAnthropics_OfWhichNothingCanBeSaid_SaysSo(string to)
    {
        var (sent, dropped) = Write("""{"model":"m","max_tokens":10,"messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f"}]}]}""", to);

        Assert.Equal(["messages[0].content[0]"], dropped);
        Assert.Contains("left out", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("[]", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cohere")]
    [InlineData("ollama")]
    public void AFailedTool_IsToldAsFailed_WhereThereIsNoFieldForIt(string to)
    {
        const string Body = """
            {"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"disk full"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}
            """;

        var (sent, dropped) = Write(Body, to);

        Assert.Empty(dropped);
        Assert.Contains("Error: disk full", sent, StringComparison.Ordinal);
    }

    /// <summary>The words are those of the providers' documents: api-docs.deepseek.com (thinking mode), docs.x.ai and console.groq.com (reasoning), Mistral's API description.</summary>
    [Theory]
    [InlineData("mistral", "mistral-small-latest", "minimal", "none", true)]
    [InlineData("mistral", "mistral-small-latest", "low", "high", true)]
    [InlineData("mistral", "mistral-small-latest", "high", "high", false)]
    [InlineData("groq", "openai/gpt-oss-20b", "minimal", "low", true)]
    [InlineData("groq", "openai/gpt-oss-20b", "xhigh", "high", true)]
    [InlineData("groq", "qwen/qwen3-32b", "none", "none", false)]
    [InlineData("groq", "qwen/qwen3-32b", "high", "default", true)]
    [InlineData("deepseek", "deepseek-chat", "low", "low", false)]
    [InlineData("deepseek", "deepseek-chat", "medium", "high", true)]
    [InlineData("deepseek", "deepseek-chat", "max", "max", false)]
    [InlineData("deepseek", "deepseek-chat", "none", null, false)]
    [InlineData("xai", "grok-3-mini", "medium", "high", true)]
    [InlineData("xai", "grok-4.3", "none", "none", false)]
    [InlineData("xai", "grok-4.5", "none", "low", true)]
    [InlineData("xai", "grok-4-fast-reasoning", "low", null, true)]
    [InlineData("moonshot", "kimi-k2", "medium", null, false)]
    [InlineData("moonshot", "kimi-k2", "high", null, true)]
    public void AnEffort_IsTheNearestThatTheModelKnows_AndNamedWhenItIsAnother(string provider, string model, string effort, string? word, bool named)
    {
        var (body, dropped) = Deployments.Translate(Deployments.Ask($"\"reasoning_effort\":\"{effort}\""), Deployments.Known(provider, model));

        Assert.Equal(word, (string?)body["reasoning_effort"]);
        Assert.Equal(named, dropped.Contains("reasoning_effort"));
        if (provider is "deepseek" or "moonshot")
        {
            Assert.Equal(effort == "none" ? "disabled" : "enabled", (string?)body["thinking"]!["type"]);
        }
    }

    [Fact]
    public void AFileOfAnthropics_IsNoFileOfOpenAis()
    {
        var (sent, dropped) = Write(
            """{"model":"m","max_tokens":10,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}},{"type":"text","text":"?"}]}]}""", "responses");

        Assert.DoesNotContain("file_1", sent, StringComparison.Ordinal);
        Assert.Equal(["messages[0].content[0]"], dropped);
    }

    [Theory]
    [InlineData("cohere")]
    [InlineData("ollama")]
    public void ThinkingThatOnlyAnotherCanRead_IsNamed(string to)
    {
        var (_, dropped) = Write(
            """{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"redacted_thinking","data":"ZGF0YQ=="},{"type":"text","text":"x"}]},{"role":"user","content":"Go"}]}""", to);

        Assert.Equal(["messages[1].reasoning_content"], dropped);
    }

    [Fact]
    public void AMarkForTheCacheOnATool_IsNamed_WhereNoMarksAreTaken()
    {
        var (_, dropped) = Write(
            """{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}]}""", "openai");

        Assert.Equal(["tools[0].cache_control"], dropped);
    }

    [Fact]
    public void ATextFileWhoseDataIsNoBase64_GoesOnAsItCame_AndBreaksNothing()
    {
        var (sent, _) = Write(
            """{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,####"}}]}]}""", "groq");

        Assert.Contains("####", sent, StringComparison.Ordinal);
    }

    /// <summary>Mistral's ids are respelled, in the words about them too.</summary>
    [Fact]
    public void APictureOfATool_IsToldUnderTheIdThatTheProviderSees()
    {
        var (sent, _) = Write(
            """
            {"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}
            """, "mistral");

        var id = (string)JsonNode.Parse(sent)!["messages"]!.AsArray().Single(one => (string?)one!["role"] == "tool")!["tool_call_id"]!;
        Assert.Contains($"Attached to the result of tool call {id}:", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("toolu_1", sent, StringComparison.Ordinal);
    }

    private static (string Sent, List<string> Dropped) Write(string body, string to)
    {
        Deployment target = to switch
        {
            "anthropic" => Deployments.Anthropic(),
            "gemini" => Deployments.Gemini(),
            "bedrock" => Deployments.Bedrock(),
            "cohere" => Deployments.Cohere(),
            "ollama" => Deployments.Ollama(),
            "responses" => Deployments.Responses(),
            _ => Deployments.Known(to),
        };
        var client = body.Contains("\"max_tokens\":10,", StringComparison.Ordinal) ? ClientDialects.AnthropicMessages : ClientDialects.OpenAiChat;
        var request = client.ReadRequest(Encoding.UTF8.GetBytes(body));
        var written = new ArrayBufferWriter<byte>();
        List<string> dropped = [], reported = [];
        UpstreamDialects.For(target.Dialect).WriteRequest(request, target, false, written, dropped);
        DroppedPaths.Report(request, dropped, reported);
        Assert.NotNull(JsonNode.Parse(written.WrittenSpan));
        return (Encoding.UTF8.GetString(written.WrittenSpan), reported);
    }
}
