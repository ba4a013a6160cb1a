using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Budgets;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Analyzers;
using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Replay;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

/// <summary>What the log keeps of a decision: little, no text, and enough to decide again exactly.</summary>
public sealed partial class LoggedDecisionTests
{
    private static readonly RoutingSettings Turned = new()
    {
        LightBelow = 0.22, HeavyFrom = 0.61, Margin = 0.08,
        Weights = new Dictionary<string, double> { ["intent"] = 1.7, ["domain"] = 0.4, ["complexity"] = 0, ["code"] = 2.25 },
    };

    [Fact]
    public void Property_WhatIsReadBack_ComesToTheVeryDecisionOfTheRequest() =>
        Prop.ForAll(TierRulesTests.Texts(), Gen.Choose(0, 20).ToArbitrary(), Gen.Elements(0, 1, 8).ToArbitrary(), (text, turns, tools) =>
        {
            var prompt = new Prompt { Tools = tools, ToolHistory = tools == 8, Reasoning = turns == 3 }.Add(PromptRole.System, "You must answer at least twice.");
            for (var i = 0; i < turns; i++)
            {
                prompt.Add(i % 2 == 0 ? PromptRole.User : PromptRole.Assistant, i % 3 == 0 ? "Implement a parser." : text);
            }

            prompt.Add(PromptRole.User, text);
            var kept = Keep(prompt);
            return new[] { RoutingSettings.Default, Turned }.All(settings =>
            {
                var (there, again) = (prompt.Decide(settings), Router.Decide(kept.Features, settings));
                return there.Tier == again.Tier && there.Reason == again.Reason && there.Score.Score == again.Score.Score && there.Score.Base == again.Score.Base
                    && there.Score.Analyzers.SequenceEqual(again.Score.Analyzers);
            }) && kept.Needs == prompt.Needs() with { Task = kept.Features.Task };
        }).Hold();

    [Theory]
    [InlineData("What is the capital of Australia?", 60)]
    [InlineData("Write a Python function that merges two sorted lists, with tests, and explain why it is stable. It must not use more than O(n) memory.", 80)]
    [InlineData("Classify the sentiment of this review as positive or negative: I like it.", 60)]
    public void ItTakesFewBytes(string text, int most) =>
        Assert.InRange(LoggedDecisionCodec.Write(Decision(Prompt.User(text)) with { Budget = BudgetVerdict.Warn }).Length, 20, most);

    [Fact]
    public void ALongAgentsTurn_StaysBelowAHundredBytes()
    {
        var prompt = new Prompt { Tools = 12, ToolHistory = true, ToolForced = true, MaxOutputTokens = 32_000, PromptTokens = 180_000, Reasoning = true, Schema = true, Images = 2 };
        prompt.Add(PromptRole.System, string.Concat(Enumerable.Repeat("You are an agent. You must plan step by step, and never skip a test. ", 90)));
        for (var i = 0; i < 30; i++)
        {
            prompt.Add(PromptRole.User, "Prove that the function f(x) = x^2 { return x; } is O(n^2) and implement it with at least 3 tests; explain why $x^2$ holds.").Add(PromptRole.Assistant, "Done.");
        }

        prompt.Add(PromptRole.User, "Go on and design the schema of the database for the hospital's billing, with law and medicine in mind. 1. 2. 3. 4. 42");

        Assert.InRange(LoggedDecisionCodec.Write(Decision(prompt) with { CachedTokens = 150_000, Profile = RoutingProfile.Quality }).Length, 50, 100);
    }

    [Fact]
    public void EverythingBesideTheFeatures_ComesBackToo()
    {
        var decision = Decision(new Prompt { MaxOutputTokens = 0, Images = 1 }.Add(PromptRole.User, "What is in the picture?")) with
        {
            Budget = BudgetVerdict.LightOnly, Profile = RoutingProfile.Quality, ProfileIsTheCallers = true, CachedTokens = 123_456_789_012, SomebodyWasUnwell = true,
            WeightThousandths = [1000, 0, 10_000, 333, 1000, 2_500, 1],
        };
        decision = decision with { Needs = decision.Needs with { MaxCostUsd = 0.000_123_456m, Choices = 3 } };

        var read = LoggedDecisionCodec.Read(LoggedDecisionCodec.Write(decision))!;

        Assert.Equal(
            (BudgetVerdict.LightOnly, RoutingProfile.Quality, true, 123_456_789_012L, true, 0),
            (read.Budget, read.Profile, read.ProfileIsTheCallers, read.CachedTokens, read.SomebodyWasUnwell, read.Needs.MaxOutputTokens));
        Assert.Equal(decision.WeightThousandths, read.WeightThousandths!);
        Assert.Equal((0.000_123_456m, 3), (read.Needs.MaxCostUsd, read.Needs.Choices));
    }

