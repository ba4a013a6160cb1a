using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary><c>POST /v1/images/generations</c> against recorded and written answers of the providers.</summary>
public sealed class ImagesTests(OperationWorld world) : IClassFixture<OperationWorld>
{
    private const string Path = "/v1/images/generations";

    [Fact]
    public async Task PictureWithAPriceByThePiece_CostsAsManyAsCame()
    {
        world.Upstream.On("/openai/images/generations", Reply.Recorded("openai", "openai-images-generations-plain-01"));
        var (account, key) = await world.SignUpAsync(null, "openai");

        var reply = await world.PostAsync(Path, key, new { model = "openai/dall-e-2", prompt = "a white siamese cat", n = 1, size = "256x256" });

        Assert.Equal((HttpStatusCode.OK, 0.02m), (reply.Status, reply.Cost));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"model":"dall-e-2","prompt":"a white siamese cat","n":1,"size":"256x256"}"""), world.Upstream.Requests[^1].Json));
        Assert.StartsWith("https://", reply.Json["data"]![0]!["url"]!.GetValue<string>(), StringComparison.Ordinal);
        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal(("openai_images", 0.02m, 0.02m), (row["dialect"]!.GetValue<string>(), row["cost_usd"]!.GetValue<decimal>(), row["baseline_usd"]!.GetValue<decimal>()));
    }

    [Theory]
    [InlineData("1024x1024", "standard", 0.04, null)]
    [InlineData("1792x1024", "standard", 0, true)]
    [InlineData("1024x1024", "hd", 0, true)]
    public async Task APriceByThePiece_IsOfTheOrdinaryPicture_OthersAreUnpriced(string size, string quality, double cost, bool? unpriced)
    {
        world.Upstream.On("/openai/images/generations", Reply.Json("""{"created":1,"data":[{"url":"https://x.test/a.png"}]}"""));
        var (_, key) = await world.SignUpAsync(null, "openai");

        var reply = await world.PostAsync(Path, key, new { model = "openai/dall-e-3", prompt = "a cat", size, quality });

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal(((decimal)cost, unpriced), (reply.Cost, reply.Json["_hiway"]!["unpriced"]?.GetValue<bool>()));
    }

    [Fact]
    public async Task PictureWithTokens_IsPaidByItsTokens_TextAndPictureApart()
    {
        world.Upstream.On("/openai/images/generations", Reply.Json("""
            {"created":1,"data":[{"b64_json":"aGk="}],"usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":40,"image_tokens":10},"output_tokens":1056,"total_tokens":1106}}
            """));
        var (_, key) = await world.SignUpAsync(null, "openai");

        var reply = await world.PostAsync(Path, key, new { model = "openai/gpt-image-1", prompt = "a cat" });

        Assert.Equal(((40 * 5m) + (10 * 10m) + (1056 * 40m)) / 1_000_000m, reply.Cost);
    }

    [Fact]
    public async Task PictureWithoutAnyListPrice_TakesTheTotalThatTheProviderStates()
    {
        world.Upstream.On("/xai/images/generations", Reply.Recorded("xai", "xai-images-generations-plain-01"));
        var (_, key) = await world.SignUpAsync(null, "xai");

        var reply = await world.PostAsync(Path, key, new { model = "xai/grok-imagine-image", prompt = "a siamese cat" });

        Assert.Equal((HttpStatusCode.OK, 0.02m, null), (reply.Status, reply.Cost, reply.Json["_hiway"]!["unpriced"]));
    }

    [Fact]
    public async Task PictureOfUnknownPrice_IsFlagged_AndReservedAtTheCeiling()
    {
        world.Upstream.On("/acme/images/generations", Reply.Json("""{"created":1,"data":[{"b64_json":"aGk="}]}"""));
        var account = await world.Host.Http.SignUpAsync();
        await world.Host.Http.PutProviderAsync(account, "acme", $"{world.Upstream.Url}/acme", "openai", ["grok-imagine-image"]);
        var rich = await world.Host.Http.CreateKeyAsync(account, new { name = "Rich", monthly_cap_usd = 2m });
        var poor = await world.Host.Http.CreateKeyAsync(account, new { name = "Poor", monthly_cap_usd = 0.4m });
        object body = new { model = "acme/grok-imagine-image", prompt = "a cat" };

        var drawn = await world.PostAsync(Path, rich, body);
        var refused = await world.PostAsync(Path, poor, body);

        Assert.True(drawn.Json["_hiway"]!["unpriced"]!.GetValue<bool>());
        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded"), (refused.Status, refused.Error));
    }

    [Fact]
    public async Task Imagen_IsAskedInItsOwnWords_AndAnswersInOpenAis()
    {
        world.Upstream.On(":predict", Reply.Json("""{"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"aGk="},{"mimeType":"image/png","bytesBase64Encoded":"aG8="}]}"""));
        var (_, key) = await world.SignUpAsync(null, "google");

        var reply = await world.PostAsync(Path, key, new { model = "google/imagen-4.0-generate-001", prompt = "a cat", n = 2, size = "1792x1024", quality = "hd", style = "vivid" });

        var sent = world.Upstream.Requests[^1];
        Assert.Equal("/google/v1beta/models/imagen-4.0-generate-001:predict", sent.Path);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"instances":[{"prompt":"a cat"}],"parameters":{"sampleCount":2,"aspectRatio":"16:9"}}"""), sent.Json));
        Assert.Equal(["aGk=", "aG8="], reply.Json["data"]!.AsArray().Select(one => one!["b64_json"]!.GetValue<string>()));
        Assert.Equal(0.08m, reply.Cost);
        Assert.Equal(["quality", "style"], reply.Json["_hiway"]!["dropped"]!.AsArray().Select(one => one!.GetValue<string>()));
    }

    [Fact]
    public async Task GeminisImageModel_DrawsWhereOpenAisClientsAsk()
    {
        world.Upstream.On(":generateContent", Reply.Json("""
            {"candidates":[{"content":{"role":"model","parts":[{"text":"Here it is."},{"inlineData":{"mimeType":"image/png","data":"aGk="}}]},"finishReason":"STOP"}],
            "usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":1300,"totalTokenCount":1307,"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290}]},"modelVersion":"gemini-2.5-flash-image"}
            """));
        var (_, key) = await world.SignUpAsync(null, "google");

        var reply = await world.PostAsync(Path, key, new { model = "google/gemini-2.5-flash-image", prompt = "a cat" });

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("aGk=", reply.Json["data"]![0]!["b64_json"]!.GetValue<string>());
        Assert.Equal(((7 * 0.3m) + (10 * 2.5m) + (1290 * 30m)) / 1_000_000m, reply.Cost);
    }

    [Fact]
    public async Task PromptThatTheModelWillNotDraw_IsARefusal_NotAFailure()
    {
        world.Upstream.On(":predict", Reply.Json("""{"predictions":[{"raiFilteredReason":"Unsafe."}]}"""));
        var (_, key) = await world.SignUpAsync(null, "google");

        var reply = await world.PostAsync(Path, key, new { model = "google/imagen-4.0-generate-001", prompt = "x" });

        Assert.Equal((HttpStatusCode.BadRequest, "content_filter"), (reply.Status, reply.Error));
        Assert.Contains("Unsafe.", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ShowsThePictureGrow_AndEndsWithWhatItCost()
    {
        world.Upstream.On("/openai/images/generations", Reply.SseRaw(
            "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"aA==\",\"partial_image_index\":0}\n\n",
            "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"aGk=\",\"usage\":{\"input_tokens\":10,\"output_tokens\":272,\"total_tokens\":282,\"input_tokens_details\":{\"text_tokens\":10,\"image_tokens\":0}}}\n\n"));
        var (account, key) = await world.SignUpAsync(null, "openai");

        var reply = await world.PostAsync(Path, key, new { model = "openai/gpt-image-1", prompt = "a cat", stream = true, partial_images = 1, quality = "low", size = "1024x1024" });

        var events = reply.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, events.Length);
        Assert.StartsWith("event: image_generation.partial_image\ndata: {", events[0], StringComparison.Ordinal);
        Assert.StartsWith("event: image_generation.completed\ndata: {", events[1], StringComparison.Ordinal);
        var last = JsonNode.Parse(events[1][(events[1].IndexOf("data: ", StringComparison.Ordinal) + 6)..])!;
        var cost = ((10 * 5m) + (272 * 40m)) / 1_000_000m;
        Assert.Equal((cost, "aGk="), (last["_hiway"]!["upstream_cost"]!.GetValue<decimal>(), last["b64_json"]!.GetValue<string>()));
        Assert.Equal(cost, Assert.Single(await world.Host.Http.RequestRowsAsync(account))["cost_usd"]!.GetValue<decimal>());
    }

    [Theory]
    [InlineData("""{"model":"openai/dall-e-2"}""", "prompt")]
    [InlineData("""{"model":"openai/dall-e-2","prompt":""}""", "prompt")]
    [InlineData("""{"prompt":"x"}""", "model")]
    [InlineData("""{"model":"openai/dall-e-2","prompt":"x","n":0}""", "n")]
    [InlineData("""{"model":"openai/dall-e-2","prompt":"x","n":"2"}""", "n")]
    [InlineData("""{"model":"openai/dall-e-2","prompt":"x","size":7}""", "size")]
    [InlineData("""{"model":"openai/dall-e-2","prompt":"x","response_format":"gif"}""", "response_format")]
    [InlineData("""{"model":"openai/dall-e-2","prompt":"x","stream":"yes"}""", "stream")]
    [InlineData("""{"model":"google/imagen-4.0-generate-001","prompt":"x","n":9}""", "n")]
    [InlineData("""{"model":"google/imagen-4.0-generate-001","prompt":"x","response_format":"url"}""", "response_format")]
    [InlineData("""{"model":"google/imagen-4.0-generate-001","prompt":"x","stream":true}""", "stream")]
    [InlineData("""{"model":"light","prompt":"x"}""", "model")]
    public async Task WrongBodies_AreRefusedByTheFieldAtFault(string body, string param)
    {
        var (_, key) = await world.SignUpAsync(null, "openai", "google");

        var reply = await world.PostAsync(Path, key, body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", param), (reply.Status, reply.Error, reply.Param));
    }

    [Fact]
    public async Task TierImage_TakesTheCheapestOfTheWorkspacesModels()
    {
        world.Upstream.On(":predict", Reply.Json("""{"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"aGk="}]}"""));
        var (_, key) = await world.SignUpAsync(null, "google");

        var reply = await world.PostAsync(Path, key, new { model = "image", prompt = "a cat" });

        Assert.Equal((HttpStatusCode.OK, "image"), (reply.Status, reply.Json["_hiway"]!["routed_tier"]!.GetValue<string>()));
        Assert.Equal(0.02m, reply.Cost);
    }

    [Fact]
    public async Task CallerLeavesItOpen_AndTheCheapestIsNotThere_TheNextOneDraws()
    {
        world.Upstream.On(":predict", Reply.Error(404));
        world.Upstream.On("/openai/images/generations", Reply.Recorded("openai", "openai-images-generations-plain-01"));
        var (account, key) = await world.SignUpAsync(null, "google", "openai");

        var reply = await world.PostAsync(Path, key, new { model = "auto", prompt = "a white siamese cat" });

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.StartsWith("openai/", reply.Json["_hiway"]!["routed_model"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(reply.Json["_hiway"]!["fallback"]!.GetValue<bool>());
        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal(2, row["attempts"]!.GetValue<int>());   // the other provider's, not the same one's next
        var missing = world.Upstream.Requests[^2].Path;
        Assert.Contains(":predict", missing, StringComparison.Ordinal);

        // What is not there is not asked first again.
        var before = world.Upstream.Requests.Count;
        Assert.Equal(HttpStatusCode.OK, (await world.PostAsync(Path, key, new { model = "image", prompt = "a dog" })).Status);
        Assert.DoesNotContain(world.Upstream.Requests.Skip(before), seen => seen.Path == missing);
    }

    [Fact]
    public async Task Alias_StandsForAPictureModel_AndTheAnswerNamesIt()
    {
        world.Upstream.On("/openai/images/generations", Reply.Recorded("openai", "openai-images-generations-plain-01"));
        var (account, key) = await world.SignUpAsync(null, "openai");
        await world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/routing", account.Key, """{"aliases":{"painter":["openai/dall-e-2"]}}""");

        var reply = await world.PostAsync(Path, key, new { model = "painter", prompt = "a white siamese cat", size = "256x256" });

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal("dall-e-2", world.Upstream.Requests[^1].Json!["model"]!.GetValue<string>());
        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal(("painter", "openai/dall-e-2", 0.02m), (row["requested_model"]!.GetValue<string>(), row["model"]!.GetValue<string>(), row["cost_usd"]!.GetValue<decimal>()));
    }

    [Fact]
    public async Task TestKey_DrawsAPixel_ForNothing()
    {
        var (_, key) = await world.SignUpAsync(new { name = "T", test = true });

        var reply = await world.PostAsync(Path, key, new { model = "gpt-image-1", prompt = "a cat", n = 2 });

        Assert.Equal((HttpStatusCode.OK, 0m, 2), (reply.Status, reply.Cost, reply.Json["data"]!.AsArray().Count));
        var png = Convert.FromBase64String(reply.Json["data"]![0]!["b64_json"]!.GetValue<string>());
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
    }
}
