using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Finds the words in the arguments of a custom tool that was asked for as a function (<see cref="CustomTools"/>), while they come: what is between
/// the quotes of <c>{"input": "…"}</c> is the inside of a JSON string already, and goes on as it is.
/// </summary>
internal sealed class CustomToolInput
{
    private const string Head = "{\"input\":\"";

    /// <summary>The longest that must not be torn apart: two escapes that make one character.</summary>
    private const int LongestEscape = 12;

    private readonly ArrayBufferWriter<byte> _words = new();
    private readonly byte[] _escape = new byte[LongestEscape];
    private int _head;
    private int _escapeLength;
    private bool _over;
    private bool _other;

    /// <summary>All words so far, the inside of a JSON string.</summary>
    public ReadOnlySpan<byte> Words => _words.WrittenSpan;

    /// <summary>Takes one piece of the arguments.</summary>
    /// <param name="piece">The inside of a JSON string that holds a part of a JSON text.</param>
    /// <returns>The words that it added.</returns>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> piece)
    {
        var before = _words.WrittenCount;
        if (!_over && !_other)
        {
            foreach (var one in System.Text.Encoding.UTF8.GetBytes(JsonText.DecodeAnyway(piece)))
            {
                Take(one);
            }
        }

        return _words.WrittenSpan[before..];
    }

    /// <summary>The arguments are over. Those that were no such object (a careless model's) are the words themselves.</summary>
    /// <param name="arguments">All of them, the inside of a JSON string.</param>
    /// <returns>The words that this added.</returns>
    public ReadOnlySpan<byte> End(ReadOnlySpan<byte> arguments)
    {
        var before = _words.WrittenCount;
        if (before == 0 && !_over)
        {
            _words.Write(Found(JsonText.DecodeAnyway(arguments)) is { } input ? JsonText.Encode(input) : arguments);
        }

        return _words.WrittenSpan[before..];
    }

    private void Take(byte one)
    {
        if (_over || _other)
        {
            return;
        }

        if (_head < Head.Length)
        {
            // White space may stand between the tokens of the head, and only there.
            var between = _head is 0 or 1 or 8 or 9;
            if (one == Head[_head])
            {
                _head++;
            }
            else if (!between || one is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                _other = true;
            }

            return;
        }

        if (_escapeLength > 0 || one == (byte)'\\')
        {
            TakeEscaped(one);
        }
        else if (one == (byte)'"')
        {
            _over = true;
        }
        else
        {
            // A line break as it is would end the event; JSON does not allow it, but models write it.
            _words.Write(one < 0x20 ? JsonText.Encode([one]) : [one]);
        }
    }

    /// <summary>An escape goes on when it is whole; the first half of a pair waits for its second.</summary>
    private void TakeEscaped(byte one)
    {
        _escape[_escapeLength++] = one;
        var escape = _escape.AsSpan(0, _escapeLength);
        switch (_escapeLength)
        {
            case 2 when one != (byte)'u':
            case 6 when !IsHigh(escape):
            case LongestEscape:
                Add(escape);
                break;
            case 7 when one != (byte)'\\':
                Add(escape[..6]);
                Take(one);
                break;
            case 8 when one != (byte)'u':
                Add(escape[..6]);
                Add(escape[6..]);
                break;
        }
    }

    /// <summary>Half a pair, or what is no escape at all, is nothing that a client could read.</summary>
    private void Add(ReadOnlySpan<byte> escape)
    {
        _escapeLength = 0;
        _words.Write(IsText(escape) ? escape : "\\ufffd"u8);
    }

    private static bool IsHigh(ReadOnlySpan<byte> escape) => escape[2] is (byte)'d' or (byte)'D' && escape[3] is (byte)'8' or (byte)'9' or (byte)'a' or (byte)'b' or (byte)'A' or (byte)'B';

    private static bool IsText(ReadOnlySpan<byte> escape) => escape.Length switch
    {
        2 => "\"\\/bfnrt"u8.Contains(escape[1]),
        6 => Unit(escape[2..]) is { } alone && !char.IsSurrogate(alone),
        _ => Unit(escape[2..6]) is { } high && Unit(escape[8..]) is { } low && char.IsSurrogatePair(high, low),
    };

    private static char? Unit(ReadOnlySpan<byte> digits) => Utf8Parser.TryParse(digits, out ushort unit, out var read, 'x') && read == 4 ? (char)unit : null;

    private static string? Found(string arguments)
    {
        try
        {
            var root = JsonElement.Parse(arguments);
            return root.ValueKind is JsonValueKind.Object && root.TryGetProperty("input", out var input)
                ? input.ValueKind is JsonValueKind.String ? input.GetString() : input.GetRawText()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