    [Fact]
    public void DeadlinesStreamsAndAliases_ComeBack_AndDecisionsWrittenBeforeThemStillDo()
    {
        var plain = Decision(Prompt.User("What is the capital of Australia?"));
        var timed = plain with { Needs = plain.Needs with { DeadlineMs = 1499.2, Streams = true, MaxCostUsd = 0.0025m, Choices = 2 }, ThroughAlias = true };

        var back = LoggedDecisionCodec.Read(LoggedDecisionCodec.Write(timed))!;
        Assert.Equal((1500d, true, 0.0025m, 2, true), (back.Needs.DeadlineMs, back.Needs.Streams, back.Needs.MaxCostUsd, back.Needs.Choices, back.ThroughAlias));

        // The first version was the same without the byte behind the standing.
        var today = LoggedDecisionCodec.Write(plain);
        var before = LoggedDecisionCodec.Read([1, .. today[1..4], .. today[5..]])!;
        Assert.Equal((plain.Needs with { Task = before.Features.Task }, false), (before.Needs, before.ThroughAlias));
        Assert.Equal(plain.Score().Score, before.Score().Score);
        Assert.Null(LoggedDecisionCodec.Read([3, .. today[1..]]));
    }

    [Fact]
    public void TheScoresParts_AreThoseOfTheWeightsThatHeld()
    {
        var prompt = Prompt.User("Prove that there are infinitely many primes.");
        var there = prompt.Decide(Turned).Score;

        var again = (Decision(prompt) with { WeightThousandths = LoggedDecision.ThousandthsOf(Turned) }).Score();

        Assert.Equal(there.Analyzers, again.Analyzers);
    }

    [Fact]
    public void BytesThatAreNotOurs_AreCutShort_OrComeFromOtherWeights_AreNoDecision()
    {
        var bytes = LoggedDecisionCodec.Write(Decision(Prompt.User("Why is the sky blue?")));
        Assert.NotNull(LoggedDecisionCodec.Read(bytes));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(LoggedDecisionCodec.Read(bytes.AsSpan(0, length)));
        }

        bytes[1]++;
        Assert.Null(LoggedDecisionCodec.Read(bytes));
        Assert.Null(LoggedDecisionCodec.Read([9, 9, 9]));
    }

    [Fact]
    public void EachTopicOfTheWeights_HasItsKindOfTask() => Assert.Equal(LearnedModel.Shipped.Topics.Count, TopicTasks.Count);

    [Theory]
    [InlineData("Write a Python function that reverses a linked list in place.", TaskType.Code)]
    [InlineData("Let f(x) = x^3 - 3x + 1. Find the sum of the squares of all real roots.", TaskType.Math)]
    [InlineData("My card has not arrived yet, where is it?", TaskType.Classification)]
    [InlineData("내일 날씨를 알려 주세요", TaskType.General)]
    public void TheKindOfTask_IsTheClassifiers(string text, TaskType task) => Assert.Equal(task, Prompt.User(text).Read().Task);

    // A reason that is not in its analyzer's list could not be kept; the router says so at the first such request.
    [Fact]
    public void EveryReasonInAnAnalyzersSource_IsInItsList()
    {
        foreach (var analyzer in AnalyzerCatalog.All)
        {
            Assert.InRange(analyzer.Reasons.Length, 2, 16);
            var source = File.ReadAllText(Repository.File("HiWay.Domain", "Routing", "Analyzers", analyzer.GetType().Name + ".cs"));
            source = Comment().Replace(source[source.IndexOf("public Reading Read", StringComparison.Ordinal)..], "");
            Assert.All(Literal().Matches(source).Select(match => match.Groups[1].Value), reason => Assert.Contains(reason, analyzer.Reasons));
        }
    }

    private static LoggedDecision Decision(Prompt prompt) => new() { Features = prompt.Read(), Needs = prompt.Needs() };

    private static LoggedDecision Keep(Prompt prompt) => LoggedDecisionCodec.Read(LoggedDecisionCodec.Write(Decision(prompt)))!;

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Literal();
}
