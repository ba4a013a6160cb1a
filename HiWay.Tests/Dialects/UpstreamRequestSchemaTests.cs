using System.Text.Json.Nodes;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>What HiWay writes upstream for every recorded request, checked against that provider's own description of its API (Fixtures/schemas).</summary>
public sealed class UpstreamRequestSchemaTests
{
    /// <summary>Who has a document, and what of it a chat request must be.</summary>
    private static readonly Dictionary<string, (Deployment To, SchemaCheck Schemas, string Name)> Targets = new()
    {
        ["anthropic"] = (Deployments.Anthropic(), SchemaCheck.Anthropic, "CreateMessageParams"),
        ["gemini"] = (Deployments.Gemini(), SchemaCheck.Gemini, "GenerateContentRequest"),
        ["bedrock"] = (Deployments.Bedrock(), SchemaCheck.Bedrock, "ConverseRequest"),
        ["bedrock nova"] = (Deployments.Bedrock("amazon.nova-2-lite-v1:0"), SchemaCheck.Bedrock, "ConverseRequest"),
        ["ollama"] = (Deployments.Ollama(), SchemaCheck.Ollama, "ChatRequest"),
        ["openai"] = (Deployments.Known("openai"), SchemaCheck.OpenAi, "CreateChatCompletionRequest"),
        ["mistral"] = (Deployments.Known("mistral"), SchemaCheck.Mistral, "ChatCompletionRequest"),
        ["openrouter"] = (Deployments.Known("openrouter"), SchemaCheck.OpenRouter, "ChatRequest"),
        ["together"] = (Deployments.Known("together"), SchemaCheck.Together, "ChatCompletionRequest"),
    };

    public static MatrixTheoryData<string, Recording> Cases => new(Targets.Keys, [.. OpenAiChatRequestReaderTests.Requests.Select(row => row.Data)]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void ARecordedRequest_IsWrittenAsTheProviderDescribesIt(string target, Recording recording)
    {
        var (to, schemas, name) = Targets[target];
        var (body, dropped) = Deployments.Translate(recording.RequestBody!.ToJsonString(), to, recording.HasEventStream);

        schemas.Accepts(name, Gone(target, body));
        Assert.DoesNotContain(dropped, string.IsNullOrEmpty);
    }

    /// <summary>Where a document says less than the API takes.</summary>
    private static JsonNode Gone(string target, JsonObject body)
    {
        if (target != "together")
        {
            return body;
        }

        // It describes calls in requests by the schema of streamed answers, with an index, and knows text only outside the user's turns.
        foreach (var message in body["messages"]!.AsArray().OfType<JsonObject>())
        {
            foreach (var call in (message["tool_calls"] as JsonArray ?? []).OfType<JsonObject>())
            {
                call["index"] = 0.0;
            }

            if ((string?)message["role"] != "user" && message["content"] is JsonArray parts)
            {
                message["content"] = string.Concat(parts.Select(part => (string?)part!["text"]));
            }

            message.Remove("reasoning_content");
            foreach (var part in (message["content"] as JsonArray ?? []).OfType<JsonObject>().Where(part => (string?)part["type"] is "file").ToList())
            {
                message["content"]!.AsArray().Remove(part);
            }
        }

        if (body["tool_choice"] is JsonObject choice)
        {
            choice["index"] = 0.0;
            choice["id"] = "";
            choice["function"]!["arguments"] = "";
        }

        return body;
    }
}
