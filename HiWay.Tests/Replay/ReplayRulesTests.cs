using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Mix;
using HiWay.Domain.Routing.Replay;
using HiWay.Tests.Routing;

namespace HiWay.Tests.Replay;

/// <summary>What a call said of its cost and its time holds when it is decided again.</summary>
public sealed class ReplayRulesTests
{
    private static readonly ModelEntry[] s_models = [Routing.Models.Make("a/slow", quality: 90), Routing.Models.Make("b/quick", quality: 60)];

    [Theory]
    [InlineData(null, "a/slow")]
    [InlineData(6_000d, "a/slow")]
    [InlineData(1_000d, "b/quick")]
    [InlineData(10d, "a/slow")]     // nobody is known to be fast enough, so it does not matter
    public void Deadline_PassesOverModelsThatTakeLonger(double? deadlineMs, string model) =>
        Assert.Equal(model, Decide(new() { RequestedModel = "auto", PromptTokens = 20, DeadlineMs = deadlineMs })!.Id);

    [Theory]
    [InlineData(null, true)]
    [InlineData("1", true)]
    [InlineData("0.000000001", false)]
    public void CostLimit_LeavesNobodyWhereAllAreDearer(string? limit, bool somebody) =>
        Assert.Equal(somebody, Decide(new()
        {
            RequestedModel = "auto", PromptTokens = 20, MaxOutputTokens = 100, MaxCostUsd = limit is null ? null : decimal.Parse(limit, System.Globalization.CultureInfo.InvariantCulture),
        }) is not null);

    private static ModelEntry? Decide(RouteNeeds needs)
    {
        var features = Prompt.User("What is the capital of Australia?").Read();
        var logged = LoggedDecisionCodec.Read(LoggedDecisionCodec.Write(new() { Features = features, Needs = needs }))!;
        var table = new CandidateTable<ModelEntry>(s_models, model => model, SovereigntyZone.Global, LearnedMix.None, (model, _) => model.Id == "a/slow" ? 5_000 : 200);
        var call = new LoggedCall(logged, DateTimeOffset.UnixEpoch, null, default, 0m, 0m);
        return ReplayRules.Decide(call, new ReplaySettings<ModelEntry>(RoutingSettings.Default, RoutingProfile.Quality, table, model => model, id => s_models.FirstOrDefault(model => model.Id == id))).Model;
    }
}
