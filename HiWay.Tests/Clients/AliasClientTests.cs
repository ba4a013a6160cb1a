using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using HiWay.Tests.Routing;

namespace HiWay.Tests.Clients;

/// <summary>A workspace's aliases through the npm packages that people use, in each dialect.</summary>
public sealed class AliasClientTests(RoutingWorld world) : IClassFixture<RoutingWorld>
{
    [Theory]
    [InlineData("openai.mjs", "chat", "Sunny in both.")]
    [InlineData("openai.mjs", "stream", "Sunny in both.")]
    [InlineData("anthropic.mjs", "message", "Sunny in both.")]
    [InlineData("responses.mjs", "create", "Sunny in both.")]
    public async Task Alias_IsAModelToEveryClient_AndItsListIsTried(string script, string scenario, string text)
    {
        await world.RouteAsync("""{"aliases":{"ladder":["acme/m1","openai/gpt-4o"]}}""");
        world.Upstream.On("*", seen => seen.Path.StartsWith("/acme/", StringComparison.Ordinal) ? Reply.Error(503)
            : seen.Json["stream"]?.GetValue<bool>() is true ? Streamed(seen) : Whole(seen));

        var seen = await NodeClient.RunAsync(script, scenario, world.Host.Url, world.Key.Secret, "ladder");

        Assert.Equal(text, seen["text"]!.GetValue<string>());
        Assert.EndsWith("gpt-4o", world.Upstream.Requests[^1].Json["model"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alias_IsFoundAmongTheModels()
    {
        await world.RouteAsync("""{"aliases":{"house":"acme/m2"}}""");

        Assert.Equal("acme/m2", (await NodeClient.RunAsync("openai.mjs", "retrieve", world.Host.Url, world.Key.Secret, "house"))["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task AliasForEmbeddings_IsTheFirstThatServesThem_AndVectorsAreNeverMixed()
    {
        await world.RouteAsync("""{"aliases":{"vectors":["acme/m1","openai/text-embedding-3-small","mistral/mistral-embed"]}}""");
        world.Upstream.On("*", Reply.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,0.2,0.3]}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}}"""));
        var before = world.Upstream.Requests.Count;

        var vector = await NodeClient.RunAsync("openai.mjs", "embed", world.Host.Url, world.Key.Secret, "vectors");
        Assert.Equal("openai/text-embedding-3-small", vector["routedModel"]!.GetValue<string>());

        world.Upstream.On("*", Reply.Error(503));
        using var failed = await world.Http.TryCallAsync(HttpMethod.Post, "/v1/embeddings", world.Key.Secret, """{"model":"vectors","input":"Sunny"}""");
        Assert.Equal(502, (int)failed.StatusCode);
        Assert.All(world.Upstream.Requests.Skip(before), seen => Assert.StartsWith("/openai/", seen.Path, StringComparison.Ordinal));
    }

    private static Reply Whole(SeenRequest seen) => seen.Path.EndsWith("/responses", StringComparison.Ordinal)
        ? Reply.Json("""
            {"id":"resp_1","object":"response","created_at":1760000000,"status":"completed","model":"gpt-4o","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant",
             "content":[{"type":"output_text","text":"Sunny in both.","annotations":[]}]}],"usage":{"input_tokens":14,"output_tokens":5,"total_tokens":19}}
            """)
        : Reply.Chat("Sunny in both.", 14, 5);

    private static Reply Streamed(SeenRequest seen)
    {
        Assert.EndsWith("/chat/completions", seen.Path, StringComparison.Ordinal);
        return Reply.ChatStream(["Sunny ", "in ", "both."], 14, 5);
    }
}
