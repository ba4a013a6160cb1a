using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Gateway;

/// <summary>
/// A workspace with three providers of one tier, each at an address of its own. Whoever the router asks first is the one that
/// fails as the test says; the others are well.
/// </summary>
public sealed class FaultWorld : IAsyncDisposable
{
    /// <summary>What every model would say: 40 pieces, so that two thirds of it are a lot and its rest too.</summary>
    public static readonly string[] Pieces = [.. Enumerable.Range(1, 40).Select(n => $"Sentence {n} – “é\" \\ 🌍”.\n")];

    private readonly ReplayUpstream _upstream;
    private string? _first;

    private FaultWorld(HiWayHost host, ReplayUpstream upstream, TestAccount account, TestKey key) =>
        (Host, _upstream, Account, Key) = (host, upstream, account, key);

    public static string Whole { get; } = string.Concat(Pieces);

    public HiWayHost Host { get; }

    public TestAccount Account { get; }

    public TestKey Key { get; }

    public IReadOnlyList<SeenRequest> Seen => _upstream.Requests;

    /// <summary>Which provider each request went to.</summary>
    public IReadOnlyList<string> Providers => [.. Seen.Select(Provider)];

    public static Task<FaultWorld> StartAsync(params string[] providers) => StartAsync(null, providers);

    /// <param name="services">Replaces services of the host.</param>
    public static Task<FaultWorld> StartAsync(Action<IServiceCollection>? services, params string[] providers) => StartAsync(services, [], providers);

    /// <param name="settings">As <see cref="HiWayHost.StartAsync(ValueTuple{string, string}[])"/> takes them.</param>
    public static async Task<FaultWorld> StartAsync(Action<IServiceCollection>? services, (string Key, string Value)[] settings, params string[] providers)
    {
        var upstream = await ReplayUpstream.StartAsync();
        var host = await HiWayHost.StartAsync(null, services, settings);
        var account = await host.Http.SignUpAsync();
        foreach (var provider in providers is [] ? ["openai", "mistral", "deepseek"] : providers)
        {
            await host.Http.PutProviderAsync(account, provider, $"{upstream.Url}/{provider}");
        }

        return new(host, upstream, account, await host.Http.CreateKeyAsync(account));
    }

    /// <summary>The provider that the router asks first answers with these in turn, the last one repeating; all others answer whole.</summary>
    public void FirstAnswers(params Reply[] replies)
    {
        var nth = -1;
        _upstream.On("*", seen =>
        {
            _first ??= Provider(seen);
            return Provider(seen) == _first ? replies[Math.Min(Interlocked.Increment(ref nth), replies.Length - 1)] : Well(seen);
        });
    }

    /// <summary>Every provider answers as the test says.</summary>
    public void Answer(Func<SeenRequest, Reply> choose) => _upstream.On("*", choose);

    /// <summary>The whole answer in the form that was asked for.</summary>
    public static Reply Well(SeenRequest seen) => IsStream(seen) ? Reply.ChatStream(Pieces, 9, 400) : Reply.Chat(Whole, 9, 400);

    public static bool IsStream(SeenRequest seen) => seen.Json["stream"]?.GetValue<bool>() is true;

    public static string Provider(SeenRequest seen) => seen.Path.Split('/')[1];

    /// <summary>The first pieces of the stream as chunks, and then whatever the test adds.</summary>
    public static Reply Begun(int pieces, ReplyEnd end, params string[] further) => Reply.Sse(
        [Chunk(new JsonObject { ["role"] = "assistant", ["content"] = "" }), .. Pieces.Take(pieces).Select(piece => Chunk(new JsonObject { ["content"] = piece })), .. further]) with { End = end };

    public static string Chunk(JsonObject delta, string? finish = null) => new JsonObject
    {
        ["id"] = "chatcmpl-first",
        ["object"] = "chat.completion.chunk",
        ["created"] = 1_760_000_000,
        ["model"] = "first-model",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
    }.ToJsonString();

