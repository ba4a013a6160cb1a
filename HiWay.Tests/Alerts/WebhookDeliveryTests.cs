using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Tests.Clients;
using HiWay.Tests.Harness;
using Quartz;

namespace HiWay.Tests.Alerts;

/// <summary>Alerts reach their endpoints: signed, retried, once.</summary>
public sealed class WebhookDeliveryTests
{
    [Fact]
    public async Task RotatedKey_ReachesTheEndpoint_AndTheReferenceLibraryTakesItsSignature()
    {
        await using var world = await AlertsWorld.StartAsync();
        var (id, secret) = await world.EndpointAsync();
        var key = await world.Http.CreateKeyAsync(world.Account, new { name = "Backend" });
        await world.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{world.Account.WorkspaceId}/keys/{key.Id}/rotate", world.Account.Key);

        var seen = await world.Receiver.SeesAsync();

        Assert.Equal(["id", "type", "created_at", "workspace_id", "data"], seen.Json.AsObject().Select(field => field.Key));
        Assert.Equal(("key.rotated", world.Account.WorkspaceId), (seen.Json["type"]!.GetValue<string>(), seen.Json["workspace_id"]!.GetValue<string>()));
        Assert.Equal((key.Id, "Backend"), (seen.Json["data"]!["key_id"]!.GetValue<string>(), seen.Json["data"]!["key_name"]!.GetValue<string>()));
        Assert.Equal(seen.Json["id"]!.GetValue<string>(), seen.Headers["webhook-id"]);
        Assert.StartsWith("application/json", seen.Headers["Content-Type"], StringComparison.Ordinal);
        var parts = seen.Headers["X-HiWay-Signature"].Split(',').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        Assert.Equal(seen.Headers["webhook-timestamp"], parts["t"]);
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret!), Encoding.UTF8.GetBytes($"{parts["t"]}.{seen.Text}"))), parts["v1"]);
        var delivery = await world.DeliveryAsync(id, "delivered");
        Assert.Equal((204, 1), (delivery["response_status"]!.GetValue<int>(), delivery["attempts"]!.GetValue<int>()));
        Assert.Equal(seen.Json.ToJsonString(), delivery["payload"]!.ToJsonString());
        // Counters are the process's: a host of another test, in the same process, adds its own.
        Assert.Matches("""hiway_alerts_attempts_total\{[^}]*kind="webhook"[^}]*status="delivered"[^}]*\} [1-9]""", await world.Http.GetStringAsync("/metrics"));

        var headers = JsonSerializer.Serialize(seen.Headers.Where(header => header.Key.StartsWith("webhook-", StringComparison.Ordinal)).ToDictionary());
        (string, string)[] message = [("MESSAGE", seen.Text), ("HEADERS", headers), ("SECRET", secret!)];
        Assert.Equal("key.rotated", (await NodeClient.RunAsync("webhooks.mjs", "verify", message))["payload"]!["type"]!.GetValue<string>());
        Assert.True((await NodeClient.RunAsync("webhooks.mjs", "altered", message))["refused"]!.GetValue<bool>());
    }

    [Fact]
    public async Task AfterARotation_MessagesAreSignedWithBothSecrets_UntilTheOverlapEnds()
    {
        var clock = new TestClock();
        await using var world = await AlertsWorld.StartAsync(clock);
        var (id, old) = await world.EndpointAsync();
        var fresh = (await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/rotate", world.Account.Key, new { overlap_seconds = 600 }))["secret"]!.GetValue<string>();

        world.Raise();
        var during = await world.Receiver.SeesAsync();
        Assert.Equal(Expected(during, fresh, old!), during.Headers["webhook-signature"]);

        clock.Advance(TimeSpan.FromMinutes(10));
        world.Raise();
        var after = await world.Receiver.SeesAsync(2);
        Assert.Equal(Expected(after, fresh), after.Headers["webhook-signature"]);

        static string Expected(SeenRequest seen, params string[] secrets) => string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
            Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{seen.Headers["webhook-id"]}.{seen.Headers["webhook-timestamp"]}.{seen.Text}")))));
    }

    [Fact]
    public async Task TargetThatFails_IsTriedAgain_WithTheSameIdAndAFreshSignature()
    {
        var clock = new TestClock();
        await using var world = await AlertsWorld.StartAsync(clock);
        world.Receiver.On("*", new Reply { Status = 500, Chunks = [Encoding.UTF8.GetBytes(new string('x', 5000))] }, Reply.Reset, new Reply { Status = 200 });
        var (id, _) = await world.EndpointAsync();

        world.Raise();
        var failed = await world.DeliveryAsync(id, "failed");
        Assert.Equal((500, 1024), (failed["response_status"]!.GetValue<int>(), failed["response_body"]!.GetValue<string>().Length));
        Assert.InRange(failed["next_attempt_at"]!.GetValue<DateTimeOffset>() - clock.GetUtcNow(), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));

        clock.Advance(TimeSpan.FromSeconds(7));
        var reset = await world.DeliveryAsync(id, "failed", after: failed);
        Assert.Null(reset["response_status"]);
        Assert.NotNull(reset["error"]);

        clock.Advance(TimeSpan.FromSeconds(37));
        var delivered = await world.DeliveryAsync(id, "delivered");
        Assert.Equal(3, delivered["attempts"]!.GetValue<int>());
        Assert.Null(delivered["next_attempt_at"]);
        Assert.Null(delivered["error"]);
        Assert.Equal(3, world.Receiver.Requests.Count);
        Assert.Single(world.Receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct());
        Assert.Equal(3, world.Receiver.Requests.Select(request => request.Headers["webhook-signature"]).Distinct().Count());
    }

    [Fact]
    public async Task TargetThatFailsForADay_IsGivenUp_AndAPersonSendsItAgain()
    {
        var clock = new TestClock();
        await using var world = await AlertsWorld.StartAsync(clock);
        world.Receiver.On("*", new Reply { Status = 503 });
        var (id, _) = await world.EndpointAsync();
        world.Raise();
        var given = await world.DeliveryAsync(id, "failed");
        while (given["status"]!.GetValue<string>() == "failed")
        {
            clock.Advance(given["next_attempt_at"]!.GetValue<DateTimeOffset>() - clock.GetUtcNow() + TimeSpan.FromSeconds(1));
            given = await world.DeliveryAsync(id, null, after: given);
        }

        Assert.InRange(clock.GetUtcNow(), new DateTimeOffset(2026, 11, 16, 9, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 16, 12, 1, 0, TimeSpan.Zero));
        Assert.InRange(given["attempts"]!.GetValue<int>(), 15, 20);

        world.Receiver.On("*", new Reply { Status = 200 });
        var again = await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/deliveries/{given["id"]}/resend", world.Account.Key, null, HttpStatusCode.Created);
        await Patience.HoldsAsync(async () => Assert.Equal("delivered", (await world.DeliveriesAsync(id))[0]["status"]!.GetValue<string>()));
        Assert.Equal((given["id"]!.GetValue<string>(), given["event_id"]!.GetValue<string>()), (again["resend_of"]!.GetValue<string>(), again["event_id"]!.GetValue<string>()));
        Assert.Equal(world.Receiver.Requests[0].Text, world.Receiver.Requests[^1].Text);
    }

    [Fact]
    public async Task ResendOfOneThatStillWaits_ReplacesItsFurtherAttempts()
    {
        var clock = new TestClock();
        await using var world = await AlertsWorld.StartAsync(clock);
        world.Receiver.On("*", new Reply { Status = 503 }, new Reply { Status = 200 });
        var (id, _) = await world.EndpointAsync();
        world.Raise();
        var failed = await world.DeliveryAsync(id, "failed");
        clock.Advance(TimeSpan.FromSeconds(1));   // ids of one millisecond have no order

        await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/deliveries/{failed["id"]}/resend", world.Account.Key, null, HttpStatusCode.Created);
        await Patience.HoldsAsync(async () => Assert.Equal(["delivered", "given_up"], (await world.DeliveriesAsync(id)).Select(row => row["status"]!.GetValue<string>())));
        clock.Advance(TimeSpan.FromMinutes(5));   // not before it is written down: one under way for so long would be taken for lost and sent again
        world.Raise();
        await world.Receiver.SeesAsync(3);
        Assert.Equal(3, (await world.DeliveriesAsync(id)).Count);
        Assert.Equal(3, world.Receiver.Requests.Count);
    }

    [Fact]
    public async Task TargetThatIsGone_PausesTheWebhook_UntilItHasANewAddress()
    {
        await using var world = await AlertsWorld.StartAsync();
        world.Receiver.On("*", new Reply { Status = 410 });
        var (id, _) = await world.EndpointAsync();
        world.Raise();
        await world.DeliveryAsync(id, "given_up");

        var paused = await world.Http.CallAsync(HttpMethod.Get, $"{world.Path}/{id}", world.Account.Key);
        Assert.Equal(("paused", false), (paused["status"]!.GetValue<string>(), paused["enabled"]!.GetValue<bool>()));
        Assert.Contains("410", paused["paused_reason"]!.GetValue<string>(), StringComparison.Ordinal);
        var audit = await world.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/audit?action=webhook.paused", world.Account.Key);
        Assert.Equal("HiWay", Assert.Single(audit["data"]!.AsArray())!["actor"]!.GetValue<string>());

        var moved = await world.Http.CallAsync(HttpMethod.Patch, $"{world.Path}/{id}", world.Account.Key, new { url = world.Receiver.Url + "/new" });
        Assert.Equal("active", moved["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var world = await AlertsWorld.StartAsync();
        world.Receiver.On("/hook", new Reply { Status = 307, Headers = [new("Location", world.Receiver.Url + "/elsewhere")] });
        var (id, _) = await world.EndpointAsync();

        world.Raise();

        var failed = await world.DeliveryAsync(id, "failed");
        Assert.Contains("redirects are not followed", failed["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["/hook"], world.Receiver.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task TargetThatDoesNotAnswer_IsGivenItsTime_AndHoldsNobodyElseUp()
    {
        await using var world = await AlertsWorld.StartAsync(settings: ("Alerts:Timeout", "00:00:02"));
        world.Receiver.On("/slow", Reply.Silence);
        var (slow, _) = await world.EndpointAsync(new { url = world.Receiver.Url + "/slow", events = new[] { "provider.down" } });
        var (quick, _) = await world.EndpointAsync(new { events = new[] { "provider.up" } });
        for (var i = 0; i < 30; i++)
        {
            world.Raise();
        }

        world.Raise(AlertTypes.ProviderUp);

        await world.DeliveryAsync(quick, "delivered");
        Assert.DoesNotContain(await world.DeliveriesAsync(slow), row => row["status"]!.GetValue<string>() == "failed");
        await Patience.HoldsAsync(async () => Assert.Contains(await world.DeliveriesAsync(slow), row => row["error"]?.GetValue<string>() == "No answer within 2 seconds."));
    }

    [Fact]
    public async Task TargetThatAnswersAndThenStalls_HasTakenTheMessage()
    {
        await using var world = await AlertsWorld.StartAsync(settings: ("Alerts:Timeout", "00:00:00.500"));
        world.Receiver.On("*", new Reply { Status = 200, Chunks = ["tak"u8.ToArray(), "en"u8.ToArray()], End = ReplyEnd.StallAfterChunks });
        var (id, _) = await world.EndpointAsync();

        world.Raise();

        var delivered = await world.DeliveryAsync(id, "delivered");
        Assert.Equal("taken", delivered["response_body"]!.GetValue<string>());
        Assert.Single(world.Receiver.Requests);
    }

    /// <summary>A name says nothing about where it leads; the machine's own leads to a private or loopback address.</summary>
    [Fact]
    public async Task NameThatLeadsToAPrivateAddress_IsNotCalled()
    {
        await using var world = await AlertsWorld.StartAsync(settings: ("Egress:AllowPrivateNetworks", "false"));
        var (id, _) = await world.EndpointAsync(new { url = $"https://{Dns.GetHostName()}:{new Uri(world.Receiver.Url).Port}/hook" });

        var tested = await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);

        Assert.Equal("given_up", tested["status"]!.GetValue<string>());
        Assert.Contains("Egress:AllowPrivateNetworks", tested["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(world.Receiver.Requests);
    }

    [Fact]
    public async Task Test_IsSentAtOnce_AndTellsWhatTheTargetSaid_EvenWhilePaused()
    {
        await using var world = await AlertsWorld.StartAsync();
        world.Receiver.On("*", Reply.Json("""{"error":"wrong channel"}""", 400), new Reply { Status = 200 });
        var (id, _) = await world.EndpointAsync(new { events = Array.Empty<string>() });

        var wrong = await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);
        var right = await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);

        Assert.Equal(("given_up", 400, """{"error":"wrong channel"}"""), (wrong["status"]!.GetValue<string>(), wrong["response_status"]!.GetValue<int>(), wrong["response_body"]!.GetValue<string>()));
        Assert.Equal(("delivered", "webhook.test"), (right["status"]!.GetValue<string>(), right["payload"]!["type"]!.GetValue<string>()));
        Assert.Equal(2, (await world.DeliveriesAsync(id)).Count);
        world.Raise();
        Assert.Equal("delivered", (await world.Http.CallAsync(HttpMethod.Get, $"{world.Path}/{id}", world.Account.Key))["last_delivery"]!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Tests_AreNoWayToFloodAnAddress()
    {
        await using var world = await AlertsWorld.StartAsync();
        var (id, _) = await world.EndpointAsync();
        for (var i = 0; i < 10; i++)
        {
            await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);
        }

        using var eleventh = await world.Http.TryCallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);

        Assert.Equal((HttpStatusCode.TooManyRequests, 10), (eleventh.StatusCode, world.Receiver.Requests.Count));
    }

    [Fact]
    public async Task DeliveryLog_IsPaged_AndFilteredByStatus()
    {
        await using var world = await AlertsWorld.StartAsync();
        world.Receiver.On("*", new Reply { Status = 500 }, new Reply { Status = 200 });
        var (id, _) = await world.EndpointAsync();
        for (var i = 0; i < 3; i++)
        {
            await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);
        }

        var first = await world.Http.CallAsync(HttpMethod.Get, $"{world.Path}/{id}/deliveries?limit=2", world.Account.Key);
        var second = await world.Http.CallAsync(HttpMethod.Get, $"{world.Path}/{id}/deliveries?limit=2&cursor={first["next_cursor"]}", world.Account.Key);
        var failed = await world.Http.CallAsync(HttpMethod.Get, $"{world.Path}/{id}/deliveries?status=given_up", world.Account.Key);

        Assert.Equal((2, 1), (first["data"]!.AsArray().Count, second["data"]!.AsArray().Count));
        Assert.Null(second["next_cursor"]);
        Assert.Equal(second["data"]![0]!["id"]!.GetValue<string>(), Assert.Single(failed["data"]!.AsArray())!["id"]!.GetValue<string>());
        using var wrong = await world.Http.TryCallAsync(HttpMethod.Get, $"{world.Path}/{id}/deliveries?status=lost", world.Account.Key);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task WhatIsOlderThanTheRetention_IsPurged()
    {
        var clock = new TestClock();
        await using var world = await AlertsWorld.StartAsync(clock);
        var (id, _) = await world.EndpointAsync();
        world.Raise();
        await world.DeliveryAsync(id, "delivered");
        var queue = world.Host.Get<HiWay.Infrastructure.Alerts.WebhookQueue>();

        await (await world.Host.Get<ISchedulerFactory>().GetScheduler()).Standby();   // the nights that go by would purge too, now and then first
        clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(0, await queue.PurgeAsync(CancellationToken.None));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await queue.PurgeAsync(CancellationToken.None));
    }
}
