using HiWay.Domain.Routing;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway;

namespace HiWay.Tests.Routing;

/// <summary>The router has decided before the first caller asks, so that no caller pays for reading its weights.</summary>
public sealed class RouterWarmUpTests
{
    [Fact]
    public async Task AStartedHost_WarmsItsRouter_WithoutACall()
    {
        await using var host = await HiWayHost.StartAsync();

        await Patience.UntilAsync(() => host.Logs.Lines.Any(line => line.Contains("The router is warm: 3 calls decided", StringComparison.Ordinal)), "the router decided its first calls");
    }

    /// <summary>An analyzer that no invented call moves would be compiled for the first caller.</summary>
    [Fact]
    public void TheInventedCalls_MoveEachAnalyzer_AndReachTiersApart()
    {
        var decisions = RouterWarmUp.Decide().ToList();

        Assert.Equal(
            Router.AnalyzerNames,
            Router.AnalyzerNames.Where(name => decisions.Any(decision => decision.Score.Analyzers.Any(one => one.Name == name && one.Score > 0))));
        Assert.True(decisions.Select(decision => decision.Tier).Distinct().Count() > 1);
    }
}