    /// <summary>How the providers do, from the API.</summary>
    public async Task<IReadOnlyList<JsonNode>> HealthAsync(string query = "") =>
        [.. (await Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{Account.WorkspaceId}/health{query}", Account.Key))["data"]!.AsArray().Select(provider => provider!)];

    public Task<ChatReply> AskAsync(bool stream, string model = "standard") =>
        Host.Http.ChatAsync(Key.Secret, GatewayWorld.Body("Tell me forty sentences.", stream, includeUsage: stream, model));

    /// <summary>
    /// One whole answer: the text to the last letter and once, the terminator, the model that answered under its name, its own usage, and
    /// a row in the books with every attempt. Afterwards the gateway answers as if nothing had been.
    /// </summary>
    public async Task AssertWholeAsync(ChatReply reply, int attempts, int inputTokens = 9, int outputTokens = 400)
    {
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(Whole, reply.Text);
        if (reply.Events.Count > 0)
        {
            Assert.Equal("[DONE]", reply.Events[^1]);
            Assert.Single(reply.Events, data => data == "[DONE]");
            Assert.DoesNotContain(reply.Chunks, chunk => chunk["error"] is not null);
            Assert.Single(reply.Chunks, chunk => (chunk["choices"] as JsonArray) is [{ } choice] && choice["finish_reason"] is not null);
        }

        Assert.Equal((inputTokens, outputTokens), (reply.Json["usage"]!["prompt_tokens"]!.GetValue<int>(), reply.Json["usage"]!["completion_tokens"]!.GetValue<int>()));
        var row = await RowAsync();
        Assert.Equal((200, attempts, "completed"), (row["status"]!.GetValue<int>(), row["attempts"]!.GetValue<int>(), row["end_reason"]!.GetValue<string>()));
        Assert.Equal(row["model"]!.GetValue<string>(), reply.HiWay!["routed_model"]!.GetValue<string>());
        Assert.Equal(Providers[^1], row["model"]!.GetValue<string>().Split('/')[0]);
        Assert.Equal((attempts > 1, attempts - 1), (reply.HiWay["fallback"]!.GetValue<bool>(), reply.HiWay["fallback_chain"]!.AsArray().Count));
        Assert.Equal(attempts, Seen.Count);
        Assert.InRange(Seen.Count, 1, 3);
        await AssertHealthyAsync();
    }

    /// <summary>One typed error and nothing that could pass for an answer.</summary>
    public async Task AssertTypedErrorAsync(ChatReply reply, string code, int attempts, HttpStatusCode? status = null)
    {
        Assert.Equal(code, reply.ErrorCode);
        Assert.DoesNotContain("[DONE]", reply.Events);
        Assert.StartsWith("req_", reply.Json["error"]!["request_id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(attempts, Seen.Count);
        var row = await RowAsync();
        Assert.Equal(attempts, row["attempts"]!.GetValue<int>());
        if (status is { } clean)
        {
            Assert.Equal((clean, (int)clean), (reply.Status, row["status"]!.GetValue<int>()));
        }

        await AssertHealthyAsync();
    }

    /// <summary>The one row of the books, with its attempts.</summary>
    public async Task<JsonNode> RowAsync()
    {
        var row = Assert.Single(await Host.Http.RequestRowsAsync(Account));
        return row;
    }

    /// <summary>The attempts of the one call, as the request page shows them.</summary>
    public async Task<JsonArray> AttemptsAsync()
    {
        var id = (await RowAsync())["id"]!.GetValue<string>();
        var detail = await Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{Account.WorkspaceId}/requests/{id}", Account.Key);
        return detail["attempts_list"]!.AsArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    /// <summary>The gateway answers as if nothing had been.</summary>
    public async Task AssertHealthyAsync()
    {
        var test = await Host.Http.CreateKeyAsync(Account, new { name = "afterwards", test = true });
        Assert.Equal(HttpStatusCode.OK, (await Host.Http.ChatAsync(test.Secret, "Are you well?")).Status);
        Assert.DoesNotContain("HiWay itself failed", Host.Logs.ToString(), StringComparison.Ordinal);
    }
}
