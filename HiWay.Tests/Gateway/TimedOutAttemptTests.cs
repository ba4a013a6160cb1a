using System.Net;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>A provider that says 200 and then nothing of use has taken the prompt in, and bills it.</summary>
public sealed class TimedOutAttemptTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAttemptThatTimesOutAfterA200_IsBookedWithItsPrompt_Estimated(bool stream)
    {
        await using var world = await GatewayWorld.StartAsync(null, ("Gateway:FirstTokenTimeout", "00:00:00.3"), ("Gateway:IdleTimeout", "00:00:00.3"));
        world.Upstream.On("/chat/completions", (stream ? Reply.SseRaw(": well\n\n") : Reply.Json("{\"id\":")) with { End = ReplyEnd.StallAfterChunks });

        var reply = await world.AskAsync(new string('x', 4_000), stream);

        Assert.Equal(HttpStatusCode.BadGateway, reply.Status);
        var row = await world.RowAsync();
        var input = row["input_tokens"]!.GetValue<int>();
        Assert.InRange(input, 300, 4_000);
        Assert.Equal((0, input * 2.00m / 1_000_000m), (row["output_tokens"]!.GetValue<int>(), row["cost_usd"]!.GetValue<decimal>()));
        var detail = await world.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/requests/{row["id"]}", world.Account.Key);
        Assert.True(detail["usage_estimated"]!.GetValue<bool>());
        Assert.Equal("timeout", Assert.Single(detail["attempts_list"]!.AsArray())!["failure"]!.GetValue<string>());
    }

    [Fact]
    public async Task AnAttemptThatNeverBegan_CostsNothing()
    {
        await using var world = await GatewayWorld.StartAsync(null, ("Gateway:HeadersTimeout", "00:00:00.3"));
        world.Upstream.On("/chat/completions", Reply.Silence);

        var reply = await world.AskAsync();

        Assert.Equal(HttpStatusCode.BadGateway, reply.Status);
        Assert.Equal(0m, (await world.RowAsync())["cost_usd"]!.GetValue<decimal>());
    }
}
