using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Dialects;

/// <summary>
/// What a provider signed or encrypted, through a client of each dialect and back: the client sends the answer as the next turn's history, as its SDK
/// does. The provider that made it gets it unchanged; no other provider gets it at all.
/// </summary>
public sealed class ForeignSignatureTests
{
    private static readonly (string Name, Deployment To)[] s_targets =
    [
        ("anthropic", Deployments.Anthropic()), ("bedrock", Deployments.Bedrock()), ("gemini", Deployments.Gemini("gemini-3-pro-preview")), ("responses", Deployments.Responses()),
        ("cohere", Deployments.Cohere()), ("ollama", Deployments.Ollama()), ("openai", Deployments.Known("openai", "gpt-4.1")), ("groq", Deployments.Known("groq")), ("mistral", Deployments.Known("mistral")),
        ("deepseek", Deployments.Known("deepseek")),
    ];

    private static readonly IClientDialect[] s_clients = [ClientDialects.OpenAiChat, ClientDialects.OpenAiResponses, ClientDialects.AnthropicMessages];

    /// <summary>Who made it, and who else takes its proofs.</summary>
    private static readonly Dictionary<UpstreamDialect, string[]> s_makers = new()
    {
        [UpstreamDialect.AnthropicMessages] = ["anthropic", "bedrock"], [UpstreamDialect.BedrockConverse] = ["anthropic", "bedrock"], [UpstreamDialect.Gemini] = ["gemini"], [UpstreamDialect.OpenAiResponses] = ["responses"],
    };

    public static TheoryData<UpstreamDialect, string, string> Signed
    {
        get
        {
            var rows = new TheoryData<UpstreamDialect, string, string>();
            foreach (var feature in AnswerFeatures.All.Where(one => s_makers.ContainsKey(one.From)
                && one.Name is "thinking with its signature" or "redacted thinking" or "encrypted reasoning" or "a signature" or "a signed call" or "signed reasoning" or "redacted reasoning"))
            {
                if (s_makers.ContainsKey(feature.From))
                {
                    foreach (var client in s_clients)
                    {
                        rows.Add(feature.From, feature.Name, client.Name);
                    }
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Signed))]
    public void ASignature_GoesBackToWhoMadeIt_AndToNobodyElse(UpstreamDialect from, string name, string clientName)
    {
        var feature = AnswerFeatures.All.Single(one => one.From == from && one.Name == name);
        var client = s_clients.Single(one => one.Name == clientName);
        foreach (var streamed in new[] { false, true })
        {
            var body = NextTurn(feature, client, streamed);
            foreach (var (target, to) in s_targets)
            {
                var sent = Send(client, body, to);
                var made = s_makers[from].Contains(target);
                Assert.True(made == sent.Contains(feature.Marker, StringComparison.Ordinal), $"{(streamed ? "streamed" : "whole")}, {target}: {sent}");
                Assert.DoesNotContain("hw1.", sent, StringComparison.Ordinal);
                Assert.DoesNotContain("hiway.", sent, StringComparison.Ordinal);
            }
        }
    }

    private static string Send(IClientDialect client, string body, Deployment to)
    {
        var written = new ArrayBufferWriter<byte>();
        var bytes = Encoding.UTF8.GetBytes(body);
        var (scanned, refusal) = client.Scan([.. bytes], bytes.Length);
        Assert.Null(refusal);
        if (client.PassesThrough(to) && (client.UpstreamFor(to) != UpstreamDialect.OpenAiChat || OpenAiFit.Fits(scanned!, to)))
        {
            client.WritePassthrough(scanned!, to, written);
        }
        else
        {
            UpstreamDialects.For(client.UpstreamFor(to)).WriteRequest(client.ReadRequest(bytes), to, false, written, []);
        }

        return Encoding.UTF8.GetString(written.WrittenSpan);
    }

    /// <summary>A body that holds the answer, the results of its calls, and a further question.</summary>
    private static string NextTurn(AnswerFeature feature, IClientDialect client, bool streamed)
    {
        var output = new ArrayBufferWriter<byte>();
        var own = client.Name == UpstreamDialects.For(feature.From).Name;
        var answer = own ? Own(feature, client) : streamed ? Streamed(feature, client, output) : Whole(feature, client, output);
        return client.Name switch
        {
            "openai_chat" => Chat(answer),
            "openai_responses" => Responses(answer),
            _ => Messages(answer),
        };
    }

    /// <summary>What passes as bytes.</summary>
    private static JsonObject Own(AnswerFeature feature, IClientDialect client)
    {
        var whole = JsonNode.Parse(AnswerFeatures.Whole(feature.From, feature))!.AsObject();
        return client == ClientDialects.OpenAiChat ? whole["choices"]![0]!["message"]!.AsObject() : whole;
    }

    private static JsonObject Whole(AnswerFeature feature, IClientDialect client, ArrayBufferWriter<byte> output)
    {
        var writer = client.NewAnswerWriter(new("resp_1", "m", 1));
        UpstreamDialects.For(feature.From).ReadAnswer(Encoding.UTF8.GetBytes(AnswerFeatures.Whole(feature.From, feature)), writer);
        writer.WriteTo(output, default);
        var whole = JsonNode.Parse(output.WrittenSpan)!.AsObject();
        return client == ClientDialects.OpenAiChat ? whole["choices"]![0]!["message"]!.AsObject() : whole;
    }

    private static JsonObject Streamed(AnswerFeature feature, IClientDialect client, ArrayBufferWriter<byte> output)
    {
        var writer = client.NewStreamWriter(output, new("resp_1", "m", 1));
        var reader = UpstreamDialects.For(feature.From).NewStreamReader(writer);
        foreach (var (name, data) in AnswerFeatures.Streamed(feature.From, feature))
        {
            reader.Read(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(data));
        }

        reader.Closed();
        writer.WriteEnding(default);
        var stream = Encoding.UTF8.GetString(output.WrittenSpan);
        if (client == ClientDialects.AnthropicMessages)
        {
            return AnthropicMessage.Of(stream);
        }

        var events = stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!).ToList();
        if (client == ClientDialects.OpenAiResponses)
        {
            return events[^1]["response"]!.AsObject();
        }

        var message = new JsonObject();
        foreach (var delta in events.Select(one => one["choices"]![0]!["delta"]!.AsObject()))
        {
            SignatureRoundTripTests.Join(message, delta);
        }

        return message;
    }

