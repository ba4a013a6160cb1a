using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary>What holds whatever providers do and callers name; drawn from a fixed seed, so a failure can be seen again.</summary>
public sealed class ChainPropertyTests(RoutingWorld world) : IClassFixture<RoutingWorld>
{
    private static readonly string[] Listed = ["acme/m1", "acme/m2", "openai/gpt-4o", "groq/llama-3.3-70b-versatile", "mistral/mistral-large-latest"];

    [Fact]
    public async Task AnAlias_TriesAtMostThreeOfItsModels_InItsOrder_AndEachIsMeteredOnce()
    {
        var chance = new Random(20_261_126);
        world.Upstream.On("*", _ =>
        {
            lock (chance)
            {
                return chance.Next(100) < 40 ? Reply.Chat("Hello") : Reply.Error(chance.Next(2) == 0 ? 503 : 529);
            }
        });
        var (asked, calls) = (0, 0);
        for (var round = 0; round < 12; round++)
        {
            var order = Listed.OrderBy(_ => chance.Next()).Take(chance.Next(2, Listed.Length + 1)).ToArray();
            await world.RouteAsync($$$"""{"aliases":{"ladder":[{{{string.Join(',', order.Select(model => $"\"{model}\""))}}}]}}""");
            for (var i = 0; i < 4; i++)
            {
                var before = world.Upstream.Requests.Count;
                var reply = await world.Http.ChatAsync(world.Key.Secret, RoutingWorld.Body("ladder"));
                var tried = world.Upstream.Requests.Skip(before).Select(seen => $"{seen.Path.Split('/')[1]}/{seen.Json["model"]}").ToArray();

                Assert.InRange(tried.Length, 1, 3);
                Assert.All(tried, model => Assert.Contains(model, order));
                var places = tried.Distinct().Select(model => Array.IndexOf(order, model)).ToArray();
                Assert.Equal(places.Order(), places);   // a passing fault may be tried again on the spot, but nobody goes back
                Assert.Equal(reply.ErrorCode is null ? tried.Length - 1 : tried.Length, reply.HiWay!["fallback_chain"]!.AsArray().Count);
                asked += tried.Length;
                calls++;
            }
        }

        await MeteredAsync("ladder", calls, asked);
    }

    [Fact]
    public async Task ABypassKey_GetsTheModelItNames_OnceAndWithItsErrors_WhateverElseTheCallWishes()
    {
        var chance = new Random(20_261_127);
        var key = await world.Http.CreateKeyAsync(world.Account, new { name = "Bypass", router_bypass = true, routing_profile = "budget" });
        string?[] wishes = [null, """{"tier":"light"}""", """{"tier":"heavy","profile":"quality"}""", """{"deadline_ms":5000}""", """{"max_cost_usd":5}"""];
        await world.RouteAsync("""{"aliases":{"gpt-4o":"openai/gpt-4o"},"thresholds":{"light_below":0.9,"heavy_from":0.95}}""");
        for (var i = 0; i < 40; i++)
        {
            var fails = chance.Next(2) == 0;
            var model = Listed[chance.Next(Listed.Length)];
            world.Upstream.On("*", fails ? Reply.Error(418 + (chance.Next(3) * 5)) : Reply.Chat("Hello"));
            var before = world.Upstream.Requests.Count;

            var reply = await world.Http.ChatAsync(key.Secret, RoutingWorld.Body(model, hiway: wishes[chance.Next(wishes.Length)], maxTokens: 10));

            var seen = Assert.Single(world.Upstream.Requests.Skip(before));
            Assert.Equal(model, $"{seen.Path.Split('/')[1]}/{seen.Json["model"]}");
            Assert.Equal(fails, reply.Status != HttpStatusCode.OK);
            Assert.True(fails ? reply.ErrorCode == "test_error" : reply.HiWay!["routed_tier"]!.GetValue<string>() == "bypass", reply.Body);
        }
    }

    private async Task MeteredAsync(string requested, int calls, int attempts)
    {
        await Patience.UntilAsync(async () => await CountAsync() >= calls, "a row for every call");   // rows trail their answers

        Assert.Equal(calls, await CountAsync());
        Assert.Equal(attempts, await world.Host.Database.ScalarAsync<long>($"SELECT sum(attempts) FROM requests WHERE requested_model = '{requested}'"));

        Task<long> CountAsync() => world.Host.Database.ScalarAsync<long>($"SELECT count(*) FROM requests WHERE requested_model = '{requested}'");
    }
}
