using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects;

namespace HiWay.Tests.Dialects;

/// <summary>The words of a tool that takes words, found in arguments that come in pieces.</summary>
public sealed class CustomToolInputTests
{
    private static readonly string[] s_stuff = ["a", " ", "\"", "\\", "\n", "\r\n", "\t", "\0", "é", "日本", "🌍", "\u2028", "</script>", "{\"input\":\"x\"}", "*** Begin Patch\n+", "\ufeff"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhateverTheWordsAndHoweverTheyAreCut_TheyAreTheSame(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 2000; run++)
        {
            var words = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => s_stuff[random.Next(s_stuff.Length)]));
            var arguments = JsonSerializer.Serialize(new { input = words }, new JsonSerializerOptions
            {
                Encoder = random.Next(2) == 0 ? JavaScriptEncoder.Default : JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                WriteIndented = random.Next(2) == 0,
            });

            var (told, all) = Read(Cut(arguments, random));

            Assert.Equal(words, told);
            Assert.Equal(words, all);
        }
    }

    [Theory]
    [InlineData(@"{""input"":""\x\u12g4 \ud83d\u0041""}", "\ufffd\ufffd \ufffd")]
    [InlineData(@"{""input"":""\ud83d""}", "\ufffd")]
    [InlineData(@"{""input"":""\ud83d\t\ude00""}", "\ufffd\t\ufffd")]
    [InlineData(@"{""input"":""a"",""more"":""b""}", "a")]
    [InlineData("", "")]
    public void WhatIsNoText_BecomesTheReplacementCharacter(string arguments, string words)
    {
        var (told, all) = Read([arguments]);
        var (piecewise, _) = Read(arguments.Select(one => one.ToString()));

        Assert.Equal((words, words, words), (told, all, piecewise));
    }

    [Fact]
    public void AMillionBrokenEscapes_AreReadLikeAnyOther()
    {
        var input = new CustomToolInput();
        input.Take("{\\\"input\\\":\\\""u8);
        var piece = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\\\\x", 10_000)));
        for (var i = 0; i < 100; i++)
        {
            input.Take(piece);
        }

        Assert.Equal(6_000_000, input.Words.Length);
    }

    private static (string Told, string All) Read(IEnumerable<string> pieces)
    {
        var input = new CustomToolInput();
        var told = new StringBuilder();
        var whole = new StringBuilder();
        foreach (var piece in pieces)
        {
            whole.Append(piece);
            told.Append(JsonText.Decode(input.Take(JsonText.Encode(piece))));
        }

        told.Append(JsonText.Decode(input.End(JsonText.Encode(whole.ToString()))));
        return (told.ToString(), JsonText.Decode(input.Words));
    }

    /// <summary>No provider cuts a character in two.</summary>
    private static IEnumerable<string> Cut(string text, Random random)
    {
        var piece = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            piece.Append(rune.ToString());
            if (random.Next(3) == 0)
            {
                yield return piece.ToString();
                piece.Clear();
            }
        }

        yield return piece.ToString();
    }
}
