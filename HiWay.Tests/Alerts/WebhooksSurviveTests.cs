using System.Security.Cryptography;
using HiWay.Domain.Alerts;
using HiWay.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Alerts;

/// <summary>Deliveries with several nodes, with nodes that stop, and with nodes that are killed.</summary>
public sealed class WebhooksSurviveTests
{
    private static readonly (string, string) MasterKey = ("HIWAY_MASTER_KEY", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    [Fact]
    public async Task OfSeveralNodes_OneSendsEachDelivery()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var world = await AlertsWorld.StartAsync(null, database, MasterKey, ("Alerts:PollInterval", "00:00:00.020"));
        await using var second = await HiWayHost.StartAsync(database, null, MasterKey, ("Alerts:PollInterval", "00:00:00.020"));
        world.Receiver.On("*", new Reply { Status = 200, DelayBeforeHeaders = TimeSpan.FromMilliseconds(30) });
        var (id, _) = await world.EndpointAsync();
        for (var i = 0; i < 60; i++)
        {
            world.Raise(title: $"Outage {i}");
        }

        await world.Receiver.SeesAsync(60);
        await Task.Delay(300);   // time for a second copy, if there were one

        Assert.Equal(60, world.Receiver.Requests.Count);
        Assert.Equal(60, world.Receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().Count());
        await Patience.HoldsAsync(async () =>
            Assert.All((await world.Http.CallAsync(HttpMethod.Get, $"{world.Path}/{id}/deliveries?limit=200", world.Account.Key))["data"]!.AsArray(), row => Assert.Equal("delivered", row!["status"]!.GetValue<string>())));
    }

    [Fact]
    public async Task ProviderThatFailsOnSeveralNodes_IsToldOfOnce_WhenTheFirstFindsItDown_AndWhenTheLastFindsItUp()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var world = await AlertsWorld.StartAsync(null, database, MasterKey);
        await using var second = await HiWayHost.StartAsync(database, null, MasterKey);
        await world.EndpointAsync();
        HiWayHost[] nodes = [world.Host, second];
        var said = 0;

        // Each node writes its alerts in the order in which they were raised, so behind a mark all of them are there.
        async Task<List<string>> ToldAsync(params (HiWayHost Node, string Type)[] raised)
        {
            foreach (var (node, type) in raised)
            {
                node.Get<IAlerts>().Raise(new(type, world.Account.WorkspaceId, DateTimeOffset.UtcNow, "Acme", "It fails, or not.", [new("provider", "acme")]));
            }

            foreach (var node in nodes)
            {
                node.Get<IAlerts>().Raise(new(AlertTypes.KeyRotated, world.Account.WorkspaceId, DateTimeOffset.UtcNow, "Mark", "Behind the others.", []));
            }

            said += nodes.Length;
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (true)
            {
                await using var db = database.Open();
                var types = await db.WebhookDeliveries.OrderBy(row => row.Id).Select(row => row.EventType).ToListAsync(patience.Token);
                if (types.Count(type => type == AlertTypes.KeyRotated) == said)
                {
                    return [.. types.Where(type => type != AlertTypes.KeyRotated)];
                }

                await Task.Delay(20, patience.Token);
            }
        }

