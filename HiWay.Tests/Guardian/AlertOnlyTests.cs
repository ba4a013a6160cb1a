using System.Net;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Guardian;

/// <summary>A rule that only alerts holds nothing up: every call passes, and somebody hears of it once.</summary>
public sealed class AlertOnlyTests : IAsyncLifetime
{
    private const int Calls = 25;

    private GuardianWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await GuardianWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("dedup", "again and again", 9)]
    [InlineData("cost_spike", "a long report, part $", 190_000)]   // 95 cents each
    [InlineData("zombie_agent", "No such file. Try $ of many, go on.", 9)]
    public async Task EveryCallPasses_AndOneAlertIsRaised(string rule, string prompt, int inputTokens)
    {
        await _world.SetAsync(new { rule, action = "alert" });
        await _world.SetAsync([.. new[] { "dedup", "cost_spike", "zombie_agent" }.Where(other => other != rule).Select(other => new { rule = other, enabled = false })]);
        _world.Upstream.On("/chat/completions", Reply.Chat("I could not find the file that you named, so I will look for it once more in the same folder.", inputTokens: inputTokens));
        var key = await _world.CreateKeyAsync();
        for (var i = 0; i < Calls; i++)
        {
            var reply = await _world.AskAsync(key, prompt.Replace("$", $"{i}", StringComparison.Ordinal));
            Assert.True(reply.Status == HttpStatusCode.OK, $"call {i}: {reply.Body}");
            if (i == 0 && rule == "cost_spike")
            {
                await _world.KnowsCostsAsync(key);
            }

            _world.Clock.Advance(TimeSpan.FromSeconds(rule == "zombie_agent" ? 90 : 2));
        }

        var seen = Assert.Single(await _world.EventsAsync());
        Assert.Equal((rule, "alert", key.Id), ((string?)seen["rule"], (string?)seen["action"], (string?)seen["key_id"]));
        Assert.Equal([rule], _world.Alerts.Rules);
        Assert.Null((await _world.KeyAsync(key))["suspended_by_rule"]?.GetValue<string>());
    }
}
