using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

#pragma warning disable OPENAI001, SCME0001 // the package calls its Responses client experimental

namespace HiWay.Tests.Clients;

/// <summary>OpenAI's own package for .NET, on the chat API and on the Responses API.</summary>
public sealed class OpenAiDotNetClientTests(ClientWorld client) : IClassFixture<ClientWorld>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_answers_whole_and_streamed()
    {
        client.Upstream.On("*", Reply.Chat("Sunny.", 14, 5));
        ChatCompletion whole = await Chat.CompleteChatAsync([new UserChatMessage("Weather?")], cancellationToken: Stop);
        client.Upstream.On("*", Reply.ChatStream(["Sun", "ny."], 14, 5));
        var text = "";
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat.CompleteChatStreamingAsync([new UserChatMessage("Weather?")], cancellationToken: Stop))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        Assert.Equal(("Sunny.", 14), (whole.Content[0].Text, whole.Usage.InputTokenCount));
        Assert.Equal(("Sunny.", 5), (text, usage!.OutputTokenCount));
    }

    [Fact]
    public async Task Chat_calls_tools()
    {
        client.Upstream.On("*", ClientWorld.TwoToolCalls);
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("weather", "Weather of a city", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}""")) } };

        ChatCompletion answer = await Chat.CompleteChatAsync([new UserChatMessage("Weather?")], options, Stop);

        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        Assert.Equal(["Paris", "Rome"], answer.ToolCalls.Select(call => (string?)JsonNode.Parse(call.FunctionArguments)!["city"]));
    }

    [Fact]
    public async Task Responses_answer_whole_and_streamed()
    {
        client.Upstream.On("*", Reply.Chat("Sunny.", 14, 5));
        ResponseResult whole = await Responses.CreateResponseAsync(ClientWorld.Model, "Weather?", cancellationToken: Stop);
        client.Upstream.On("*", Reply.ChatStream(["Sun", "ny."], 14, 5));
        var text = "";
        ResponseResult? last = null;
        await foreach (var update in await Responses.CreateResponseStreamingAsync(ClientWorld.Model, "Weather?", cancellationToken: Stop))
        {
            text += (update as StreamingResponseOutputTextDeltaUpdate)?.Delta;
            last = (update as StreamingResponseCompletedUpdate)?.Response ?? last;
        }

        Assert.Equal(("Sunny.", 14), (whole.GetOutputText(), whole.Usage.InputTokenCount));
        Assert.Equal(("Sunny.", "Sunny.", 5), (text, last!.GetOutputText(), last.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Responses_call_tools_and_go_on_from_an_answer_by_its_id()
    {
        client.Upstream.On("*", ClientWorld.TwoToolCalls, Reply.Chat("21 degrees in both."));

        ResponseResult first = await Responses.CreateResponseAsync(ClientWorld.Model, "Weather?", cancellationToken: Stop);
        var calls = first.OutputItems.OfType<FunctionCallResponseItem>().ToList();
        ResponseResult second = await Responses.CreateResponseAsync(
            ClientWorld.Model, calls.Select(ResponseItem (call) => ResponseItem.CreateFunctionCallOutputItem(call.CallId, "21")), first.Id, Stop);

        Assert.Equal(["Paris", "Rome"], calls.Select(call => (string?)JsonNode.Parse(call.FunctionArguments)!["city"]));
        Assert.Equal(("21 degrees in both.", first.Id), (second.GetOutputText(), second.PreviousResponseId));
        Assert.Equal(4, client.Upstream.Requests[^1].Json["messages"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_refusal_is_its_exception_with_the_status()
    {
        client.Upstream.On("*", Reply.Error(400, "invalid_request_error"));

        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Responses.CreateResponseAsync(ClientWorld.Model, "Weather?", cancellationToken: Stop));

        Assert.Equal(400, refused.Status);
    }

    private ChatClient Chat => new(ClientWorld.Model, new ApiKeyCredential(client.World.Key.Secret), new OpenAIClientOptions
    {
        Endpoint = new($"{client.World.Host.Url}/v1"), RetryPolicy = new ClientRetryPolicy(0),
    });

    private ResponsesClient Responses => new(new ApiKeyCredential(client.World.Key.Secret), new ResponsesClientOptions
    {
        Endpoint = new($"{client.World.Host.Url}/v1"), RetryPolicy = new ClientRetryPolicy(0),
    });
}