        Assert.Equal([AlertTypes.ProviderDown], await ToldAsync((world.Host, AlertTypes.ProviderDown), (second, AlertTypes.ProviderDown)));
        Assert.Equal([AlertTypes.ProviderDown], await ToldAsync((second, AlertTypes.ProviderUp)));
        Assert.Equal([AlertTypes.ProviderDown, AlertTypes.ProviderUp], await ToldAsync((world.Host, AlertTypes.ProviderUp)));
        Assert.Equal([AlertTypes.ProviderDown, AlertTypes.ProviderUp, AlertTypes.ProviderDown], await ToldAsync((second, AlertTypes.ProviderDown)));
    }

    [Fact]
    public async Task AlertRaisedInTheLastMoment_IsWrittenDown_BeforeTheNodeStops()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var world = await AlertsWorld.StartAsync(null, database);
        await world.EndpointAsync();

        for (var i = 0; i < 500; i++)
        {
            world.Raise();
        }

        await world.Host.StopAsync();

        await using var db = database.Open();
        Assert.Equal(500, await db.WebhookDeliveries.CountAsync());
    }

    [Fact]
    public async Task WhileTheDatabaseIsAway_AlertsWait()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var receiver = await ReplayUpstream.StartAsync();
        receiver.On("*", new Reply { Status = 200 });
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString), ("Alerts:PollInterval", "00:00:00.100"));
        var account = await host.Http.SignUpAsync();
        await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/webhooks", account.Key, new { name = "Receiver", url = receiver.Url + "/hook" });

        await postgres.StopAsync();
        for (var i = 0; i < 3; i++)
        {
            host.Get<IAlerts>().Raise(new(AlertTypes.ProviderDown, account.WorkspaceId, DateTimeOffset.UtcNow, $"Outage {i}", "Calls go elsewhere.", []));
        }

        await Task.Delay(500);   // long enough for the first try to fail
        await postgres.StartAgainAsync();

        await receiver.SeesAsync(3);
        Assert.Equal(["Outage 0", "Outage 1", "Outage 2"], receiver.Requests.Select(request => request.Json["data"]!["title"]!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task NodeKilledWhileItSends_IsReplaced_AndTheDeliveryIsMadeAgain()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var receiver = await ReplayUpstream.StartAsync();
        receiver.On("*", Reply.Silence, new Reply { Status = 200 });
        using var data = new TemporaryFolder();
        await using (var node = await HiWayProcess.StartAsync(data.Path, MasterKey, ("ConnectionStrings:HiWay", database.ConnectionString), ("Egress:AllowPrivateNetworks", "true"), ("urls", "http://127.0.0.1:0")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(node.Url) };
            var account = await http.SignUpAsync();
            await http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/webhooks", account.Key, new { name = "Receiver", url = receiver.Url + "/hook" });
            var key = await http.CreateKeyAsync(account);
            await http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/keys/{key.Id}/rotate", account.Key);
            await receiver.SeesAsync();
            await node.KillAsync();
        }

        // A minute later, when the lease of the dead node has run out.
        var clock = new TestClock(DateTimeOffset.UtcNow.AddMinutes(2));
        await using var host = await HiWayHost.StartAsync(database, services => services.AddSingleton<TimeProvider>(clock), MasterKey);

        var again = await receiver.SeesAsync(2);
        Assert.Equal(receiver.Requests[0].Headers["webhook-id"], again.Headers["webhook-id"]);
        Assert.Equal(receiver.Requests[0].Text, again.Text);
    }

    [Fact]
    public async Task OldMasterKey_CanGo_OnceTheWebhooksAreSealedAnew()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (first, second) = (Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        string id;
        await using (var world = await AlertsWorld.StartAsync(null, database, ("HIWAY_MASTER_KEY", $"1:{first}")))
        {
            (id, _) = await world.EndpointAsync();
        }

        await using (var both = await HiWayHost.StartAsync(database, null, ("HIWAY_MASTER_KEY", $"1:{first},2:{second}")))
        {
            await using var db = database.Open();
            await Patience.UntilAsync(() => db.Webhooks.AllAsync(row => row.Id != id || row.KeyVersion != 1), "the webhook is sealed anew");
        }

        await using var last = await HiWayHost.StartAsync(database, null, ("HIWAY_MASTER_KEY", $"2:{second}"));
        await using var receiver = await ReplayUpstream.StartAsync();
        await using var rows = database.Open();
        var row = await rows.Webhooks.SingleAsync(webhook => webhook.Id == id);
        var opened = HiWay.Infrastructure.Alerts.WebhookAddress.Open(row, last.Get<HiWay.Infrastructure.Credentials.CredentialVault>());
        Assert.EndsWith("/hook", opened.Url, StringComparison.Ordinal);
    }
}
