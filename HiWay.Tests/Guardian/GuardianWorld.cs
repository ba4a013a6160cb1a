using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Domain.Ids;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Guardian;

/// <summary>
/// A workspace with Guardian as it is delivered, a clock that the test moves, and one upstream behind providers of three dialects. Prices are
/// those of a heavy model: 5 and 25 US dollars per million tokens.
/// </summary>
public sealed class GuardianWorld : IAsyncDisposable
{
    public const string OpenAi = "acme/m1";

    public const string Anthropic = "rec-anthropic/m1";

    private GuardianWorld(HiWayHost host, ReplayUpstream upstream, TestClock clock, HeardAlerts alerts, TestAccount account) =>
        (Host, Upstream, Clock, Alerts, Account) = (host, upstream, clock, alerts, account);

    public HiWayHost Host { get; }

    public ReplayUpstream Upstream { get; }

    public TestClock Clock { get; }

    public HeardAlerts Alerts { get; }

    public TestAccount Account { get; }

    public string Workspace => $"/api/v1/workspaces/{Account.WorkspaceId}";

    public static async Task<GuardianWorld> StartAsync(TestDatabase? database = null, params (string Key, string Value)[] settings)
    {
        var (upstream, clock, alerts) = (await ReplayUpstream.StartAsync(), new TestClock(), new HeardAlerts());
        var host = await HiWayHost.StartAsync(database, services => services.AddSingleton<TimeProvider>(clock).AddSingleton<IAlerts>(alerts),
            [("Guardian:Rules:dedup:Enabled", "true"), ("Guardian:Rules:cost_spike:Enabled", "true"), .. settings]);
        var account = await host.Http.SignUpAsync();
        var world = new GuardianWorld(host, upstream, clock, alerts, account);
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        await host.Http.PutProviderAsync(account, "rec-anthropic", upstream.Url, "anthropic", ["m1"]);
        await host.Http.PutProviderAsync(account, "openai", $"{upstream.Url}/openai");
        foreach (var model in (string[])[OpenAi, Anthropic])
        {
            await host.Http.CallAsync(HttpMethod.Patch, $"{world.Workspace}/models/{model}", account.Key, new { prices = new { input = 5.00m, output = 25.00m } });
        }

        return world;
    }

    public Task<TestKey> CreateKeyAsync(string name = "agent") => Host.Http.CreateKeyAsync(Account, new { name });

    /// <summary>Sets rules: <c>new { rule = "dedup", action = "alert" }</c>.</summary>
    public Task<JsonNode> SetAsync(params object[] rules) => Host.Http.CallAsync(HttpMethod.Put, $"{Workspace}/guardian", Account.Key, new { rules });

    /// <summary>One prompt to <see cref="OpenAi"/>.</summary>
    public Task<ChatReply> AskAsync(TestKey key, string prompt, bool stream = false) => Host.Http.ChatAsync(key.Secret, prompt, OpenAi, stream);

    public Task<ChatReply> PostAsync(TestKey key, string path, object body) =>
        SendAsync(key, path, body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body));

    public async Task<ChatReply> SendAsync(TestKey key, string path, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Authorization = new("Bearer", key.Secret);
        using var response = await Host.Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        var events = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? answer.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim()).ToArray()
            : [];
        return new(response.StatusCode, response.Headers, answer, events);
    }

    /// <summary>The events, once there are as many.</summary>
    public async Task<IReadOnlyList<JsonNode>> EventsAsync(int expected = 1, string query = "")
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); ;)
        {
            var page = await Host.Http.CallAsync(HttpMethod.Get, $"{Workspace}/guardian/events?limit=100{query}", Account.Key);
            if (page["data"]!.AsArray() is var rows && (rows.Count >= expected || waited.Elapsed > Patience.Limit))
            {
                return [.. rows.Select(row => row!)];
            }

            await Task.Delay(25);
        }
    }

    public async Task<JsonNode> KeyAsync(TestKey key) => await Host.Http.CallAsync(HttpMethod.Get, $"{Workspace}/keys/{key.Id}", Account.Key);

    /// <summary>Waits until it is known what the key has cost, which is read behind its first call.</summary>
    public Task KnowsCostsAsync(TestKey key)
    {
        var watches = Host.Get<HiWay.Infrastructure.Guardian.KeyWatches>();
        return UntilAsync(() => Task.FromResult(watches.Of(Account.WorkspaceId, key.Id).KnownMs is not null));
    }

    /// <summary>Waits until something that happens behind the calls has happened.</summary>
    public static Task UntilAsync(Func<Task<bool>> happened) => Patience.UntilAsync(happened, "it happens behind the calls");

    public static string Words(int count) => string.Concat(Enumerable.Repeat("word ", count));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}

public sealed class HeardAlerts : IAlerts
{
    private readonly ConcurrentQueue<AlertEvent> _all = new();

    public IReadOnlyList<AlertEvent> All => [.. _all.Where(alert => alert.Type == AlertTypes.GuardianBlock)];

    public void Raise(AlertEvent alert) => _all.Enqueue(alert);

    public IReadOnlyList<string> Rules => [.. All.Select(alert => (string)alert.Data.First(fact => fact.Key == "rule").Value!)];
}
