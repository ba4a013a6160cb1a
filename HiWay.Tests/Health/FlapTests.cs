using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Health;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HiWay.Tests.Health;

/// <summary>A provider that is away for a minute: nobody sees it, it is not hammered, people hear of it once, and it gets its calls back.</summary>
public sealed class FlapTests
{
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private readonly RaisedAlerts _raised = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F15_AFlapOfSixtySeconds(bool stream)
    {
        await using var world = await StartAsync();
        var (away, first) = (true, (string?)null);
        world.Answer(seen =>
        {
            first ??= FaultWorld.Provider(seen);
            return FaultWorld.Provider(seen) == first && away ? Reply.Error(503) : FaultWorld.Well(seen);
        });

        for (var second = 0; second < 60; second++)
        {
            await AssertWholeAsync(world, stream);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(world.Providers.Count(provider => provider == first), 3, 8);   // three that open it, then a probe now and then
        var down = Assert.Single(_raised.All);
        Assert.Equal((AlertTypes.ProviderDown, world.Account.WorkspaceId, first), (down.Type, down.WorkspaceId, (string?)down.Data.Single(fact => fact.Key == "provider").Value));
        var board = (await world.HealthAsync()).Single(provider => Text(provider, "provider") == first);
        Assert.Equal("down", Text(board, "status"));
        Assert.Matches("^(open|half_open)$", Text(board["deployments"]![0]!, "state"));

        away = false;
        for (var second = 0; second < 31; second++)
        {
            await AssertWholeAsync(world, stream);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(first, world.Providers[^1]);
        Assert.Equal([AlertTypes.ProviderDown, AlertTypes.ProviderUp], _raised.All.Select(alert => alert.Type));
        Assert.Equal("up", Text((await world.HealthAsync()).Single(provider => Text(provider, "provider") == first), "status"));
    }

    [Fact]
    public async Task WhatHappened_IsOnTheBoard_AndInItsHistory()
    {
        await using var world = await StartAsync();
        var first = (string?)null;
        world.Answer(seen =>
        {
            first ??= FaultWorld.Provider(seen);
            return FaultWorld.Provider(seen) == first ? Reply.Error(500, "server_error", "60") : FaultWorld.Well(seen);
        });
        for (var i = 0; i < 5; i++)
        {
            await AssertWholeAsync(world, stream: false);
        }

        await world.Host.Services.GetServices<IHostedService>().OfType<HealthRecorder>().Single().WriteAsync(CancellationToken.None);

        var board = await world.HealthAsync("?range=hour");
        Assert.Equal((first, "down"), (Text(board[0], "provider"), Text(board[0], "status")));
        var broken = board[0]["deployments"]![0]!;
        Assert.Equal(("open", 3, "server_error"), (Text(broken, "state"), broken["failed"]!.GetValue<int>(), Text(broken, "last_failure")));
        Assert.Contains("The upstream says 500.", Text(broken, "last_error"), StringComparison.Ordinal);
        var point = Assert.Single(board[0]["history"]!.AsArray())!;
        Assert.Equal((3, 3, true), (point["calls"]!.GetValue<int>(), point["failed"]!.GetValue<int>(), point["down"]!.GetValue<bool>()));
        var other = board.Single(provider => Text(provider, "status") == "up");
        Assert.Equal(5, Assert.Single(other["history"]!.AsArray())!["calls"]!.GetValue<int>());

        var incidents = (await IncidentsAsync(world))["data"]!.AsArray();
        var incident = Assert.Single(incidents)!;
        Assert.Equal((first, "server_error", null), (Text(incident, "provider"), Text(incident, "failure"), incident["closed_at"]));

        await world.Host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{world.Account.WorkspaceId}/health/{first}/retry", world.Account.Key, expected: HttpStatusCode.NoContent);
        await world.Host.Services.GetServices<IHostedService>().OfType<HealthRecorder>().Single().WriteAsync(CancellationToken.None);
        Assert.NotNull(Assert.Single((await IncidentsAsync(world))["data"]!.AsArray())!["closed_at"]);
        Assert.Equal("closed", Text((await world.HealthAsync()).Single(provider => Text(provider, "provider") == first)["deployments"]![0]!, "state"));
    }

    [Fact]
    public async Task ARefusedKey_IsToldOnce_AndAReplacedOneIsTriedAtOnce()
    {
        await using var world = await StartAsync();
        var first = (string?)null;
        world.Answer(seen =>
        {
            first ??= FaultWorld.Provider(seen);
            return FaultWorld.Provider(seen) == first && seen.Headers["Authorization"].EndsWith("1234", StringComparison.Ordinal) ? Reply.Error(401, "invalid_api_key") : FaultWorld.Well(seen);
        });
        for (var i = 0; i < 4; i++)
        {
            await AssertWholeAsync(world, stream: false);
        }

        Assert.Equal(1, world.Providers.Count(provider => provider == first));
        Assert.Equal(AlertTypes.ProviderDown, Assert.Single(_raised.All).Type);
        Assert.Equal("down", Text((await world.HealthAsync())[0], "status"));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await world.Host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{world.Account.WorkspaceId}/providers/{first}", world.Account.Key, new { api_key = "sk-a-new-key-5678" });
        await AssertWholeAsync(world, stream: false);
        Assert.Equal(first, world.Providers[^1]);
        Assert.Equal([AlertTypes.ProviderDown, AlertTypes.ProviderUp], _raised.All.Select(alert => alert.Type));
    }

    [Theory]
    [InlineData("?range=year", HttpStatusCode.BadRequest)]
    [InlineData("?range=week", HttpStatusCode.OK)]
    public async Task TheRange_IsOneOfThree(string query, HttpStatusCode status)
    {
        await using var world = await StartAsync();

        using var answer = await world.Host.Http.TryCallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/health{query}", world.Account.Key);

        Assert.Equal(status, answer.StatusCode);
    }

    private Task<FaultWorld> StartAsync() => FaultWorld.StartAsync(
        services => services.AddSingleton<TimeProvider>(_clock).AddSingleton<IAlerts>(_raised), "openai", "mistral", "deepseek");

    private static async Task AssertWholeAsync(FaultWorld world, bool stream)
    {
        var reply = await world.AskAsync(stream);
        Assert.Equal((HttpStatusCode.OK, FaultWorld.Whole), (reply.Status, reply.Text));
    }

    private static Task<JsonNode> IncidentsAsync(FaultWorld world) =>
        world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/health/incidents", world.Account.Key);

    private static string Text(JsonNode json, string name) => json[name]!.GetValue<string>();

    private sealed class RaisedAlerts : IAlerts
    {
        private readonly ConcurrentQueue<AlertEvent> _all = new();

        public IReadOnlyCollection<AlertEvent> All => _all;

        public void Raise(AlertEvent alert) => _all.Enqueue(alert);
    }
}
