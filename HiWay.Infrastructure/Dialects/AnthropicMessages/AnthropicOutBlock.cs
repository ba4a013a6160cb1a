using System.Buffers;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

internal enum AnthropicOutKind { Text, Thinking, Redacted, Tool }

/// <summary>A content block of an answer that is being put together.</summary>
internal sealed class AnthropicOutBlock(AnthropicOutKind kind)
{
    public AnthropicOutKind Kind { get; } = kind;

    /// <summary>For a tool: which call of the answer it is.</summary>
    public int Call { get; init; }

    public byte[] Id { get; init; } = [];

    public byte[] Name { get; init; } = [];

    /// <summary>Text, thinking or arguments, each as the inside of a JSON string; the data of encrypted thinking.</summary>
    public ArrayBufferWriter<byte> Inside { get; } = new(64);

    public byte[] Signature { get; set; } = [];

    public List<byte[]> Citations { get; } = [];

    /// <summary>Nothing more belongs to it: thinking that was signed.</summary>
    public bool Closed { get; set; }

    /// <summary>For a tool: how far its arguments have come.</summary>
    public AnthropicInputProgress Progress;
}

/// <summary>
/// Follows the arguments of a tool call while they come, because another block may begin only when the object is whole: blocks follow one
/// another, and some providers stream the arguments of parallel calls in turns.
/// </summary>
internal struct AnthropicInputProgress
{
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>The arguments so far are one whole object.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>They begin with something else than an object, so they must be wrapped in one.</summary>
    public bool IsOdd { get; private set; }

    private bool _begun;

    /// <param name="inside">The next piece, as the inside of the JSON string that holds the arguments.</param>
    public void Take(ReadOnlySpan<byte> inside)
    {
        for (var i = 0; i < inside.Length && !IsOdd; i++)
        {
            var one = inside[i];
            if (one == (byte)'\\' && i + 1 < inside.Length)
            {
                one = Unescape(inside, ref i);
            }

            Step(one);
        }
    }

    private void Step(byte one)
    {
        if (_inString)
        {
            if (_escaped)
            {
                _escaped = false;
            }
            else if (one == (byte)'\\')
            {
                _escaped = true;
            }
            else if (one == (byte)'"')
            {
                _inString = false;
            }

            return;
        }

        if (!_begun)
        {
            _begun = one > (byte)' ';
            IsOdd = _begun && one != (byte)'{';
        }

        switch (one)
        {
            case (byte)'"':
                _inString = true;
                break;
            case (byte)'{' or (byte)'[':
                _depth++;
                break;
            case (byte)'}' or (byte)']':
                _depth--;
                IsWhole = _depth <= 0;
                break;
        }
    }

    /// <summary>The character behind an escape; those outside ASCII mean nothing here.</summary>
    private static byte Unescape(ReadOnlySpan<byte> inside, ref int i)
    {
        i++;
        switch (inside[i])
        {
            case (byte)'n' or (byte)'r' or (byte)'t' or (byte)'b' or (byte)'f':
                return (byte)' ';
            case (byte)'u':
                var code = i + 4 < inside.Length && System.Buffers.Text.Utf8Parser.TryParse(inside.Slice(i + 1, 4), out ushort value, out _, 'x') ? value : (ushort)'?';
                i += 4;
                return code < 128 ? (byte)code : (byte)'?';
            default:
                return inside[i];
        }
    }
}
