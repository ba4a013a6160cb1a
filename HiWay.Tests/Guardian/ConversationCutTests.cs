using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Guardian;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Tests.Guardian;

/// <summary>What is left of a conversation that was shortened is one that every provider takes.</summary>
public sealed class ConversationCutTests
{
    private static readonly string s_long = GuardianWorld.Words(200);

    [Fact]
    public void AnAgentWithOneTask_KeepsTheTask_AndItsNewestSteps()
    {
        var body = new JsonObject { ["model"] = "m", ["messages"] = new JsonArray(Message("system", "Rules"), Message("user", "The task")) };
        for (var i = 0; i < 10; i++)
        {
            body["messages"]!.AsArray().Add(JsonNode.Parse($$$"""{"role":"assistant","content":null,"tool_calls":[{"id":"c{{{i}}}a","type":"function","function":{"name":"read","arguments":"{}"}},{"id":"c{{{i}}}b","type":"function","function":{"name":"read","arguments":"{}"}}]}"""));
            body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = $"c{i}a", ["content"] = s_long });
            body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = $"c{i}b", ["content"] = s_long });
        }

        var left = Shorten(ClientDialects.OpenAiChat, body, 1_500)["messages"]!.AsArray();

        Assert.Equal(["system", "user", "assistant", "tool", "tool"], left.Take(5).Select(one => (string?)one!["role"]));
        Assert.Equal("The task", (string?)left[1]!["content"]);
        Assert.Equal("c9b", (string?)left[^1]!["tool_call_id"]);
        Assert.Equal(2 + (3 * 3), left.Count);
    }

    [Fact]
    public void Anthropic_ToolResultsStayWithTheirCalls()
    {
        var body = new JsonObject { ["model"] = "m", ["max_tokens"] = 9, ["system"] = "Rules", ["messages"] = new JsonArray(Message("user", "First"), Message("assistant", s_long), Message("user", "The task")) };
        for (var i = 0; i < 6; i++)
        {
            body["messages"]!.AsArray().Add(JsonNode.Parse($$$"""{"role":"assistant","content":[{"type":"text","text":"Let me look"},{"type":"tool_use","id":"t{{{i}}}","name":"read","input":{}}]}"""));
            body["messages"]!.AsArray().Add(JsonNode.Parse($$$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"t{{{i}}}","content":"{{{s_long}}}"}]}"""));
        }

        var left = Shorten(ClientDialects.AnthropicMessages, body, 700)["messages"]!.AsArray();

        Assert.Equal("The task", (string?)left[0]!["content"]);
        Assert.Equal(["t4", "t5"], left.Where(one => (string?)one!["role"] == "assistant").Select(one => (string?)one!["content"]![1]!["id"]));
        Assert.Equal(["t4", "t5"], left.Skip(1).Where(one => (string?)one!["role"] == "user").Select(one => (string?)one!["content"]![0]!["tool_use_id"]));
    }

    [Fact]
    public void Responses_CallsReasoningAndOutputsStayTogether()
    {
        var input = new JsonArray(JsonNode.Parse("""{"role":"developer","content":"Rules"}"""), JsonNode.Parse("""{"role":"user","content":"The task"}"""));
        for (var i = 0; i < 6; i++)
        {
            input.Add(JsonNode.Parse($$$"""{"type":"reasoning","id":"rs_{{{i}}}","summary":[]}"""));
            input.Add(JsonNode.Parse($$$"""{"type":"function_call","call_id":"c{{{i}}}a","name":"read","arguments":"{}"}"""));
            input.Add(JsonNode.Parse($$$"""{"type":"function_call","call_id":"c{{{i}}}b","name":"read","arguments":"{}"}"""));
            input.Add(JsonNode.Parse($$$"""{"type":"function_call_output","call_id":"c{{{i}}}a","output":"{{{s_long}}}"}"""));
            input.Add(JsonNode.Parse($$$"""{"type":"function_call_output","call_id":"c{{{i}}}b","output":"ok"}"""));
        }

        var left = Shorten(ClientDialects.OpenAiResponses, new JsonObject { ["model"] = "m", ["input"] = input }, 800)["input"]!.AsArray();

        Assert.Equal(("developer", "The task"), ((string?)left[0]!["role"], (string?)left[1]!["content"]));
        Assert.Equal("reasoning", (string?)left[2]!["type"]);
        var calls = left.Where(one => (string?)one!["type"] == "function_call").Select(one => (string?)one!["call_id"]).ToList();
        Assert.Equal(calls, left.Where(one => (string?)one!["type"] == "function_call_output").Select(one => (string?)one!["call_id"]));
        Assert.Equal("c5b", calls[^1]);
        Assert.InRange(calls.Count, 2, 6);
    }

    [Fact]
    public void AnyConversation_IsLeftWithinTheLimit_InOrder_WithoutOrphans()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var messages = new JsonArray(Message("system", "Rules"));
            for (var (i, steps) = (0, random.Next(1, 30)); i < steps; i++)
            {
                messages.Add(Message("user", $"u{i} " + GuardianWorld.Words(random.Next(1, 120))));
                for (var calls = random.Next(0, 3); calls > 0; calls--)
                {
                    messages.Add(JsonNode.Parse($$$"""{"role":"assistant","content":"","tool_calls":[{"id":"c{{{i}}}{{{calls}}}","type":"function","function":{"name":"f","arguments":"{}"}}]}"""));
                    messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = $"c{i}{calls}", ["content"] = GuardianWorld.Words(random.Next(1, 200)) });
                }

                messages.Add(Message("assistant", $"a{i} " + GuardianWorld.Words(random.Next(1, 120))));
            }

            messages.Add(Message("user", "last"));
            var limit = random.Next(300, 2_000);
            var left = Shorten(ClientDialects.OpenAiChat, new JsonObject { ["model"] = "m", ["messages"] = messages.DeepClone() }, limit)["messages"]!.AsArray();

            Assert.Equal(("system", "user", "last"), ((string?)left[0]!["role"], (string?)left[1]!["role"], (string?)left[^1]!["content"]));
            Assert.InRange(left.Sum(one => PromptParts.OfJson(Encoding.UTF8.GetBytes(one!.ToJsonString()))), 1, limit);
            for (var i = 1; i < left.Count; i++)
            {
                if ((string?)left[i]!["role"] == "tool")
                {
                    Assert.Equal((string?)left[i]!["tool_call_id"], (string?)left[i - 1]!["tool_calls"]![0]!["id"]);
                }
            }

            var all = messages.Select(one => one!.ToJsonString()).ToList();
            Assert.Equal(left.Select(one => one!.ToJsonString()), all.Where(one => left.Any(kept => kept!.ToJsonString() == one)));
        }
    }

    [Fact]
    public void ALastTurnThatIsTooLongByItself_CannotBeHelped()
    {
        var body = Scan(ClientDialects.OpenAiChat, new JsonObject { ["model"] = "m", ["messages"] = new JsonArray(Message("user", "a"), Message("assistant", "b"), Message("user", s_long)) });

        Assert.Null(ConversationCut.Shorten(body, 100));
    }

    private static JsonNode Shorten(IClientDialect dialect, JsonObject json, int limit)
    {
        var (rented, length, removed) = ConversationCut.Shorten(Scan(dialect, json), limit)!.Value;
        var (body, error) = dialect.Scan(rented, length);
        Assert.True(error is null, error?.Message);
        Assert.True(removed >= 0);
        return JsonNode.Parse(body!.Bytes.Span)!;
    }

    private static ChatBody Scan(IClientDialect dialect, JsonObject json)
    {
        var bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented, 0);
        var (body, error) = dialect.Scan(rented, bytes.Length);
        Assert.True(error is null, error?.Message);
        return body!;
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
