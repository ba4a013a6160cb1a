using System.Net;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Snapshots;
using HiWay.Tests.Dialects;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Recording = HiWay.Tests.Dialects.Recording;

namespace HiWay.Tests.Providers;

/// <summary>The providers that need more than a key and an address, called through the running gateway by an OpenAI client.</summary>
public sealed class ProvidersInTheGateway(ProvidersInTheGateway.World world) : IClassFixture<ProvidersInTheGateway.World>
{
    public sealed class World : IAsyncLifetime
    {
        public ReplayUpstream Upstream { get; private set; } = null!;

        public HiWayHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Upstream = await ReplayUpstream.StartAsync();
            Host = await HiWayHost.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }

    public static TheoryData<string> Recordings => [.. Recording.All.Where(one => one.Api is "converse" or "cohere_chat" or "ollama_chat" && one.Status < 400 && Expected.Of(one).Ended).Select(one => one.Name)];

    public static TheoryData<string> Refusals => [.. Recording.All.Where(one => one.Api is "converse" or "cohere_chat" or "ollama_chat" && one.Status >= 400).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task RecordedAnswer_ArrivesWhole_WithItsUsage(string name)
    {
        var recording = Recording.Named(name);
        var expected = Expected.Of(recording);
        var (account, model) = await AccountForAsync(recording);
        world.Upstream.On("*", Reply.Recorded(recording.Provider, name));

        var reply = await world.Host.Http.ChatAsync(account.Key, GatewayWorld.Body(stream: recording.HasEventStream, includeUsage: recording.HasEventStream, model: model));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var choices = (reply.Events.Count == 0 ? [reply.Json] : reply.Chunks).SelectMany(chunk => chunk["choices"]!.AsArray()).ToList();
        var member = reply.Events.Count == 0 ? "message" : "delta";
        Assert.Equal(expected.Text, string.Concat(choices.Select(choice => (string?)choice![member]!["content"])));
        Assert.Equal(expected.Calls.Select(call => call.Name), choices.SelectMany(choice => choice![member]!["tool_calls"] as JsonArray ?? []).Select(call => (string?)call!["function"]?["name"]).OfType<string>());
        var usage = reply.Events.Count == 0 ? reply.Json["usage"]! : reply.Chunks.Last(chunk => chunk["usage"] is not null)["usage"]!;
        Assert.Equal((expected.Usage!.Value.TotalInput, expected.Usage.Value.TotalOutput), ((long)usage["prompt_tokens"]!, (long)usage["completion_tokens"]!));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task RecordedRefusal_IsInTheEnvelope(string name)
    {
        var recording = Recording.Named(name);
        var (account, model) = await AccountForAsync(recording);
        world.Upstream.On("*", Reply.Recorded(recording.Provider, name));

        var reply = await world.Host.Http.ChatAsync(account.Key, GatewayWorld.Body(model: model));

        Assert.True((int)reply.Status is >= 400 and < 600 and not 500, reply.Body);
        Assert.NotEmpty(reply.Json["error"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Bedrock_IsSignedForItsRegion_AndNamesTheProfileInThePath()
    {
        var account = await world.Host.Http.SignUpAsync();
        var saved = await PutAsync(account, "bedrock", new
        {
            access_key_id = "AKIAIOSFODNN7EXAMPLE", secret_access_key = "wJalrXUtnFEMI/K7MDENG", session_token = "temporary",
            base_url = world.Upstream.Url, settings = new { region = "eu-central-1", inference_profile = "eu" },
        });
        world.Upstream.On("*", Reply.Recorded("bedrock", "bedrock-converse-plain-system-01"));
        var before = world.Upstream.Requests.Count;

        var reply = await world.Host.Http.ChatAsync(account.Key, GatewayWorld.Body(model: "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0"));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var seen = world.Upstream.Requests[before];
        Assert.Equal("/model/eu.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse", seen.RawPath);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/", seen.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/eu-central-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,", seen.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal("temporary", seen.Headers["x-amz-security-token"]);

        Assert.Equal(("MPLE", "eu-central-1"), ((string?)saved["last4"], (string?)saved["settings"]!["region"]));
        Assert.DoesNotContain("wJalrXUtnFEMI", saved.ToJsonString(), StringComparison.Ordinal);
        Assert.True(reply.Json["_hiway"]!["upstream_cost"]!.GetValue<decimal>() > 0, "The model is priced under its own id.");
        Assert.Equal(Domain.Catalogue.Zone.Eu, world.Host.Get<ISnapshots>().Workspace(account.WorkspaceId)!.ByModelId["bedrock/anthropic.claude-haiku-4-5-20251001-v1:0"].Model.Zone);
    }

    [Fact]
    public async Task BedrockStream_CutInTheMiddleOfAFrame_IsAnErrorAndNoWholeAnswer()
    {
        var account = await world.Host.Http.SignUpAsync();
        await PutAsync(account, "bedrock", new { api_key = "ABSKexample", base_url = world.Upstream.Url, settings = new { region = "us-east-1" } });
        var whole = Reply.Recorded("bedrock", "bedrock-converse-plain-system-stream-01");
        var bytes = whole.Chunks.SelectMany(chunk => chunk).ToArray();
        world.Upstream.On("*", whole with { Chunks = [bytes[..(bytes.Length * 2 / 3)]] });

        var reply = await world.Host.Http.ChatAsync(account.Key, GatewayWorld.Body(stream: true, model: "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0"));

        Assert.DoesNotContain("[DONE]", reply.Events);
        Assert.Contains(reply.Chunks, chunk => chunk["error"] is not null);
    }

    [Theory]
    [InlineData("", null, "/openai/v1/chat/completions", "my-gpt4o")]
    [InlineData("/openai", "2024-10-21", "/openai/deployments/my-gpt4o/chat/completions?api-version=2024-10-21", "my-gpt4o")]
    [InlineData("/models", "2024-05-01-preview", "/models/chat/completions?api-version=2024-05-01-preview", "my-gpt4o")]
    public async Task Azure_IsCalledByDeployment_WithItsOwnHeader(string path, string? version, string called, string model)
    {
        var account = await world.Host.Http.SignUpAsync();
        await PutAsync(account, "azure", new
        {
            api_key = "azure-key", base_url = world.Upstream.Url + path, settings = new { api_version = version, deployments = new Dictionary<string, string> { ["gpt-4o"] = "my-gpt4o" } },
        });
        world.Upstream.On("*", Reply.Recorded("azure", "azure-chat-completions-plain-03"));
        var before = world.Upstream.Requests.Count;

        var reply = await world.Host.Http.ChatAsync(account.Key, GatewayWorld.Body(model: "azure/gpt-4o"));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var seen = world.Upstream.Requests[before];
        Assert.Equal(called, seen.RawPath);
        Assert.Equal(("azure-key", model), (seen.Headers["api-key"], (string?)seen.Json["model"]));
        Assert.False(seen.Headers.ContainsKey("Authorization"));
        Assert.True(reply.Json["_hiway"]!["upstream_cost"]!.GetValue<decimal>() > 0, "The deployment is priced as its model.");
    }

    [Theory]
    [InlineData("", null, "/openai/v1/responses")]
    [InlineData("/openai", "2024-10-21", "/openai/deployments/my-gpt5/chat/completions?api-version=2024-10-21")]
    public async Task Azure_AnswersResponsesItself_OnItsV1Api(string path, string? version, string called)
    {
        var account = await world.Host.Http.SignUpAsync();
        await PutAsync(account, "azure", new
        {
            api_key = "azure-key", base_url = world.Upstream.Url + path, settings = new { api_version = version, deployments = new Dictionary<string, string> { ["gpt-5"] = "my-gpt5" } },
        });
        world.Upstream.On("*", seen => seen.Path.EndsWith("/responses", StringComparison.Ordinal) ? Reply.Recorded("openai", "openai-responses-reasoning-01") : Reply.Chat("Hello"));
        var before = world.Upstream.Requests.Count;

        var reply = await world.Host.Http.CallAsync(HttpMethod.Post, "/v1/responses", account.Key, new { model = "azure/gpt-5", input = "Hi" });

        var seen = world.Upstream.Requests[before];
        Assert.Equal((called, "azure-key", "my-gpt5"), (seen.RawPath, seen.Headers["api-key"], (string?)seen.Json["model"]));
        Assert.False(seen.Headers.ContainsKey("Authorization"));
        Assert.Equal("response", (string?)reply["object"]);
    }

    [Fact]
    public async Task Ollama_GetsPicturesThatAreNamedByAddress_AsBytes()
    {
        var account = await world.Host.Http.SignUpAsync();
        await PutAsync(account, "ollama", new { base_url = world.Upstream.Url + "/api", models = new[] { "qwen3" } });
        world.Upstream.On("*", Reply.Recorded("ollama", "ollama-ollama-chat-plain-01"));
        world.Upstream.On("/cat.png", new Reply { Headers = [new("Content-Type", "image/png")], Chunks = [[0x89, (byte)'P', (byte)'N', (byte)'G']] });
        world.Upstream.On("/gone.png", Reply.Error(404));

        var reply = await world.Host.Http.ChatAsync(account.Key, Ask("/cat.png"));
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal("iVBORw==", (string?)world.Upstream.Requests.Last(seen => seen.Path == "/api/chat").Json["messages"]![0]!["images"]![0]);

        var refused = await world.Host.Http.ChatAsync(account.Key, Ask("/gone.png"));
        Assert.Equal((HttpStatusCode.BadRequest, "messages[0].content[1]"), (refused.Status, (string?)refused.Json["error"]!["param"]));
        Assert.Contains("answered 404", (string?)refused.Json["error"]!["message"], StringComparison.Ordinal);

        JsonObject Ask(string path) => JsonNode.Parse($$$"""{"model":"ollama/qwen3","messages":[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"{{{world.Upstream.Url}}}{{{path}}}"}}]}]}""")!.AsObject();
    }

    [Theory]
    [InlineData("ya29.token", "my-project-123", "europe-west4", "/v1/projects/my-project-123/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent", "Authorization", "Bearer ya29.token")]
    [InlineData("AIzaSyExample", null, null, "/v1/publishers/google/models/gemini-2.5-flash:generateContent", "x-goog-api-key", "AIzaSyExample")]
    public async Task Vertex_IsCalledInItsProject_OrByAnExpressKey(string key, string? project, string? region, string called, string header, string shown)
    {
        var account = await world.Host.Http.SignUpAsync();
        await PutAsync(account, "vertex", new { api_key = key, base_url = world.Upstream.Url, models = new[] { "gemini-2.5-flash" }, settings = new { project, region } });
        world.Upstream.On("*", Reply.Recorded("google-vertex", "google-vertex-generate-content-plain-01"));
        var before = world.Upstream.Requests.Count;

        var reply = await world.Host.Http.ChatAsync(account.Key, GatewayWorld.Body(model: "vertex/gemini-2.5-flash"));

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var seen = world.Upstream.Requests[before];
        Assert.Equal((called, shown), (seen.RawPath, seen.Headers[header]));
    }

    [Theory]
    [InlineData("mistral", """{"max_completion_tokens":50,"seed":7,"tool_choice":"auto"}""", "max_tokens,random_seed", "max_completion_tokens,seed,stream_options")]
    [InlineData("mistral", """{"logit_bias":{"1":2}}""", "", "logit_bias")]
    [InlineData("groq", """{"logit_bias":{"1":2},"max_completion_tokens":50}""", "max_tokens", "logit_bias")]
    [InlineData("deepseek", """{"max_completion_tokens":50}""", "max_tokens", "max_completion_tokens")]
    [InlineData("groq", """{"temperature":0.5,"max_completion_tokens":50}""", "max_completion_tokens,temperature", "max_tokens")]
    public async Task CompatibleProvider_IsAskedInItsOwnWords(string provider, string more, string has, string hasNot)
    {
        var account = await world.Host.Http.SignUpAsync();
        await PutAsync(account, provider, new { api_key = "key-1234567890", base_url = world.Upstream.Url, models = new[] { "some-model" } });
        world.Upstream.On("*", Reply.Chat("Hello"));
        var before = world.Upstream.Requests.Count;
        var body = GatewayWorld.Body(model: $"{provider}/some-model");
        body["messages"]!.AsArray().Insert(0, new JsonObject { ["role"] = provider == "groq" && hasNot == "max_tokens" ? "system" : "developer", ["content"] = "Be brief." });
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        var reply = await world.Host.Http.ChatAsync(account.Key, body);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal("Hello", (string?)reply.Json["choices"]![0]!["message"]!["content"]);
        var sent = world.Upstream.Requests[before].Json.AsObject();
        Assert.All(has.Split(',', StringSplitOptions.RemoveEmptyEntries), name => Assert.True(sent.ContainsKey(name), sent.ToJsonString()));
        Assert.All(hasNot.Split(','), name => Assert.False(sent.ContainsKey(name), sent.ToJsonString()));
        Assert.Equal("system", (string?)sent["messages"]![0]!["role"]);
    }

    private async Task<(TestAccount Account, string Model)> AccountForAsync(Recording recording)
    {
        var account = await world.Host.Http.SignUpAsync();
        var (provider, path, settings) = recording.Api switch
        {
            "converse" => ("bedrock", "", (object?)new { region = "us-east-1" }),
            "cohere_chat" => ("cohere", "", null),
            _ => ("ollama", "/api", null),
        };
        await PutAsync(account, provider, new { api_key = "key-1234567890", base_url = world.Upstream.Url + path, models = new[] { "m1" }, settings });
        return (account, $"{provider}/m1");
    }

    private Task<JsonNode> PutAsync(TestAccount account, string provider, object body) =>
        world.Host.Http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/providers/{provider}", account.Key, body);
}
