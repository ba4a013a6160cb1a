using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>The npm package <c>openai</c> against replayed providers: embeddings and pictures.</summary>
public sealed class OpenAiMediaTests(OperationWorld world) : IClassFixture<OperationWorld>
{
    [Fact]
    public async Task Embeddings_AreDecodedByTheClient_FromAnyProvider()
    {
        world.Upstream.On("/openai/embeddings", Reply.Recorded("openai", "openai-embeddings-plain-03"))
            .On(":batchEmbedContents", Reply.Json("""{"embeddings":[{"values":[0.5,-1,2]},{"values":[1,1,1]}]}"""));

        var openai = await RunAsync("embeddings", "openai", "openai/text-embedding-3-large");
        var google = await RunAsync("embeddings", "google", "google/gemini-embedding-001");

        Assert.Equal((3_072, 8), (Int(openai["length"]), Int(openai["usage"]!["prompt_tokens"])));
        Assert.Equal("openai/text-embedding-3-large", openai["routedModel"]!.GetValue<string>());
        Assert.Equal("[0.5,-1,2]", google["vector"]!.ToJsonString());
        Assert.Equal(2, Int(google["count"]));
    }

    [Fact]
    public async Task Embeddings_AsNumbers_AreNumbers()
    {
        world.Upstream.On(":batchEmbedContents", Reply.Json("""{"embeddings":[{"values":[0.5,-1,2]}]}"""));

        Assert.Equal("[0.5,-1,2]", (await RunAsync("embeddingsAsFloats", "google", "google/gemini-embedding-001"))["vector"]!.ToJsonString());
    }

    [Fact]
    public async Task Pictures_ComeWholeAndStreamed()
    {
        world.Upstream.On("/openai/images/generations", seen => (bool?)seen.Json["stream"] is true
            ? Reply.SseRaw(
                "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"aA==\",\"partial_image_index\":0}\n\n",
                "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"aGk=\",\"usage\":{\"input_tokens\":10,\"output_tokens\":272,\"total_tokens\":282}}\n\n")
            : Reply.Json("""{"created":1,"data":[{"b64_json":"aGk="}],"usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282,"input_tokens_details":{"text_tokens":10,"image_tokens":0}}}"""));

        var whole = await RunAsync("image", "openai", "openai/gpt-image-1");
        var streamed = await RunAsync("imageStream", "openai", "openai/gpt-image-1");

        var cost = ((10 * 5m) + (272 * 40m)) / 1_000_000m;
        Assert.Equal(("""["aGk="]""", cost), (whole["pictures"]!.ToJsonString(), whole["cost"]!.GetValue<decimal>()));
        Assert.Equal(("""["image_generation.partial_image","image_generation.completed"]""", "aGk=", cost),
            (streamed["types"]!.ToJsonString(), streamed["picture"]!.GetValue<string>(), streamed["hiway"]!["upstream_cost"]!.GetValue<decimal>()));
    }

    [Fact]
    public async Task Edits_SendTheirForm_AndPassthroughTakesTheSameClient()
    {
        world.Upstream.On("/openai/images/edits", Reply.Recorded("openai", "openai-images-edits-vision-01")).On("/openai/chat/completions", Reply.Chat("Hello.", 9, 2));

        var edited = await RunAsync("edit", "openai", "openai/gpt-image-1");
        var form = world.Upstream.Requests[^1];
        var passed = await RunAsync("passthrough", "openai", "gpt-4o-mini");

        Assert.Single(edited["pictures"]!.AsArray());
        Assert.True(form.Body.AsSpan().IndexOf(Enumerable.Repeat((byte)7, 300_000).ToArray()) > 0);
        Assert.Contains("gpt-image-1\r\n", form.Text, StringComparison.Ordinal);
        Assert.Equal(("Hello.", 9), (passed["text"]!.GetValue<string>(), Int(passed["usage"]!["prompt_tokens"])));
    }

    [Fact]
    public async Task ModelOfAnotherRoute_IsABadRequestThatSaysWhereItWorks()
    {
        var seen = await RunAsync("error", "openai", "openai/gpt-4o");

        Assert.Equal(("BadRequestError", 400, "unsupported_endpoint"), (seen["error"]!.GetValue<string>(), Int(seen["status"]), seen["code"]!.GetValue<string>()));
        Assert.Contains("/v1/chat/completions", seen["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task<JsonNode> RunAsync(string scenario, string provider, string model)
    {
        var (_, key) = await world.SignUpAsync(null, provider);
        return await NodeClient.RunAsync("openai-media.mjs", scenario, world.Host.Url, key.Secret, model);
    }

    private static int Int(JsonNode? node) => node!.GetValue<int>();
}
