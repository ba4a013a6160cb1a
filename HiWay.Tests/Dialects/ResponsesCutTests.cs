using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Dialects;

/// <summary>A stream of OpenAI's Responses API that passes through and breaks off ends as OpenAI ends its own: an error, and the failed answer.</summary>
public sealed class ResponsesCutTests
{
    [Fact]
    public void ACutStream_EndsInErrorAndFailedAnswer_NumberedOn()
    {
        var events = Passed(Events("openai-responses-reasoning-stream-01").Take(6), relay => relay);

        Assert.Equal(["error", "response.failed"], events.TakeLast(2).Select(one => (string)one["type"]!));
        Assert.Equal((int)events[^3]["sequence_number"]! + 1, (int)events[^2]["sequence_number"]!);
        Assert.Equal((int)events[^2]["sequence_number"]! + 1, (int)events[^1]["sequence_number"]!);
        Assert.Equal("upstream_unavailable", (string?)events[^2]["code"]);
        var (begun, failed) = (events[0]["response"]!, events[^1]["response"]!);
        Assert.Equal((string?)begun["id"], (string?)failed["id"]);
        Assert.Equal(("failed", "It broke off.", "server_error"), ((string?)failed["status"], (string?)failed["error"]!["message"], (string?)failed["error"]!["code"]));
        foreach (var (name, value) in begun.AsObject().Where(member => member.Key is not ("status" or "error")))
        {
            Assert.True(JsonNode.DeepEquals(value, failed[name]), name);
        }

        SchemaCheck.OpenAiResponses.Accepts("ResponseStreamEvent", events[^2]);
    }

    [Fact]
    public void AnErrorOfTheProvider_IsPassedOn_AndTheFailedAnswerFollows()
    {
        var events = Passed(Events("openai-responses-error-stream-x03"), relay => relay);

        Assert.Equal(["response.created", "response.in_progress", "error", "response.failed"], events.Select(one => (string)one["type"]!));
        Assert.Equal([0, 1, 2, 3], events.Select(one => (int)one["sequence_number"]!));
        Assert.Equal("insufficient_quota", (string?)events[^1]["response"]!["error"]!["code"]);
    }

    [Fact]
    public void BehindAFilter_TheFailureComesToo()
    {
        var events = Passed(Events("openai-responses-reasoning-stream-01").Take(6), relay => new FilteredStreamRelay(relay, new AnswerFilter(new MaskedValues("x"u8), blocksSecrets: true), null, null));

        Assert.Equal(["error", "response.failed"], events.TakeLast(2).Select(one => (string)one["type"]!));
    }

    [Fact]
    public void WhatAFilterAdds_IsCountedOn()
    {
        // "<PERSON" may be the beginning of a masked value, so it is held back until the text ends, and comes in an event of its own.
        string[] events =
        [
            Event("response.created", 0, "\"response\":{\"id\":\"resp_1\",\"output\":[]}"),
            Event("response.output_text.delta", 1, "\"output_index\":0,\"content_index\":0,\"item_id\":\"msg_1\",\"delta\":\"<EMAIL\""),
            Event("response.output_text.done", 2, "\"output_index\":0,\"content_index\":0,\"item_id\":\"msg_1\",\"text\":\"<EMAIL\""),
        ];
        var masked = new MaskedValues("a@b.example"u8);
        masked.PlaceholderOf(new PiiFinding(0, 11, PiiFamily.Email, "email"), "a@b.example"u8);
        var seen = Passed(events, relay => new FilteredStreamRelay(relay, new AnswerFilter(masked, blocksSecrets: false), null, null));

        Assert.Equal(
            ["response.created", "response.output_text.delta", "response.output_text.delta", "response.output_text.done", "error", "response.failed"],
            seen.Select(one => (string)one["type"]!));
        Assert.Equal([0, 1, 2, 3, 4, 5], seen.Select(one => (int)one["sequence_number"]!));

        static string Event(string type, int number, string more) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number},{more}}}\n\n";
    }

    private static List<string> Events(string name) =>
        [.. Encoding.UTF8.GetString(Recording.Named(name).Stream).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(block => block + "\n\n")];

    /// <summary>What a client gets of these events and of the failure that follows.</summary>
    private static List<JsonNode> Passed(IEnumerable<string> events, Func<IStreamRelay, IStreamRelay> around)
    {
        using var relay = around(new OpenAiResponsesStreamRelay());
        var output = new ArrayBufferWriter<byte>();
        using var sse = new SseReader();
        foreach (var one in events.Select(Encoding.UTF8.GetBytes))
        {
            Assert.True(sse.TryRead(one, out var found));
            relay.Take(found, output);
        }

        Assert.False(relay.IsComplete);
        Assert.True(relay.WriteFailure("upstream_unavailable", "It broke off.", output));
        return [.. Encoding.UTF8.GetString(output.WrittenSpan).Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[6..])!)];
    }
}