    private static string Chat(JsonObject message)
    {
        var turns = new JsonArray(JsonNode.Parse("""{"role":"user","content":"Hi"}"""), message.DeepClone());
        foreach (var call in message["tool_calls"] as JsonArray ?? [])
        {
            turns.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string)call!["id"]!, ["content"] = "Sun" });
        }

        turns.Add(JsonNode.Parse("""{"role":"user","content":"Go on"}"""));
        return new JsonObject { ["model"] = "m", ["messages"] = turns, ["tools"] = JsonNode.Parse("""[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]""") }.ToJsonString();
    }

    private static string Responses(JsonObject response)
    {
        var input = new JsonArray(JsonNode.Parse("""{"role":"user","content":"Hi"}"""));
        foreach (var item in response["output"]!.AsArray())
        {
            input.Add(item!.DeepClone());
        }

        foreach (var item in response["output"]!.AsArray().Where(item => (string?)item!["type"] == "function_call"))
        {
            input.Add(new JsonObject { ["type"] = "function_call_output", ["call_id"] = (string)item!["call_id"]!, ["output"] = "Sun" });
        }

        input.Add(JsonNode.Parse("""{"role":"user","content":"Go on"}"""));
        return new JsonObject { ["model"] = "m", ["input"] = input, ["tools"] = JsonNode.Parse("""[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":null}]""") }.ToJsonString();
    }

    private static string Messages(JsonObject message)
    {
        var content = message["content"]!.DeepClone().AsArray();
        var results = new JsonArray();
        foreach (var call in content.Where(block => (string?)block!["type"] == "tool_use"))
        {
            results.Add(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = (string)call!["id"]!, ["content"] = "Sun" });
        }

        results.Add(JsonNode.Parse("""{"type":"text","text":"Go on"}"""));
        return new JsonObject
        {
            ["model"] = "m", ["max_tokens"] = 3000, ["tools"] = JsonNode.Parse("""[{"name":"f","input_schema":{"type":"object"}}]"""),
            ["messages"] = new JsonArray(JsonNode.Parse("""{"role":"user","content":"Hi"}"""), new JsonObject { ["role"] = "assistant", ["content"] = content }, new JsonObject { ["role"] = "user", ["content"] = results }),
        }.ToJsonString();
    }
}
