using System.Globalization;
using System.Text;

namespace HiWay.Domain.Privacy;

/// <summary>
/// The values that were taken out of one request and the placeholders that stand for them: <c>&lt;EMAIL_1&gt;</c>. The same value gets the
/// same number; a placeholder that the request itself names is not used.
/// </summary>
public sealed class MaskedValues
{
    /// <summary>Where a text ends before it tells.</summary>
    private const int Cut = 0;

    private readonly Dictionary<string, byte[]> _placeholders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly HashSet<string>? _named;

    /// <param name="request">The whole text before masking; looked at only for placeholders that stand in it already.</param>
    public MaskedValues(ReadOnlySpan<byte> request) => _named = NamedIn(request);

    /// <summary>How many different values were masked.</summary>
    public int Count => _values.Count;

    /// <summary>Values by placeholder.</summary>
    public IReadOnlyDictionary<string, string> ByPlaceholder => _values;

    /// <summary>The longest placeholder in characters; how far a stream must hold back at most.</summary>
    public int LongestPlaceholder { get; private set; }

    public byte[] PlaceholderOf(in PiiFinding finding, ReadOnlySpan<byte> value)
    {
        var name = finding.Family == PiiFamily.Custom ? finding.Type.ToUpperInvariant() : finding.Family.Text().ToUpperInvariant();
        var text = Encoding.UTF8.GetString(value);
        var key = $"{name}\0{text}";
        if (_placeholders.TryGetValue(key, out var known))
        {
            return known;
        }

        string placeholder;
        byte[] bytes;
        do
        {
            var number = _numbers[name] = _numbers.GetValueOrDefault(name) + 1;
            placeholder = string.Create(CultureInfo.InvariantCulture, $"<{name}_{number}>");
            bytes = Encoding.UTF8.GetBytes(placeholder);
        }
        while (_named is not null && _named.Contains(placeholder[1..^1]));

        _placeholders[key] = bytes;
        _values[placeholder] = text;
        LongestPlaceholder = Math.Max(LongestPlaceholder, placeholder.Length);
        return bytes;
    }

    /// <summary>Puts the values back into a piece of an answer.</summary>
    /// <param name="text">What was held back of this text before, and what came now.</param>
    /// <param name="final">Nothing more follows: nothing is held back.</param>
    /// <param name="inJson">The text is itself JSON (a tool call's arguments): its brackets may be escaped, and values are escaped for it.</param>
    /// <returns>What can go out, and the tail that may yet become a placeholder.</returns>
    public (string Out, string Held) Restore(string text, bool final, bool inJson)
    {
        var opens = inJson ? "<\\" : "<";
        var at = text.AsSpan().IndexOfAny(opens);
        if (at < 0)
        {
            return (text, "");
        }

        var result = new StringBuilder(text.Length);
        var copied = 0;
        while (at < text.Length)
        {
            var rest = text.AsSpan(at);
            var open = MarkAt(rest, '<', inJson);
            var name = open > 0 ? NameAt(rest[open..]) : 0;
            var close = open > 0 ? MarkAt(rest[(open + name)..], '>', inJson) : -1;
            if (!final && (open == Cut || (close == Cut && name + 1 < LongestPlaceholder)))
            {
                result.Append(text, copied, at - copied);
                return (result.ToString(), text[at..]);
            }

            var length = open + name + close;
            if (close > 0 && _values.TryGetValue($"<{rest.Slice(open, name)}>", out var value))
            {
                result.Append(text, copied, at - copied).Append(inJson ? Escaped(value) : value);
                copied = at + length;
            }
            else
            {
                // An escape is one character: what follows a backslash is not looked at by itself.
                length = rest[0] == '\\' ? Math.Max(1, JsonEscapes.LengthAt(rest)) : 1;
            }

            at += length;
            var next = text.AsSpan(at).IndexOfAny(opens);
            at = next < 0 ? text.Length : at + next;
        }

        return (result.Append(text, copied, text.Length - copied).ToString(), "");
    }

    /// <summary>The length of what stands for a bracket at the beginning of a text, as it is or as JSON's \u003c; -1 for anything else, <see cref="Cut"/> when only more text tells.</summary>
    private static int MarkAt(ReadOnlySpan<char> text, char mark, bool inJson)
    {
        if (text.IsEmpty)
        {
            return Cut;
        }

        if (text[0] == mark)
        {
            return 1;
        }

        if (!inJson || text[0] != '\\')
        {
            return -1;
        }

        var length = JsonEscapes.LengthAt(text);
        return length == 0 ? Cut : JsonEscapes.Read(text[..length]) == mark ? length : -1;
    }

    private static int NameAt(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiLetterUpper(text[length]) || char.IsAsciiDigit(text[length]) || text[length] == '_'))
        {
            length++;
        }

        return length;
    }

    /// <summary>What in a text may be a placeholder, without its brackets: JSON may have those as they are or as \u003C.</summary>
    private static HashSet<string>? NamedIn(ReadOnlySpan<byte> text)
    {
        const int LongestName = 64;
        HashSet<string>? named = null;
        for (var at = 0; text[at..].IndexOf((byte)'_') is var offset and >= 0;)
        {
            var mark = at + offset;
            at = mark + 1;
            while (at < text.Length && Bytes.IsDigit(text[at]))
            {
                at++;
            }

            var start = mark;
            while (start > 0 && mark - start < LongestName && (Bytes.IsUpper(text[start - 1]) || Bytes.IsDigit(text[start - 1]) || text[start - 1] == (byte)'_'))
            {
                start--;
            }

            if (at > mark + 1 && start < mark)
            {
                var name = Encoding.ASCII.GetString(text[start..at]);
                (named ??= new(StringComparer.Ordinal)).Add(name);
                if (name.StartsWith("003C", StringComparison.Ordinal))
                {
                    named.Add(name[4..]);
                }
            }
        }

        return named;
    }

    private static string Escaped(string value) => System.Text.Json.JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
}
