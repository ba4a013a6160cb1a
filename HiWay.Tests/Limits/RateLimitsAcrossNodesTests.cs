using System.Net;
using HiWay.Infrastructure.Limits;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Limits;

/// <summary>Limits of keys and of free models, on one node and on two.</summary>
public sealed class RateLimitsAcrossNodesTests
{
    private static readonly DateTimeOffset Evening = new(2026, 11, 21, 23, 50, 0, TimeSpan.Zero);

    [Fact]
    public void Concurrency_SlotsComeBackAtTheEnd_AndLostOnesExpire()
    {
        var clock = new TestClock(Evening);
        var windows = new RateWindows(clock);
        var limits = new RateLimits(null, null, null, 2);
        var first = windows.Admit("key_1", limits, 10);
        _ = windows.Admit("key_1", limits, 10);

        Assert.Equal(RateRefusal.Concurrency, windows.Admit("key_1", limits, 10).Refusal);
        windows.End("key_1", first, 10, 10);
        windows.End("key_1", first, 10, 10);
        Assert.True(windows.Admit("key_1", limits, 10).Admitted);
        Assert.Equal(RateRefusal.Concurrency, windows.Admit("key_1", limits, 10).Refusal);

        clock.Advance(TimeSpan.FromMinutes(15));
        Assert.True(windows.Admit("key_1", limits, 10).Admitted);
    }

    [Fact]
    public void RequestsPerDay_EndAtMidnightUtc()
    {
        var clock = new TestClock(Evening);
        var windows = new RateWindows(clock);
        var limits = new RateLimits(null, null, 3, null);
        Assert.All(Enumerable.Range(0, 3), _ => Assert.True(windows.Admit("key_1", limits, 0).Admitted));

        var refused = windows.Admit("key_1", limits, 0);

        Assert.Equal((RateRefusal.RequestsPerDay, 600), (refused.Refusal, refused.RetryAfterSeconds));
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.True(windows.Admit("key_1", limits, 0).Admitted);
    }

