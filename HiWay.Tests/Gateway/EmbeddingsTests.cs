using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary><c>POST /v1/embeddings</c> against recorded answers of the providers.</summary>
public sealed class EmbeddingsTests(OperationWorld world) : IClassFixture<OperationWorld>
{
    private const string Path = "/v1/embeddings";

    [Fact]
    public async Task OpenAi_GoesThroughAsItCame_WithModelReplacedAndCostExact()
    {
        world.Upstream.On("/openai/embeddings", Reply.Recorded("openai", "openai-embeddings-plain-03"));
        var (account, key) = await world.SignUpAsync(new { name = "E", rpm = 60 }, "openai");

        var reply = await world.PostAsync(Path, key, new
        {
            model = "openai/text-embedding-3-large", input = (string[])["What did the author do growing up?"], encoding_format = "base64", user = "u-1", hiway = new { tags = (string[])["books"] },
        });

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(8 * 0.13m / 1_000_000m, reply.Cost);
        Assert.Equal(Recorded("openai", "openai-embeddings-plain-03")["data"]!.ToJsonString(), reply.Json["data"]!.ToJsonString());
        Assert.Equal("59", reply.Headers.GetValues("X-RateLimit-Remaining-Requests").Single());
        Assert.Equal("openai/text-embedding-3-large", reply.Headers.GetValues("X-HiWay-Routed-Model").Single());
        var sent = world.Upstream.Requests[^1];
        Assert.Equal(["encoding_format", "input", "model", "user"], sent.Json.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("text-embedding-3-large", sent.Json["model"]!.GetValue<string>());

        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.Equal(("openai_embeddings", 8, 0, "u-1", "books"), (Text(row["dialect"]), Int(row["input_tokens"]), Int(row["output_tokens"]), Text(row["end_user"]), Text(row["tags"]![0])));
        Assert.Equal(8 * 0.13m / 1_000_000m, row["cost_usd"]!.GetValue<decimal>());
        Assert.Equal(row["cost_usd"]!.GetValue<decimal>(), row["baseline_usd"]!.GetValue<decimal>());
    }

    [Theory]
    [InlineData("base64")]
    [InlineData("float")]
    public async Task VectorsComeInTheFormThatWasAskedFor_WhateverTheUpstreamSends(string format)
    {
        world.Upstream.On("/vllm/embeddings",
            Reply.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1.25]},{"object":"embedding","embedding":"AAAAPwAAoL8=","index":1}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}"""));
        var account = await world.Host.Http.SignUpAsync();
        await world.Host.Http.PutProviderAsync(account, "vllm", $"{world.Upstream.Url}/vllm", models: ["text-embedding-3-small"]);
        var key = await world.Host.Http.CreateKeyAsync(account);

        var reply = await world.PostAsync(Path, key, new { model = "vllm/text-embedding-3-small", input = (string[])["a", "b"], encoding_format = format });

        var expected = format == "base64" ? "\"AAAAPwAAoL8=\"" : "[0.5,-1.25]";
        Assert.Equal([expected, expected], reply.Json["data"]!.AsArray().Select(one => one!["embedding"]!.ToJsonString()));
        Assert.True(reply.Json["_hiway"]!["unpriced"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Gemini_IsAskedInItsOwnWords_AndAnswersInOpenAis()
    {
        world.Upstream.On(":batchEmbedContents", Reply.Recorded("google", "google-embeddings-plain-01"));
        var (account, key) = await world.SignUpAsync(null, "google");

        var reply = await world.PostAsync(Path, key, new { model = "gemini-embedding-001", input = "Some text goes here", dimensions = 768, input_type = "search_query", style = "odd" });

        var sent = world.Upstream.Requests[^1];
        Assert.Equal("/google/v1beta/models/gemini-embedding-001:batchEmbedContents", sent.Path);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"Some text goes here"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":768}]}"""), sent.Json));
        var vector = Assert.Single(reply.Json["data"]!.AsArray())!["embedding"]!.AsArray();
        Assert.Equal((64, -0.01530608f), (vector.Count, vector[0]!.GetValue<float>()));
        Assert.Equal(["style"], reply.Json["_hiway"]!["dropped"]!.AsArray().Select(Text));
        Assert.True(Int(reply.Json["usage"]!["prompt_tokens"]) > 0);
        var row = Assert.Single(await world.Host.Http.RequestRowsAsync(account));
        Assert.True(row["cost_usd"]!.GetValue<decimal>() > 0, "tokens that the provider does not count are estimated, not free");
    }

    [Fact]
    public async Task StrictCaller_IsRefused_WhereAFieldWouldBeLeftOut()
    {
        var (_, key) = await world.SignUpAsync(null, "google");
        var asked = world.Upstream.Requests.Count;

        var reply = await world.PostAsync(Path, key, new { model = "google/gemini-embedding-001", input = "x", style = "odd", hiway = new { strict = true } });

        Assert.Equal((HttpStatusCode.BadRequest, asked), (reply.Status, world.Upstream.Requests.Count));
        Assert.Contains("style", reply.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreTextsThanAnUpstreamTakes_GoInSeveralCalls_AndComeBackAsOne()
    {
        world.Upstream.On(":batchEmbedContents", seen =>
        {
            var answers = seen.Json["requests"]!.AsArray().Select(one => new JsonObject { ["values"] = new JsonArray(float.Parse(Text(one!["content"]!["parts"]![0]!["text"]), System.Globalization.CultureInfo.InvariantCulture)) });
            return Reply.Json(new JsonObject { ["embeddings"] = new JsonArray([.. answers]), ["usageMetadata"] = new JsonObject { ["promptTokenCount"] = 10 } }.ToJsonString());
        });
        var (_, key) = await world.SignUpAsync(null, "google");

        var reply = await world.PostAsync(Path, key, new { model = "google/gemini-embedding-2", input = Enumerable.Range(0, 250).Select(i => $"{i}").ToArray() });

        Assert.Equal(Enumerable.Range(0, 250), reply.Json["data"]!.AsArray().Select(one => (int)one!["embedding"]![0]!.GetValue<float>()));
        Assert.Equal(30, Int(reply.Json["usage"]!["prompt_tokens"]));
        Assert.Equal(30 * 0.2m / 1_000_000m, reply.Cost);
    }

    [Fact]
    public async Task Mistral_GetsOnlyFieldsThatItKnows()
    {
        world.Upstream.On("/mistral/embeddings", Reply.Json("""{"id":"e","object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}],"model":"codestral-embed","usage":{"prompt_tokens":3,"total_tokens":3,"completion_tokens":0}}"""));
        var (_, key) = await world.SignUpAsync(null, "mistral");

        var reply = await world.PostAsync(Path, key, new { model = "mistral/codestral-embed", input = "x", dimensions = 256, user = "u" });

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(["input", "model", "output_dimension"], world.Upstream.Requests[^1].Json.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"model":"openai/text-embedding-3-small"}""", "input")]
    [InlineData("""{"input":"x"}""", "model")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":[]}""", "input")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":""}""", "input")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":["a",""]}""", "input[1]")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":["a",3]}""", "input[1]")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":[1.5]}""", "input[0]")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":[[1],[]]}""", "input[1]")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":{"text":"x"}}""", "input")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":"x","dimensions":0}""", "dimensions")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":"x","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":"x","input":"y"}""", "input")]
    [InlineData("""{"model":"openai/text-embedding-3-small","input":"x","hiway":{"teir":"light"}}""", "hiway.teir")]
    [InlineData("""{"model":"google/gemini-embedding-001","input":[1,2,3]}""", "input")]
    [InlineData("""{"model":"auto","input":"x"}""", "model")]
    [InlineData("""{"model":7,"input":"x"}""", "model")]
    public async Task WrongBodies_AreRefusedByTheFieldAtFault(string body, string param)
    {
        var (_, key) = await world.SignUpAsync(null, "openai", "google");
        var asked = world.Upstream.Requests.Count;

        var reply = await world.PostAsync(Path, key, body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", param), (reply.Status, reply.Error, reply.Param));
        Assert.Equal(asked, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task ChatModelHere_AndEmbeddingModelThere_AreToldWhereTheyWork()
    {
        var (_, key) = await world.SignUpAsync(null, "openai");

        var here = await world.PostAsync(Path, key, new { model = "openai/gpt-4o", input = "x" });
        var there = await world.Host.Http.ChatAsync(key.Secret, "x", "openai/text-embedding-3-small");

        Assert.Equal((HttpStatusCode.BadRequest, "unsupported_endpoint"), (here.Status, here.Error));
        Assert.Contains("/v1/chat/completions", here.Json["error"]!["endpoints"]!.AsArray().Select(Text));
        Assert.Equal("unsupported_endpoint", there.ErrorCode);
        Assert.Equal([Path], there.Json["error"]!["endpoints"]!.AsArray().Select(Text));
        Assert.Contains(Path, there.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("google/gemini-embedding-001", """{"embeddings":"x"}""")]
    [InlineData("google/gemini-embedding-001", """{"embeddings":[{"values":["a"]}]}""")]
    [InlineData("google/gemini-embedding-001", """{"embeddings":[]}""")]
    [InlineData("google/gemini-embedding-001", "<html>")]
    [InlineData("openai/text-embedding-3-small", """{"object":"list"}""")]
    [InlineData("openai/text-embedding-3-small", """{"object":"list","data":[]}""")]
    [InlineData("openai/text-embedding-3-small", """{"object":"list","data":[{"embedding":"no base64!"}]}""")]
    [InlineData("openai/text-embedding-3-small", """{"error":{"message":"odd"}}""")]
    public async Task AnswersThatAreNone_AreTheProvidersFault_NotOurs(string model, string answer)
    {
        world.Upstream.On(":batchEmbedContents", Reply.Json(answer)).On("/openai/embeddings", Reply.Json(answer));
        var (_, key) = await world.SignUpAsync(null, "openai", "google");

        var reply = await world.PostAsync(Path, key, new { model, input = "x" });

        Assert.True(reply.Status is HttpStatusCode.BadGateway, $"{reply.Status} {reply.Body}");
        Assert.NotNull(reply.Error);
        Assert.NotEqual("internal_error", reply.Error);
    }

    [Fact]
    public async Task ProvidersOwnRefusal_ComesBackAsItsWords()
    {
        world.Upstream.On("/openai/embeddings", Reply.Recorded("openai", "openai-embeddings-error-400-01"));
        var (account, key) = await world.SignUpAsync(null, "openai");

        var reply = await world.PostAsync(Path, key, new { model = "openai/text-embedding-3-small", input = "x", dimensions = 5_000 });

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (reply.Status, reply.Error));
        Assert.Contains("less than the minimum", reply.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0m, Assert.Single(await world.Host.Http.RequestRowsAsync(account))["cost_usd"]!.GetValue<decimal>());
    }

    [Fact]
    public async Task ShortIdAtTwoProviders_FallsBackToTheSameModelElsewhere_AndAPinDoesNot()
    {
        world.Upstream.On("/one/embeddings", Reply.Error(500)).On("/two/embeddings", Reply.Recorded("openai", "openai-embeddings-plain-01"));
        var account = await world.Host.Http.SignUpAsync();
        foreach (var provider in (string[])["one", "two"])
        {
            await world.Host.Http.PutProviderAsync(account, provider, $"{world.Upstream.Url}/{provider}", "openai", ["text-embedding-3-small"]);
        }

        var key = await world.Host.Http.CreateKeyAsync(account);
        var anywhere = await world.PostAsync(Path, key, new { model = "text-embedding-3-small", input = "hello", encoding_format = "base64" });
        var pinned = await world.PostAsync(Path, key, new { model = "one/text-embedding-3-small", input = "hello" });

        Assert.Equal((HttpStatusCode.OK, "two/text-embedding-3-small", true),
            (anywhere.Status, Text(anywhere.Json["_hiway"]!["routed_model"]), anywhere.Json["_hiway"]!["fallback"]!.GetValue<bool>()));
        Assert.Equal((HttpStatusCode.BadGateway, "upstream_unavailable"), (pinned.Status, pinned.Error));
    }

    [Fact]
    public async Task CapThatTheWorstCaseWouldPass_RefusesBeforeTheUpstreamIsAsked()
    {
        var (_, key) = await world.SignUpAsync(new { name = "Poor", monthly_cap_usd = 0.000001m }, "openai");
        var asked = world.Upstream.Requests.Count;

        var reply = await world.PostAsync(Path, key, new { model = "openai/text-embedding-3-large", input = new string('x', 3_000) });

        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded", asked), (reply.Status, reply.Error, world.Upstream.Requests.Count));
    }

    [Fact]
    public async Task TestKey_GetsTheSameVectorEveryTime_ForNothing()
    {
        var (_, key) = await world.SignUpAsync(new { name = "T", test = true });

        var one = await world.PostAsync(Path, key, new { model = "text-embedding-3-small", input = (string[])["cat", "dog"], dimensions = 4 });
        var two = await world.PostAsync(Path, key, new { model = "text-embedding-3-small", input = "dog", dimensions = 4, encoding_format = "base64" });
        var tokens = await world.PostAsync(Path, key, """{"model":"m","input":[[1,2],[3]],"dimensions":2}""");

        Assert.Equal((HttpStatusCode.OK, 0m), (one.Status, one.Cost));
        var dog = one.Json["data"]![1]!["embedding"]!.AsArray().Select(number => number!.GetValue<float>()).ToArray();
        Assert.Equal(dog, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(Text(two.Json["data"]![0]!["embedding"]))).ToArray());
        Assert.Equal(1f, dog.Sum(number => number * number), 3);
        Assert.Equal((2, 3), (tokens.Json["data"]!.AsArray().Count, Int(tokens.Json["usage"]!["prompt_tokens"])));
    }

    private static JsonNode Recorded(string provider, string name) => JsonNode.Parse(Reply.Recorded(provider, name).Chunks[0])!;

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Int(JsonNode? node) => node!.GetValue<int>();
}
