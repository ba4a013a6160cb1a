using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;
using Recording = HiWay.Tests.Dialects.Recording;

namespace HiWay.Tests.Gateway;

/// <summary>Every recorded call through the running gateway, to and from OpenAI's Responses API: bytes where both sides speak it, the same words where one does.</summary>
public sealed class ResponsesTrafficTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    public static TheoryData<string> Native() => Names(recording => recording.Api == "responses" && recording.Status == 200 && Expected.Of(recording).Ended);

    public static TheoryData<string> Others() =>
        Names(recording => recording.Api is "chat_completions" or "messages" or "generate_content" && recording.Status == 200 && Expected.Of(recording).Ended);

    public static TheoryData<string> Refused() => Names(recording => recording.Api == "responses" && (recording.Status >= 400 || Expected.Of(recording).Failed));

    [Theory]
    [MemberData(nameof(Native))]
    public async Task BetweenOpenAiAndItsClient_BytesPassThrough(string name)
    {
        var recording = Recording.Named(name);
        var before = world.Upstream.Requests.Count;
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));
        var body = recording.RequestBody is JsonObject recorded ? recorded.DeepClone().AsObject() : ResponsesWorld.Body(ResponsesWorld.Both);
        body["model"] = ResponsesWorld.Both;
        body["stream"] = recording.HasEventStream;
        body["hiway"] = new JsonObject { ["tags"] = new JsonArray("mine") };

        var reply = await world.AskAsync(body);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var sent = world.Upstream.Requests[before];
        Assert.EndsWith("/responses", sent.Path, StringComparison.Ordinal);
        body["model"] = "gpt-5";
        body.Remove("hiway");
        Assert.True(JsonNode.DeepEquals(body, sent.Json), sent.Json.ToJsonString());

        var response = ResponsesWorld.Response(reply);
        Assert.NotNull(response["_hiway"]!["request_id"]);
        ResponsesWorld.AssertCost(Expected.Of(recording).Usage, response["_hiway"]!);
        response.AsObject().Remove("_hiway");
        if (recording.HasEventStream)
        {
            Assert.Equal(recording.DataLines.Where(line => line.Length > 0 && line != "[DONE]").SkipLast(1), reply.Events.SkipLast(1));
            Assert.True(JsonNode.DeepEquals(recording.Chunks[^1]["response"], response), response.ToJsonString());
        }
        else
        {
            Assert.True(JsonNode.DeepEquals(recording.AnswerBody, response), response.ToJsonString());
        }
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task AChatClient_ReachesAModelThatAnswersOnResponsesAlone(string name)
    {
        var recording = Recording.Named(name);
        var expected = Expected.Of(recording);
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));
        var before = world.Upstream.Requests.Count;

        var reply = await world.Host.Http.ChatAsync(world.Account.Key, GatewayWorld.Body(stream: recording.HasEventStream, includeUsage: true, model: ResponsesWorld.Only));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.EndsWith("/responses", world.Upstream.Requests[before].Path, StringComparison.Ordinal);
        SchemaCheck.OpenAiResponses.Accepts("CreateResponse", world.Upstream.Requests[before].Json);
        var member = recording.HasEventStream ? "delta" : "message";
        var choices = (recording.HasEventStream ? reply.Chunks : [reply.Json]).SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => choice![member]!).ToList();
        Assert.Equal(expected.Text, string.Concat(choices.Select(choice => (string?)choice["content"])));
        Assert.Equal(expected.Reasoning, string.Concat(choices.Select(choice => (string?)choice["reasoning_content"])));
        Assert.Equal(expected.Calls.Select(call => call.Name), choices.SelectMany(choice => choice["tool_calls"] as JsonArray ?? []).Select(call => (string?)call!["function"]?["name"]).OfType<string>());
        var usage = reply.Json["usage"]!;
        Assert.Equal((expected.Usage!.Value.TotalInput, expected.Usage.Value.TotalOutput), ((long)usage["prompt_tokens"]!, (long)usage["completion_tokens"]!));
        ResponsesWorld.AssertCost(expected.Usage, reply.HiWay!);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task AResponsesClient_GetsTheWordsOfEveryProvider(string name)
    {
        var recording = Recording.Named(name);
        var expected = Expected.Of(recording);
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));
        var body = ResponsesWorld.Body(recording.Api switch
        {
            "messages" => "rec-anthropic/m1",
            "generate_content" => "google/gemini-2.5-flash",
            _ => "rec-openai/m1",
        }, recording.HasEventStream);

        var reply = await world.AskAsync(body);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        if (recording.HasEventStream)
        {
            foreach (var one in reply.Chunks)
            {
                SchemaCheck.OpenAiResponses.Accepts("ResponseStreamEvent", one);
            }
        }

        var response = ResponsesWorld.Response(reply);
        SchemaCheck.OpenAiResponses.Accepts("Response", response);
        var seen = ExpectedResponses.Of(response);
        Assert.Equal(expected.Text.Split('␞')[0], seen.Text);
        ResponsesWorld.AssertCost(expected.Usage, response["_hiway"]!);
        if (expected.Usage is { } usage)
        {
            Assert.Equal(usage.TotalInput, (long)response["usage"]!["input_tokens"]!);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task ARefusal_IsInTheEnvelope(string name)
    {
        var recording = Recording.Named(name);
        world.Upstream.On("*", Reply.Recorded(recording.Provider, recording.Name));
        foreach (var model in new[] { ResponsesWorld.Both, ResponsesWorld.Only })
        {
            var reply = model == ResponsesWorld.Both
                ? await world.AskAsync(ResponsesWorld.Body(model, recording.HasEventStream))
                : await world.Host.Http.ChatAsync(world.Account.Key, GatewayWorld.Body(stream: recording.HasEventStream, model: model));

            Assert.True((int)reply.Status is >= 400 and < 600 and not 500, reply.Body);
            Assert.NotEmpty((string)reply.Json["error"]!["message"]!);
            Assert.NotEmpty(reply.ErrorCode!);
            Assert.NotEmpty((string)reply.Json["error"]!["request_id"]!);
        }
    }

    private static TheoryData<string> Names(Func<Recording, bool> which) => [.. Recording.All.Where(which).Select(recording => recording.Name)];
}
