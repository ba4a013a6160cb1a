using System.Text;
using HiWay.Domain.Guardian;
using HiWay.Domain.Guardian.Rules;
using HiWay.Domain.Limits;

namespace HiWay.Tests.Guardian;

public sealed class PromptSizeTests
{
    /// <summary>Counts by OpenAI's o200k_base, give or take a fifth.</summary>
    [Theory]
    [InlineData("The quick brown fox jumps over the lazy dog.", 10)]
    [InlineData("for (var i = 0; i < items.Count; i++) { total += items[i].Price; }", 24)]
    [InlineData("Bitte fassen Sie den folgenden Vertrag in drei kurzen Absätzen zusammen.", 16)]
    [InlineData("2026-11-25T21:04:52Z request 8471 took 1532 ms", 22)]
    public void Text_IsCountedAsTokenizersCutIt(string text, int tokens) =>
        Assert.InRange(TokenEstimate.OfText(Encoding.UTF8.GetBytes(text)), tokens * 0.75, tokens * 1.35);

    [Theory]
    [InlineData("hello ", 40_000, 40_000)]
    [InlineData("word ", 60_000, 60_000)]
    public void ManyWords_AreAsManyTokens(string word, int times, int tokens) =>
        Assert.Equal(tokens, TokenEstimate.OfText(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(word, times)))));

    [Fact]
    public void ThePromptAsLongAsTheCeiling_IsNoBloat_ButOneTokenMoreIs()
    {
        var limits = new ContextBloatLimits(ContextBloatRule.Info.Defaults);

        var tooLong = ContextBloatRule.Judge(limits, limits.Ceiling + 1)!.Value;

        Assert.Null(ContextBloatRule.Judge(limits, limits.Ceiling));
        Assert.Equal((true, 50_001m, 50_000m), (tooLong.Stops, tooLong.Value, tooLong.Limit));
    }

    [Fact]
    public void Nothing_IsNothing() => Assert.Equal(0, TokenEstimate.OfText(default));

    [Fact]
    public void OneByteMore_OrOther_IsAnotherPrompt()
    {
        var random = new Random(1);
        var seen = new HashSet<ulong>();
        for (var length = 0; length < 300; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.True(seen.Add(PromptHash.Add(17, bytes)));
            for (var i = 0; i < length; i += 7)
            {
                bytes[i] ^= 1;
                Assert.True(seen.Add(PromptHash.Add(17, bytes)));
                bytes[i] ^= 1;
            }

            Assert.Contains(PromptHash.Add(17, bytes), seen);
        }
    }
}
