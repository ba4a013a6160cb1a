using System.Net;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.StoredResponses;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Gateway;

/// <summary>Going on from an earlier answer by its id, for models whose provider keeps none.</summary>
public sealed class StoredResponsesTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    private const string Model = "rec-openai/m1";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACallGoesOnFromAnAnswer_WithTheWholeConversation(bool stream)
    {
        var first = await SayAsync("My name is Ada.", "Hello Ada.", stream: stream);
        var second = await SayAsync("And yours?", "Acme.", first, stream);
        var third = await SayAsync("Who am I?", "Ada.", second, stream);

        Assert.Equal(second, (string?)(await ReadAsync(third))["previous_response_id"]);
        var sent = world.Upstream.Requests[^1].Json["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "user", "assistant", "user"], sent.Select(message => (string?)message!["role"]));
        Assert.Equal(
            ["My name is Ada.", "Hello Ada.", "And yours?", "Acme.", "Who am I?"], sent.Select(message => (string?)message!["content"]));
    }

    [Fact]
    public async Task TheInstructionsOfAnEarlierTurn_AreNotCarriedOver()
    {
        world.Upstream.On("*", Reply.Chat("Ahoy."));
        var body = ResponsesWorld.Body(Model);
        body["instructions"] = "Talk like a pirate.";
        var first = (string)(await world.AskAsync(body)).Json["id"]!;

        await SayAsync("Again", "Hello.", first);

        Assert.DoesNotContain("pirate", world.Upstream.Requests[^1].Json.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolResults_GoOnFromTheCallByItsIdAlone()
    {
        world.Upstream.On("*", Clients.ClientWorld.TwoToolCalls);
        var first = (string)(await world.AskAsync(ResponsesWorld.Body(Model))).Json["id"]!;
        world.Upstream.On("*", Reply.Chat("21 degrees in both."));

        var reply = await world.AskAsync(new JsonObject
        {
            ["model"] = Model,
            ["previous_response_id"] = first,
            ["input"] = JsonNode.Parse("""[{"type":"function_call_output","call_id":"call_paris","output":"21"},{"type":"function_call_output","call_id":"call_rome","output":"21"}]"""),
        });

        Assert.Equal("21 degrees in both.", ExpectedResponses.Of(reply.Json).Text);
        var sent = world.Upstream.Requests[^1].Json["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "tool"], sent.Select(message => (string?)message!["role"]));
        Assert.Equal(2, sent[1]!["tool_calls"]!.AsArray().Count);
    }

    [Fact]
    public async Task AnItem_IsFoundByItsIdAlone()
    {
        var first = await SayAsync("My name is Ada.", "Hello Ada.");
        var item = (string)(await ReadAsync(first))["output"]![0]!["id"]!;
        world.Upstream.On("*", Reply.Chat("Ada."));

        var reply = await world.AskAsync(new JsonObject
        {
            ["model"] = Model,
            ["input"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "My name is Ada." },
                new JsonObject { ["type"] = "item_reference", ["id"] = item },
                new JsonObject { ["role"] = "user", ["content"] = "Who am I?" }),
        });

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal("Hello Ada.", (string?)world.Upstream.Requests[^1].Json["messages"]![1]!["content"]);
    }

    [Fact]
    public async Task AnAnswer_IsReadAndDeletedByItsOwnWorkspaceOnly()
    {
        var id = await SayAsync("Hi", "Hello.");
        var stranger = await world.Host.Http.SignUpAsync();
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            using var refused = await world.Host.Http.TryCallAsync(method, $"/v1/responses/{id}", stranger.Key);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }

        var kept = await ReadAsync(id);
        SchemaCheck.OpenAiResponses.Accepts("Response", kept);
        Assert.Equal("Hello.", ExpectedResponses.Of(kept).Text);
        var input = await world.Host.Http.CallAsync(HttpMethod.Get, $"/v1/responses/{id}/input_items", world.Account.Key);
        Assert.Equal("Hi", (string?)input["data"]![0]!["content"]![0]!["text"]);

        var deleted = await world.Host.Http.CallAsync(HttpMethod.Delete, $"/v1/responses/{id}", world.Account.Key);
        Assert.True((bool)deleted["deleted"]!);
        var after = await world.AskAsync(new { model = Model, input = "Hi", previous_response_id = id });
        Assert.Equal((HttpStatusCode.BadRequest, "previous_response_id"), (after.Status, (string?)after.Json["error"]!["param"]));
    }

    [Fact]
    public async Task NothingIsKept_WhereTheCallerSaysSo()
    {
        world.Upstream.On("*", Reply.Chat("Hello."));
        var reply = await world.AskAsync(new { model = Model, input = "Hi", store = false });

        Assert.False((bool)reply.Json["store"]!);
        using var read = await world.Host.Http.TryCallAsync(HttpMethod.Get, $"/v1/responses/{(string?)reply.Json["id"]}", world.Account.Key);
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    [Fact]
    public async Task WhatIsKept_IsSealed_AndOverAfterItsTime()
    {
        var id = await SayAsync("A secret: xylophone.", "Noted.");
        var stored = world.Host.Services.GetRequiredService<IStoredResponses>();
        await stored.SaveAsync(world.Account.WorkspaceId, "resp_hwold", "{}"u8.ToArray(), TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        await Task.Delay(20, TestContext.Current.CancellationToken);

        Assert.Null(await stored.FindAsync(world.Account.WorkspaceId, "resp_hwold", TestContext.Current.CancellationToken));
        Assert.True(await stored.PurgeAsync(TestContext.Current.CancellationToken) > 0);
        Assert.NotNull(await stored.FindAsync(world.Account.WorkspaceId, id, TestContext.Current.CancellationToken));
        var row = await world.Host.Database.ScalarAsync<byte[]>($"select ciphertext from stored_responses where id = '{id}'");
        Assert.True(row.AsSpan().IndexOf("xylophone"u8) < 0);
    }

    [Fact]
    public async Task AnIdThatOpenAiGave_IsLeftToOpenAi_AndReasoningOfOthersStaysBehind()
    {
        var recording = Dialects.Recording.Named("openai-responses-plain-01");
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));

        var reply = await world.AskAsync(new JsonObject
        {
            ["model"] = ResponsesWorld.Both,
            ["previous_response_id"] = "resp_0123456789abcdef",
            ["input"] = JsonNode.Parse("""[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"hw1.s.anthropic-claude-v1.Sig"},{"role":"user","content":"Hi"}]"""),
        });

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var sent = world.Upstream.Requests[^1].Json;
        Assert.Equal("resp_0123456789abcdef", (string?)sent["previous_response_id"]);
        Assert.Equal("Hi", (string?)Assert.Single(sent["input"]!.AsArray())!["content"]);
    }

    /// <summary>One turn; gives the answer's id.</summary>
    private async Task<string> SayAsync(string words, string answer, string? previous = null, bool stream = false)
    {
        world.Upstream.On("*", stream ? Reply.ChatStream([answer]) : Reply.Chat(answer));
        var body = ResponsesWorld.Body(Model, stream, words);
        if (previous is not null)
        {
            body["previous_response_id"] = previous;
        }

        var reply = await world.AskAsync(body);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return (string)ResponsesWorld.Response(reply)["id"]!;
    }

    private Task<JsonNode> ReadAsync(string id) => world.Host.Http.CallAsync(HttpMethod.Get, $"/v1/responses/{id}", world.Account.Key);
}
