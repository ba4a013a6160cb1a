using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A model of Anthropic's dialect goes on with the broken answer as its own last turn; one that refuses tells it again.</summary>
public sealed class PrefillTests : IAsyncLifetime
{
    private FaultWorld _world = null!;

    // The light tier: claude-haiku-4-5 still takes a prefill, and OpenAI has a model of the tier beside it.
    public async ValueTask InitializeAsync() => _world = await FaultWorld.StartAsync("openai", "anthropic");

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task TheRest_FollowsFromWhereTheFirstStopped()
    {
        var delivered = string.Concat(FaultWorld.Pieces.Take(27));
        _world.Answer(seen => FaultWorld.Provider(seen) == "openai"
            ? FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks)
            : Messages([.. FaultWorld.Pieces.Skip(27)]));

        var reply = await _world.AskAsync(stream: true, model: "light");

        if (_world.Providers[0] != "openai")
        {
            Assert.Skip("The router asks Anthropic first in this tier, so there is nothing for it to go on with.");
        }

        await _world.AssertWholeAsync(reply, 2, 20, 15);
        var last = _world.Seen[1].Json["messages"]!.AsArray()[^1]!;
        Assert.Equal("assistant", last["role"]!.GetValue<string>());
        Assert.Equal(delivered.TrimEnd(), last["content"] is JsonArray parts ? parts[0]!["text"]!.GetValue<string>() : last["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task F14_AFallbackThatRefusesAPrefill_TellsItAgain_AndIsNotAskedForOneAgain()
    {
        _world.Answer(seen => FaultWorld.Provider(seen) == "openai"
            ? FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks)
            : seen.Json["messages"]!.AsArray()[^1]!["role"]!.GetValue<string>() == "assistant"
                ? Reply.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill. The conversation must end with a user message."}}""", 400)
                : Messages(FaultWorld.Pieces));

        var reply = await _world.AskAsync(stream: true, model: "light");

        await _world.AssertWholeAsync(reply, 3, 20, 15);
        var again = await _world.AskAsync(stream: true, model: "light");
        Assert.Equal(FaultWorld.Whole, again.Text);
        Assert.Equal(5, _world.Seen.Count);
    }

    private static Reply Messages(string[] pieces) => Reply.SseRaw(
    [
        Event("message_start", """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-haiku-4-5","usage":{"input_tokens":20,"output_tokens":1}}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        .. pieces.Select(piece => Event("content_block_delta", new JsonObject
        {
            ["type"] = "content_block_delta", ["index"] = 0, ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = piece },
        }.ToJsonString())),
        Event("content_block_stop", """{"type":"content_block_stop","index":0}"""),
        Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}"""),
        Event("message_stop", """{"type":"message_stop"}"""),
    ]);

    private static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";
}
