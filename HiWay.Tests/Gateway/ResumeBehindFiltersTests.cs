using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A stream that passes the Shield or gets masked values put back is taken up like any other when it breaks.</summary>
public sealed class ResumeBehindFiltersTests
{
    private static readonly string s_secret = "gh" + "p_SEVaSE63MZQ7JDIx8HtpmdGKtoTxOFaunlNZ";

    [Theory]
    [InlineData("block")]
    [InlineData("monitor")]
    public async Task TheOutputScan_LetsABrokenStreamGoOn(string mode)
    {
        await using var world = await FaultWorld.StartAsync();
        await SetAsync(world, HttpMethod.Post, "security/config", new { mode, scan_output = true });
        world.FirstAnswers(FaultWorld.Begun(27, ReplyEnd.AbortAfterChunks));

        var reply = await world.AskAsync(stream: true);

        Assert.Equal(2, world.Seen.Count);
        Assert.Equal((FaultWorld.Whole, "[DONE]"), (reply.Text, reply.Events[^1]));
    }

    [Fact]
    public async Task AStreamThatBreaksWithinAPlaceholder_GoesOn_AndTheValueIsPutBack()
    {
        await using var world = await FaultWorld.StartAsync();
        await SetAsync(world, HttpMethod.Put, "privacy", new { enabled = true, scope = "full", restore = true });
        string? first = null;
        world.Answer(seen =>
        {
            first ??= FaultWorld.Provider(seen);
            return FaultWorld.Provider(seen) == first
                ? Reply.ChatStream(["It went to ", "<EM"]) with { Chunks = [.. Reply.ChatStream(["It went to ", "<EM"]).Chunks.Take(3)], End = ReplyEnd.AbortAfterChunks }
                : Reply.ChatStream(["It went ", "to <EMAIL_1", "> and nowhere else."]);
        });

        var reply = await world.Host.Http.ChatAsync(world.Key.Secret, GatewayWorld.Body("Mail anna@example.com", stream: true, model: "standard"));

        Assert.Equal(2, world.Seen.Count);
        Assert.All(world.Seen, seen => Assert.DoesNotContain("anna@", seen.Text));
        Assert.Equal("It went to anna@example.com and nowhere else.", reply.Text);
        Assert.Equal("[DONE]", reply.Events[^1]);
    }

    [Fact]
    public async Task AnAnswerThatTheShieldStops_IsAskedOfNobodyElse()
    {
        await using var world = await FaultWorld.StartAsync();
        await SetAsync(world, HttpMethod.Post, "security/config", new { mode = "block", scan_output = true });
        world.Answer(_ => Reply.ChatStream([.. $"The token of the build is {s_secret} as you asked.".Chunk(4).Select(piece => new string(piece))]));

        var reply = await world.AskAsync(stream: true);

        Assert.Equal("threat_blocked", reply.ErrorCode);
        Assert.Single(world.Seen);
        Assert.DoesNotContain("[DONE]", reply.Events);
    }

    private static Task SetAsync(FaultWorld world, HttpMethod method, string resource, object body) =>
        world.Host.Http.CallAsync(method, $"/api/v1/workspaces/{world.Account.WorkspaceId}/{resource}", world.Account.Key, body);
}