    [Fact]
    public void AnyTraffic_NeverPassesAnyLimitWithinAnyMinute()
    {
        var random = new Random(11);
        for (var round = 0; round < 30; round++)
        {
            var clock = new TestClock(Evening);
            var windows = new RateWindows(clock);
            var limits = new RateLimits(random.Next(1, 20), random.Next(100, 2_000), null, null);
            var admitted = new List<(DateTimeOffset At, long Tokens)>();
            for (var call = 0; call < 400; call++)
            {
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 3_000)));
                var tokens = random.Next(1, 200);
                if (windows.Admit("key_1", limits, tokens).Admitted)
                {
                    admitted.Add((clock.GetUtcNow(), tokens));
                }
            }

            foreach (var (at, _) in admitted)
            {
                var minute = admitted.Where(call => call.At >= at && call.At < at.AddSeconds(60)).ToList();
                Assert.True(minute.Count <= limits.Rpm && minute.Sum(call => call.Tokens) <= limits.Tpm);
            }
        }
    }

    [Fact]
    public async Task KeyLimits_AnswerWithTheirRule_AndEveryAnswerCarriesWhatIsLeft()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "Daily", rpd = 2, rpm = 50 });
        world.Upstream.On("chat/completions", Reply.Chat("Hello!"));
        var first = await world.AskAsync();
        Assert.Equal(("50", "49"), (first.Headers.GetValues("X-RateLimit-Limit-Requests").Single(), first.Headers.GetValues("X-RateLimit-Remaining-Requests").Single()));
        await world.AskAsync();

        var refused = await world.AskAsync();

        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_exceeded", "daily_limit", 2),
            (refused.Status, refused.ErrorCode, (string)refused.Json["error"]!["rule"]!, (int)refused.Json["error"]!["limit"]!));
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task ConcurrencyLimit_RefusesWhileACallRuns_AndFreesItsPlaceAfterwards()
    {
        await using var world = await GatewayWorld.StartAsync(new { name = "One", concurrency = 1 });
        world.Upstream.On("chat/completions", Reply.Chat("Hello!") with { DelayBeforeHeaders = TimeSpan.FromSeconds(8) }, Reply.Chat("Hello!"));
        var running = world.AskAsync();
        await world.Upstream.SeesAsync();

        var refused = await world.AskAsync();

        Assert.Equal("concurrency_limit", (string)refused.Json["error"]!["rule"]!);
        Assert.Equal(HttpStatusCode.OK, (await running).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.AskAsync()).Status);
    }

    [Fact]
    public async Task FreeModels_TwentyAMinuteForTheWholeWorkspace_WhateverTheKey()
    {
        await using var world = await GatewayWorld.StartAsync();
        world.Upstream.On("chat/completions", Reply.Chat("Hello!"));
        await world.Http.PutProviderAsync(world.Account, "acme", world.Upstream.Url, "openai", ["m1", "m2:free"]);
        var other = await world.Http.CreateKeyAsync(world.Account, new { name = "Other" });
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await world.Http.ChatAsync(i % 2 == 0 ? world.Key.Secret : other.Secret, "Hello", "acme/m2:free")).Status);
        }

        var refused = await world.Http.ChatAsync(other.Secret, "Hello", "acme/m2:free");

        Assert.Equal((HttpStatusCode.TooManyRequests, "free_limit", 20), (refused.Status, (string)refused.Json["error"]!["rule"]!, (int)refused.Json["error"]!["limit"]!));
        Assert.Equal(HttpStatusCode.OK, (await world.AskAsync()).Status);
    }

    [Fact]
    public async Task TwoNodes_ShareALimit_AndADaysCountOutlivesBoth()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("chat/completions", Reply.Chat("Hello!"));
        await using var database = await TestDatabase.CreateAsync();
        (string, string) masterKey = ("Vault:MasterKey", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        TestKey minute, day;
        await using (var one = await HiWayHost.StartAsync(database, null, masterKey))
        await using (var two = await HiWayHost.StartAsync(database, null, masterKey))
        {
            var account = await one.Http.SignUpAsync();
            await one.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
            minute = await one.Http.CreateKeyAsync(account, new { name = "Minute", rpm = 6 });
            day = await one.Http.CreateKeyAsync(account, new { name = "Day", rpd = 4 });
            await AskAsync(two, minute, until: HttpStatusCode.OK);   // the other node knows the key and the windows
            await AskAsync(two, day, until: HttpStatusCode.OK);
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(HttpStatusCode.OK, (await one.Http.ChatAsync(minute.Secret, "Hello", "acme/m1")).Status);
                Assert.Equal(HttpStatusCode.OK, (await one.Http.ChatAsync(day.Secret, "Hello", "acme/m1")).Status);
            }

            // Four of the day's four are used on both together; the node that has used one of them hears of the other three.
            await AskAsync(two, day, until: HttpStatusCode.TooManyRequests, most: 0);
            await HeardAsync(two, minute.Id, others: 3);
            Assert.Equal(HttpStatusCode.OK, (await two.Http.ChatAsync(minute.Secret, "Hello", "acme/m1")).Status);
            Assert.Equal(HttpStatusCode.OK, (await two.Http.ChatAsync(minute.Secret, "Hello", "acme/m1")).Status);
            Assert.Equal(HttpStatusCode.TooManyRequests, (await two.Http.ChatAsync(minute.Secret, "Hello", "acme/m1")).Status);
        }

        await using var third = await HiWayHost.StartAsync(database, null, masterKey);
        await AskAsync(third, day, until: HttpStatusCode.TooManyRequests, most: 1);
    }

    /// <summary>Asks until the status comes; nothing that is refused counts.</summary>
    /// <param name="most">How many calls may be let through before; the rest of the time passes without asking.</param>
    private static async Task AskAsync(HiWayHost host, TestKey key, HttpStatusCode until, int most = 1)
    {
        if (most == 0)
        {
            await HeardDayAsync(host, key.Id);
        }

        for (var patience = 0; patience < 3_600; patience++)
        {
            if ((await host.Http.ChatAsync(key.Secret, "Hello", "acme/m1")).Status == until)
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail($"{until} never came.");
    }

    private static Task HeardAsync(HiWayHost host, string subject, int others) => UntilAsync(() =>
    {
        var known = host.Get<RateWindows>().Subjects.Single(one => one.Id == subject);
        lock (known.Gate)
        {
            return known.OthersRequests.Used >= others;
        }
    });

    private static Task HeardDayAsync(HiWayHost host, string subject) => UntilAsync(() => host.Get<RateWindows>().Subjects.Single(one => one.Id == subject).OthersDayRequests >= 3);

    private static Task UntilAsync(Func<bool> condition) => Patience.UntilAsync(condition, "the other node's counts are heard");
}
