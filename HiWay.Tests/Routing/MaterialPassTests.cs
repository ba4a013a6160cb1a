using System.Text;
using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Tests.Routing;

/// <summary>What is counted by chunks in the middle of a long text is what reading word by word would count.</summary>
public sealed class MaterialPassTests
{
    private const string Prose = "x\nThe court held, in 1,204 cases out of 3.5 million, that \"no claim lies\"; was it right? Perhaps - who knows?\n\n";
    private const string List = "x\n1. first\n2) second\n- third\n* fourth\n  (a) fifth\nB. sixth\nlonger. none\n12345. none\n";
    private const string Code = "x\nfor (int i = 0; i < n_max; i++) {\n    total += getPrice(i) * 2;\n}\nif a == b => c != d -> e;\n```\nfoo\n```\n";
    private const string French = "x\nÉtudiez l'élève à Besançon, naïve où çà ; coûte 12,5 euros ?\n";
    private const string Chinese = "x\n请分析下面的合同，并说明风险在哪里。\n共有12条。";

    [Theory]
    [InlineData(Prose)]
    [InlineData(List)]
    [InlineData(Code)]
    [InlineData(French)]
    [InlineData(Chinese)]
    [InlineData("x\nLet $x^2 + y = \\frac{1}{2}$ and f(x) > 3.\n")]
    public void AtEveryPlaceInAChunk_TheCountsAreThoseOfReading(string text)
    {
        for (var shift = 0; shift <= 33; shift++)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(new string(' ', shift), text, text, text));
            var (read, counted) = (new TextSignals(), new TextSignals());
            var none = new NoSink();
            TextPass.Read(bytes, ref read, ref none);
            MaterialPass.Count(bytes, ref counted);
            Assert.Equal(Of(read), Of(counted));
        }
    }

    [Fact]
    public void ALongText_CountsAsTheSameTextReadInParts()
    {
        var part = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Prose, 6)));
        var whole = Enumerable.Repeat(part, 8).SelectMany(p => p).ToArray();
        var (one, parts) = (new TextSignals(), new TextSignals());
        var none = new NoSink();
        TextPass.Read(whole, ref one, ref none);
        for (var i = 0; i < 8; i++)
        {
            TextPass.Read(part, ref parts, ref none);
        }

        Assert.Equal(Of(parts), Of(one));
    }

    [Fact]
    public void ATextWithoutSpaces_IsPartedBetweenCharacters()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("合同", 1_000)));
        var signals = new TextSignals();
        var none = new NoSink();
        TextPass.Read(text, ref signals, ref none);
        Assert.Equal(2_000, signals.Characters);
        Assert.InRange(signals.Words, 1_000, 1_001); // each part rounds its half word up
    }

    private static (int Characters, int Words, int Numbers, int Lines, int Questions, int MathMarks, int CodeMarks, int Fences, int ListItems) Of(in TextSignals s) =>
        (s.Characters, s.Words, s.Numbers, s.Lines, s.Questions, s.MathMarks, s.CodeMarks, s.Fences, s.ListItems);
}
