using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Every recorded chat of the three upstream dialects, replayed through the running gateway to a client of Anthropic's.</summary>
public sealed class MessagesRecordedTests(MessagesWorld world) : IClassFixture<MessagesWorld>
{
    private static readonly string[] Apis = ["chat_completions", "messages", "generate_content"];

    public static TheoryData<string> Whole() => Names(recording => recording.Status == 200 && Expected.Of(recording).Ended);

    public static TheoryData<string> Refused() => Names(recording => recording.Status >= 400);

    public static TheoryData<string> Broken() => Names(recording => recording.Status == 200 && recording.HasEventStream && !Expected.Of(recording).Ended);

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task AWholeAnswer_ArrivesWhole_AndCostsAnOpenAiClientTheSame(string name)
    {
        var recording = Dialects.Recording.Named(name);
        var expected = Expected.Of(recording);

        var reply = await ReplayAsync(recording);
        var openAi = await OpenAiAsync(recording);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal(expected.Text.Split('␞')[0] + (recording.Api == "messages" ? "" : expected.Refusal), reply.Text);
        if (expected.Usage is not null || recording.Api != "messages")
        {
            // Exact where the provider tells usage, and the same estimate where it does not.
            Assert.Equal(
                (openAi["upstream_cost"]!.GetValue<decimal>(), openAi["baseline_cost"]!.GetValue<decimal>()),
                (reply.HiWay["upstream_cost"]!.GetValue<decimal>(), reply.HiWay["baseline_cost"]!.GetValue<decimal>()));
        }

        if (recording.Api != "messages")
        {
            AnthropicMessage.AssertUsage(expected.Usage, reply.Json["usage"]!);
        }
        else if (recording.HasEventStream)
        {
            // All but the end is the upstream's own bytes.
            var raw = Encoding.UTF8.GetString(recording.Stream);
            var same = reply.Body.Zip(raw).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.True(same >= raw.LastIndexOf("event: message_stop", StringComparison.Ordinal) || name.Contains("duplicate", StringComparison.Ordinal), $"Differs from {same} on.");
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task ARefusal_IsInAnthropicsEnvelope(string name)
    {
        var reply = await ReplayAsync(Dialects.Recording.Named(name));

        Assert.True((int)reply.Status is >= 400 and < 600 and not 500, reply.Body);
        Assert.Equal(("error", (string)reply.Json["error"]!["request_id"]!), ((string)reply.Json["type"]!, (string)reply.Json["request_id"]!));
        Assert.NotEmpty(reply.ErrorCode!);
        if ((int)reply.Status is not (413 or 400))
        {
            SchemaCheck.Anthropic.Accepts("ErrorResponse", reply.Json);
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task AnAnswerThatBreaks_EndsWithAnErrorEvent_OrIsRefused(string name)
    {
        var reply = await ReplayAsync(Dialects.Recording.Named(name));

        if (!reply.Streamed)
        {
            Assert.True((int)reply.Status >= 400, reply.Body);
            return;
        }

        var last = reply.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("event: error\ndata: {\"type\":\"error\"", last, StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", reply.Body, StringComparison.Ordinal);
    }

    private async Task<MessageReply> ReplayAsync(Dialects.Recording recording)
    {
        var passes = recording.Api == "messages";
        var before = world.Upstream.Requests.Count;
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));
        var body = passes && recording.RequestBody is JsonObject recorded && recorded["messages"] is JsonArray { Count: > 0 }
            ? recorded.DeepClone().AsObject()
            : JsonNode.Parse(MessagesWorld.Ask("m"))!.AsObject();
        body["model"] = Model(recording);
        body["stream"] = recording.HasEventStream;

        var reply = await world.PostAsync(body);

        if (passes && reply.Status == HttpStatusCode.OK)
        {
            // What went out is what came in, but for the model's name.
            body["model"] = "claude-sonnet-4-5";
            var sent = world.Upstream.Requests[before].Json;
            Assert.True(JsonNode.DeepEquals(body, sent), sent.ToJsonString());
        }

        return reply;
    }

    private async Task<JsonNode> OpenAiAsync(Dialects.Recording recording)
    {
        var body = GatewayWorld.Body("Hi", model: Model(recording), stream: recording.HasEventStream);
        var reply = await world.Host.Http.ChatAsync(world.Account.Key, body);
        return reply.HiWay!;
    }

    private static string Model(Dialects.Recording recording) => recording.Api switch
    {
        "messages" => MessagesWorld.Anthropic,
        "generate_content" => MessagesWorld.Gemini,
        _ => MessagesWorld.OpenAi,
    };

    private static TheoryData<string> Names(Func<Dialects.Recording, bool> which) =>
        [.. Dialects.Recording.All.Where(recording => Apis.Contains(recording.Api) && which(recording)).Select(recording => recording.Name)];
}
