using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>Every recorded chat of the three upstream dialects, replayed through the running gateway to an OpenAI client.</summary>
public sealed class RecordedTrafficTests(RecordedTrafficTests.World world) : IClassFixture<RecordedTrafficTests.World>
{
    public sealed class World : IAsyncLifetime
    {
        public ReplayUpstream Upstream { get; private set; } = null!;

        public HiWayHost Host { get; private set; } = null!;

        public TestAccount Account { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Upstream = await ReplayUpstream.StartAsync();
            Host = await HiWayHost.StartAsync();
            Account = await Host.Http.SignUpAsync();
            await Host.Http.PutProviderAsync(Account, "rec-openai", Upstream.Url, "openai", ["m1"]);
            await Host.Http.PutProviderAsync(Account, "rec-anthropic", Upstream.Url, "anthropic", ["m1"]);
            await Host.Http.PutProviderAsync(Account, "google", Upstream.Url);
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }

    public static TheoryData<string> Whole() => Names(recording => recording.Status == 200 && Expected.Of(recording).Ended);

    public static TheoryData<string> Refused() => Names(recording => recording.Status >= 400);

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task AWholeAnswer_ArrivesWhole_WithItsUsage(string name)
    {
        var recording = Dialects.Recording.Named(name);
        var expected = Expected.Of(recording);
        var reply = await ReplayAsync(recording);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal(expected.Text, Text(reply));
        Assert.Equal(expected.Calls.Select(call => call.Name), CallNames(reply));
        Assert.NotNull(reply.HiWay);
        if (recording.HasEventStream)
        {
            Assert.Equal("[DONE]", reply.Events[^1]);
        }

        if (expected.Usage is { } usage && reply.Json["usage"] is { } told)
        {
            Assert.Equal(usage.TotalInput, told["prompt_tokens"]!.GetValue<long>());
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task ARefusal_IsInTheEnvelope(string name)
    {
        var reply = await ReplayAsync(Dialects.Recording.Named(name));

        Assert.True((int)reply.Status is >= 400 and < 600 and not 500, reply.Body);
        Assert.NotEmpty(reply.Json["error"]!["message"]!.GetValue<string>());
        Assert.NotEmpty(reply.ErrorCode!);
        Assert.NotEmpty(reply.Json["error"]!["request_id"]!.GetValue<string>());
    }

    private async Task<ChatReply> ReplayAsync(Dialects.Recording recording)
    {
        var passes = recording.Api == "chat_completions";
        var before = world.Upstream.Requests.Count;
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));
        var body = passes && recording.RequestBody is JsonObject recorded && recorded["messages"] is JsonArray { Count: > 0 }
            ? recorded.DeepClone().AsObject()
            : GatewayWorld.Body();
        body["model"] = recording.Api switch
        {
            "messages" => "rec-anthropic/m1",
            "generate_content" => "google/gemini-2.5-flash",
            _ => "rec-openai/m1",
        };
        body["stream"] = recording.HasEventStream;

        var reply = await world.Host.Http.ChatAsync(world.Account.Key, body);

        if (passes && reply.Status == HttpStatusCode.OK)
        {
            // What went out is what came in, but for the model's name and the asked-for usage.
            var sent = world.Upstream.Requests[before].Json.AsObject();
            body["model"] = "m1";
            if (recording.HasEventStream)
            {
                Assert.True(sent["stream_options"]!["include_usage"]!.GetValue<bool>());
            }

            sent.Remove("stream_options");
            body.Remove("stream_options");
            Assert.True(JsonNode.DeepEquals(body, sent), sent.ToJsonString());
        }

        return reply;
    }

    private static TheoryData<string> Names(Func<Dialects.Recording, bool> which) =>
        [.. Dialects.Recording.All.Where(recording => recording.Api is "chat_completions" or "messages" or "generate_content" && which(recording)).Select(recording => recording.Name)];

    /// <summary>Choice by choice, joined as <see cref="Expected"/> joins them.</summary>
    private static string Text(ChatReply reply) => string.Join('␞', Messages(reply).GroupBy(message => message.Choice).Select(choice => string.Concat(choice.Select(message => message.Json["content"] switch
    {
        JsonArray parts => string.Concat(parts.Select(part => (string?)part!["text"])),
        var text => (string?)text,
    }))).Where(text => text.Length > 0));

    private static IEnumerable<string> CallNames(ChatReply reply) => Messages(reply)
        .SelectMany(message => message.Json["tool_calls"] as JsonArray ?? [])
        .Select(call => (string?)call!["function"]?["name"]).OfType<string>().Where(name => name.Length > 0);

    /// <summary>Messages, or the pieces of streamed ones. Some providers repeat the text so far beside each delta, or a delta beside the message.</summary>
    private static IEnumerable<(int Choice, JsonNode Json)> Messages(ChatReply reply)
    {
        var member = reply.Events.Count == 0 ? "message" : "delta";
        return (reply.Events.Count == 0 ? [reply.Json] : reply.Chunks)
            .SelectMany(answer => answer["choices"] as JsonArray ?? [])
            .Where(choice => choice![member] is not null)
            .Select(choice => ((int?)choice!["index"] ?? 0, choice[member]!))
            .OrderBy(message => message.Item1);
    }
}
