using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Tests.Dialects;

/// <summary>A search by the provider, asked for in one dialect's words and done by another's model; what it found comes back as citations.</summary>
public sealed class WebSearchTests
{
    private const string Chat = """{"model":"m","messages":[{"role":"user","content":"Hi"}],"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"DE","city":"Berlin"}}}}""";

    private const string Responses = """{"model":"m","input":"Hi","tools":[{"type":"web_search","search_context_size":"low","filters":{"allowed_domains":["a.example"]},"user_location":{"type":"approximate","country":"DE"}}]}""";

    private const string Messages = """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3,"allowed_domains":["a.example"]}]}""";

    private static IClientDialect Client(string body) => body.Contains("\"input\"", StringComparison.Ordinal) ? ClientDialects.OpenAiResponses
        : body.Contains("max_uses", StringComparison.Ordinal) ? ClientDialects.AnthropicMessages : ClientDialects.OpenAiChat;

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { Chat, "anthropic", """[{"type":"web_search_20250305","name":"web_search","user_location":{"type":"approximate","country":"DE","city":"Berlin"}}]""", "web_search_options.search_context_size" },
        { Responses, "anthropic", """[{"type":"web_search_20250305","name":"web_search","allowed_domains":["a.example"],"user_location":{"type":"approximate","country":"DE"}}]""", "tools[0].search_context_size" },
        { Chat, "gemini", """[{"googleSearch":{}}]""", "web_search_options.search_context_size web_search_options.user_location" },
        { Messages, "gemini", """[{"googleSearch":{}}]""", "tools[0].max_uses tools[0].allowed_domains" },
        { Chat, "responses", """[{"type":"web_search","user_location":{"type":"approximate","country":"DE","city":"Berlin"},"search_context_size":"low"}]""", "" },
        { Messages, "responses", """[{"type":"web_search","filters":{"allowed_domains":["a.example"]}}]""", "tools[0].max_uses" },
        { Responses, "perplexity", """{"user_location":{"type":"approximate","approximate":{"country":"DE"}},"search_context_size":"low"}""", "tools[0].filters" },
        { Messages, "perplexity", "{}", "tools[0].max_uses tools[0].allowed_domains" },
        { Chat, "without", "null", "web_search_options" },
        { Responses, "cohere", "null", "tools[0]" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheWish_IsSaidInTheTargetsWords_AndWhatIsLostIsNamed(string body, string to, string expected, string lost)
    {
        var target = to switch
        {
            "anthropic" => Deployments.Anthropic(),
            "gemini" => Deployments.Gemini(),
            "responses" => Deployments.Responses(),
            "perplexity" => Deployments.Known("perplexity", "sonar"),
            "cohere" => Deployments.Cohere(),
            _ => Deployments.Anthropic() with { Model = Deployments.Anthropic().Model with { CapabilitiesKnown = true, Capabilities = ModelCapabilities.None } },
        };

        var (sent, dropped) = Write(body, target);

        Assert.Equal(lost, string.Join(' ', dropped));
        var seen = to == "perplexity" ? sent["web_search_options"] : sent["tools"];
        Assert.True(seen is null or JsonArray { Count: 0 } ? expected == "null" : JsonNode.DeepEquals(JsonNode.Parse(expected), seen), sent.ToJsonString());
    }

    [Fact]
    public void BesideFunctions_GeminiDoesNotSearch_AndSaysSo()
    {
        var (sent, dropped) = Write("""{"model":"m","messages":[{"role":"user","content":"Hi"}],"web_search_options":{},"tools":[{"type":"function","function":{"name":"f"}}]}""", Deployments.Gemini());

        Assert.Equal(["web_search_options"], dropped);
        Assert.Single(sent["tools"]!.AsArray());
    }

    private static (JsonNode Sent, List<string> Dropped) Write(string body, Deployment to)
    {
        var written = new ArrayBufferWriter<byte>();
        List<string> dropped = [];
        UpstreamDialects.For(to.Dialect).WriteRequest(Client(body).ReadRequest(Encoding.UTF8.GetBytes(body)), to, false, written, dropped);
        return (JsonNode.Parse(written.WrittenSpan)!, dropped);
    }
}
