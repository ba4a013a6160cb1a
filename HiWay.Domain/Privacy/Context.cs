using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>Whether a word stands shortly before a place: a number behind "tel" is a telephone number.</summary>
internal static class Context
{
    private const int Reach = 32;

    /// <summary>Han, kana and Hangul stand above; alphabets below.</summary>
    private const char FirstIdeograph = '\u2E80';

    /// <param name="words">Lower case; each must begin at a word's beginning, except in scripts that set no blanks between words.</param>
    internal static bool Has(ReadOnlySpan<byte> text, int before, ReadOnlySpan<string> words)
    {
        Span<char> near = stackalloc char[Reach];
        var from = Math.Max(0, before - Reach);
        var length = 0;
        var window = text[from..before];
        while (!window.IsEmpty)
        {
            Rune.DecodeFromUtf8(window, out var rune, out var used);
            near[length++] = rune.IsBmp ? char.ToLowerInvariant((char)rune.Value) : '*';
            window = window[used..];
        }

        // A line break ends what a word says of a number.
        near = near[..length];
        near = near[(near.LastIndexOf('\n') + 1)..];
        foreach (var word in words)
        {
            ReadOnlySpan<char> rest = near;
            while (rest.LastIndexOf(word, StringComparison.Ordinal) is var at and >= 0)
            {
                if (at == 0 || word[0] >= FirstIdeograph || !char.IsLetter(rest[at - 1]))
                {
                    return true;
                }

                rest = rest[..at];
            }
        }

        return false;
    }
}
