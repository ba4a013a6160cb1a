using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>What holds whatever three providers do, in any order: drawn from a fixed seed, so a failure can be seen again.</summary>
public sealed class FaultPropertyTests
{
    private const int Calls = 120;

    [Fact]
    public async Task AtMostThreeAttempts_EachMeteredOnce_AndOneWholeAnswerOrOneTypedError()
    {
        await using var world = await FaultWorld.StartAsync();
        var chance = new Random(20_261_125);
        world.Answer(seen =>
        {
            lock (chance)
            {
                return chance.Next(100) < 45 ? FaultWorld.Well(seen) : Fault(chance, FaultWorld.IsStream(seen));
            }
        });

        var wholes = 0;
        for (var i = 0; i < Calls; i++)
        {
            var before = world.Seen.Count;
            var pinned = i % 5 == 0;
            var reply = await world.AskAsync(stream: i % 2 == 0, model: pinned ? "openai/gpt-4o" : "standard");

            var asked = world.Seen.Count - before;
            Assert.InRange(asked, 1, pinned ? 1 : 3);
            if (pinned)
            {
                Assert.Equal("gpt-4o", world.Seen[^1].Json["model"]!.GetValue<string>());
            }

            var whole = reply.ErrorCode is null;
            wholes += whole ? 1 : 0;
            if (whole)
            {
                Assert.Equal((HttpStatusCode.OK, FaultWorld.Whole), (reply.Status, reply.Text));
                Assert.Equal(asked - 1, reply.HiWay!["fallback_chain"]!.AsArray().Count);
            }
            else
            {
                Assert.DoesNotContain("[DONE]", reply.Events);
                Assert.Matches("^(upstream_unavailable|rate_limit_exceeded|content_filter)$", reply.ErrorCode);
            }

            if (reply.Events.Count > 0 && !whole)
            {
                // As far as it went, it was the answer and nothing else.
                var text = string.Concat(reply.Chunks.Select(chunk => (chunk["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["content"]?.GetValue<string>()));
                Assert.StartsWith(text, FaultWorld.Whole, StringComparison.Ordinal);
            }
        }

        Assert.InRange(wholes, Calls / 3, Calls);
        var rows = await world.Host.Http.RequestRowsAsync(world.Account, 100);
        Assert.Equal(100, rows.Select(row => row["id"]!.GetValue<string>()).Distinct().Count());   // a page; the sums below count them all
        await Patience.UntilAsync(async () => await CountAsync() >= Calls, "a row for every call");   // rows trail their answers

        Assert.Equal(Calls, await CountAsync());
        Assert.Equal(world.Seen.Count, await world.Host.Database.ScalarAsync<long>("SELECT sum(attempts)::bigint FROM requests"));
        Assert.Equal(world.Seen.Count, await world.Host.Database.ScalarAsync<long>("SELECT sum(attempts) FROM requests"));
        Task<long> CountAsync() => world.Host.Database.ScalarAsync<long>("SELECT count(*) FROM requests");

        foreach (var row in rows)
        {
            var detail = await world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/requests/{row["id"]}", world.Account.Key);
            var attempts = detail["attempts_list"]!.AsArray();
            Assert.Equal(row["cost_usd"]!.GetValue<decimal>(), attempts.Sum(attempt => attempt!["cost_usd"]!.GetValue<decimal>()));

            // A provider whose answer had begun to come bills that, whatever became of it; for the others there is nothing to bill.
            Assert.All(attempts, attempt => Assert.True(attempt!["ttft_ms"] is not null == attempt["cost_usd"]!.GetValue<decimal>() > 0, attempt.ToJsonString()));
        }
    }

    // No resets here: on a kept connection one looks as if the provider had closed it long ago, and the request is then sent once more
    // within the same attempt, so that the upstream's count says nothing.
    private static Reply Fault(Random chance, bool stream) => chance.Next(stream ? 10 : 6) switch
    {
        0 => Reply.Error(500),
        1 => Reply.Error(503),
        2 => Reply.Error(429, "rate_limit_exceeded", "30"),
        3 => Reply.Error(529),
        4 => Reply.Json("{\"choices\":["),
        5 => Reply.Json("""{"error":{"message":"Filtered by our content management policy.","type":"invalid_request_error","code":"content_filter"}}""", 400),
        6 => FaultWorld.Begun(chance.Next(1, 39), ReplyEnd.AbortAfterChunks),
        7 => FaultWorld.Begun(chance.Next(1, 39), ReplyEnd.Complete),
        8 => FaultWorld.Begun(chance.Next(1, 39), ReplyEnd.Complete, """{"error":{"message":"The engine fell over.","type":"server_error"}}"""),
        _ => FaultWorld.Begun(0, ReplyEnd.AbortAfterChunks),
    };
}
