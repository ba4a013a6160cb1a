using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Learned;

namespace HiWay.Tests.Routing;

public sealed class LearnedModelTests
{
    // The shipped weights' scores, to the last digit: arithmetic is in integers, so every machine must come to these. Training anew changes them.
    [Theory]
    [InlineData("What is the capital of Australia?", 0.1589)]
    [InlineData("Write a Python function that merges two sorted lists.", 0.5095)]
    [InlineData("A train leaves at 3 pm at 80 km/h, another at 4 pm at 100 km/h. When does the second catch up?", 0.5322)]
    public void TheSamePrompt_HasTheSameScoreOnEveryMachine(string text, double score) => Assert.Equal(score, Prompt.User(text).Decide().Score.Score);

    [Theory]
    [InlineData("What did the author of Dracula do for a living?", "Let f(x) = x^3 - 3x + 1. Find the sum of the squares of all real roots of f(f(x)) = 0.")]
    [InlineData("I need a new card, mine is lost.", "Write a function that returns the longest palindromic subsequence of a string, with tests.")]
    [InlineData("Play the next song, please.", "def f(s, n):\n    out = []\n    for i in range(n):\n        out.append(s[i::n])\n    return ''.join(out)\nassert f('abcdef', 2) == ??")]
    public void WhatWeakModelsFailAt_ScoresHigher(string easy, string hard) => Assert.True(
        Prompt.User(easy).Decide().Score.Score + 0.2 < Prompt.User(hard).Decide().Score.Score,
        $"{Prompt.User(easy).Decide().Score.Score} against {Prompt.User(hard).Decide().Score.Score}");

    [Theory]
    [InlineData("Which planet is the largest?\nA. Mars\nB. Jupiter\nC. Venus\nD. Earth\nAnswer:", "Which planet is the largest?\n(a) Mars\n(b) Jupiter\n(c) Venus\n(d) Earth")]
    [InlineData("Question: Who painted the ceiling of the chapel?", "Who painted the ceiling of the chapel?")]
    public void TheSameQuestionInAnotherDress_ScoresNearlyTheSame(string one, string other) =>
        Assert.Equal(Prompt.User(one).Decide().Score.Score, Prompt.User(other).Decide().Score.Score, 0.025);

    [Fact]
    public void InALanguageTheWeightsHaveNotSeen_TheHandSetPointsHaveHalfTheSay()
    {
        var known = Prompt.User("Please explain the weather to me.").Decide().Score.Base;
        Assert.Equal(known / 2, Prompt.User("내일 날씨를 알려 주세요").Decide().Score.Base, 0.0001);
    }

    [Fact]
    public void TheScaleRises_AndTheCurveToo()
    {
        var model = LearnedModel.Shipped;
        for (var margin = -65_536; margin < 65_536; margin += 64)
        {
            Assert.True(model.Score(margin) <= model.Score(margin + 64));
            Assert.True(model.Chance(margin) <= model.Chance(margin + 64));
        }

        Assert.Equal((0, 10_000), (model.Score(int.MinValue), model.Score(int.MaxValue)));
        Assert.InRange(model.Chance(0), 32_767, 32_769);
    }

    [Fact]
    public void AFileThatIsNotOurs_OrIsCutShort_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() => new LearnedModel(new byte[4_096]));
        Assert.Throws<InvalidDataException>(() => new LearnedModel("HWR2"u8.ToArray()));
    }

    [Fact]
    public void TheClassifier_HoldsPromptsWithinItsNumbers()
    {
        var topics = LearnedModel.Shipped.Topics;
        foreach (var size in (int[])[0, TopicModel.MostHidden, -TopicModel.MostHidden])
        {
            var hidden = new int[TopicModel.Width];
            Array.Fill(hidden, size);
            var (task, subject) = topics.Expect(hidden);

            // A mean over topics lies within what any topic says: success between 1 and 99 %.
            var all = task + subject;
            Assert.All([all.Light, all.Standard, all.Heavy], odds => Assert.InRange(odds / 4_096.0, -4.6, 4.6));
        }
    }

    [Fact]
    public void ADecision_AllocatesItsTraceOnly()
    {
        var prompt = Prompt.User(string.Concat(Enumerable.Repeat("Compare the two designs and explain which one scales better under load. ", 60)));
        _ = prompt.Decide();
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = prompt.Decide();
        var body = 2 * 60 * 73; // the test's own copy of the body, generously
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, body + 2_000);
    }
}
