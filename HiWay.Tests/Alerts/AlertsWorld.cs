using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Alerts;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Alerts;

/// <summary>HiWay with a workspace and a receiver on a real port.</summary>
internal sealed class AlertsWorld : IAsyncDisposable
{
    private AlertsWorld(HiWayHost host, TestAccount account, ReplayUpstream receiver) => (Host, Account, Receiver) = (host, account, receiver);

    public HiWayHost Host { get; }

    public HttpClient Http => Host.Http;

    public TestAccount Account { get; }

    /// <summary>Takes everything with 204 until a test says otherwise.</summary>
    public ReplayUpstream Receiver { get; }

    public string Path => $"/api/v1/workspaces/{Account.WorkspaceId}/webhooks";

    /// <param name="clock">Stands still; null is the real one.</param>
    public static async Task<AlertsWorld> StartAsync(TestClock? clock = null, TestDatabase? database = null, params (string Key, string Value)[] settings)
    {
        var receiver = await ReplayUpstream.StartAsync();
        receiver.On("*", new Reply { Status = 204 });
        var host = await HiWayHost.StartAsync(database, services =>
        {
            if (clock is not null)
            {
                services.AddSingleton<TimeProvider>(clock);
            }
        }, settings);
        return new(host, await host.Http.SignUpAsync(), receiver);
    }

    /// <param name="fields">Further fields or other values: <c>new { events = new[] { "budget.alert" } }</c>.</param>
    public async Task<(string Id, string? Secret)> EndpointAsync(object? fields = null)
    {
        var body = new JsonObject { ["name"] = "Receiver", ["kind"] = "webhook", ["url"] = Receiver.Url + "/hook" };
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(fields ?? new { })!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        var made = await Http.CallAsync(HttpMethod.Post, Path, Account.Key, body, HttpStatusCode.Created);
        return (made["id"]!.GetValue<string>(), made["secret"]?.GetValue<string>());
    }

    public void Raise(string type = AlertTypes.ProviderDown, string? targetId = null, string title = "OpenAI is failing", params KeyValuePair<string, object?>[] data) =>
        Host.Get<IAlerts>().Raise(new(type, Account.WorkspaceId, Host.Get<TimeProvider>().GetUtcNow(), title, "Calls go elsewhere.", data.Length > 0 ? data : [new("provider", "openai")]) { TargetId = targetId });

    public async Task<IReadOnlyList<JsonNode>> DeliveriesAsync(string id) =>
        [.. (await Http.CallAsync(HttpMethod.Get, $"{Path}/{id}/deliveries", Account.Key))["data"]!.AsArray().Select(row => row!)];

    /// <summary>The only delivery of an endpoint, once it is as expected.</summary>
    /// <param name="after">As it was before: there must have been another attempt since.</param>
    public async Task<JsonNode> DeliveryAsync(string id, string? status, JsonNode? after = null)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var all = await DeliveriesAsync(id);
            if (all is [{ } only] && (status is null || only["status"]!.GetValue<string>() == status) 
                && (after is null || only["last_attempt_at"]?.GetValue<DateTimeOffset>() > after["last_attempt_at"]!.GetValue<DateTimeOffset>()))
            {
                return only;
            }

            Assert.True(patience.Elapsed < Patience.Limit, $"No single delivery that is {status}: {string.Join('\n', all.Select(row => row.ToJsonString()))}\n{Host.Logs}");
            // A clock that stands still may have been moved on just before the dispatcher set its timer by it.
            Host.Get<AlertSignal>().Wake();
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}
