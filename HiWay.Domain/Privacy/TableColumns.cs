namespace HiWay.Domain.Privacy;

/// <summary>
/// Columns of a table in a text (comma, semicolon, tab or bar between fields), whose first line names them: <c>name,phone</c>. Goes through the
/// text once, forwards, and only as far as it is asked.
/// </summary>
internal ref struct TableColumns(ReadOnlySpan<byte> text)
{
    private const int LongestHeader = 4 * 1024;

    private readonly ReadOnlySpan<byte> _text = text;
    private ReadOnlySpan<byte> _header;
    private int _row;
    private int _seen;
    private int _column;
    private bool _quoted;
    private byte _separator;

    /// <summary>What the table calls the column whose whole field lies at a place; empty where none does.</summary>
    /// <param name="start">Not before that of the last question.</param>
    internal ReadOnlySpan<byte> HeaderOf(int start, int end)
    {
        var (left, right) = (Skip(start - 1, -1, (byte)' '), Skip(end, 1, (byte)' '));
        if (Bytes.At(_text, left) == (byte)'"' && Bytes.At(_text, right) == (byte)'"')
        {
            (left, right) = (left - 1, right + 1);
        }

        if (!IsEdge(Bytes.At(_text, left)) || (right < _text.Length && !IsEdge(_text[right]) && _text[right] != (byte)'\r'))
        {
            return default;
        }

        MoveTo(start);
        return _separator != 0 && (left < _row || _text[left] == _separator) ? Field(_column) : default;
    }

    private readonly int Skip(int at, int step, byte blank)
    {
        while (Bytes.At(_text, at) == blank)
        {
            at += step;
        }

        return at;
    }

    private static bool IsEdge(byte b) => b is (byte)',' or (byte)';' or (byte)'\t' or (byte)'|' or (byte)'\n';

    private void MoveTo(int to)
    {
        for (; _seen < to; _seen++)
        {
            var b = _text[_seen];
            if (b == (byte)'\n')
            {
                EndLine(_text[_row.._seen].TrimEnd(" \r"u8));
                (_row, _column, _quoted) = (_seen + 1, 0, false);
            }
            else if (b == (byte)'"')
            {
                _quoted = !_quoted;
            }
            else if (b == _separator && !_quoted)
            {
                _column++;
            }
        }
    }

    /// <summary>A table ends with an empty line; what stands before its header in a line of its own, such as a sentence, has no fields.</summary>
    private void EndLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            _separator = 0;
        }
        else if (_separator == 0 && line.Length <= LongestHeader && line.IndexOfAny(",;\t|"u8) is var first and >= 0)
        {
            _separator = line[first];
            _header = line;
        }
    }

    private readonly ReadOnlySpan<byte> Field(int column)
    {
        var rest = _header;
        for (; column > 0; column--)
        {
            var next = rest.IndexOf(_separator);
            if (next < 0)
            {
                return default;
            }

            rest = rest[(next + 1)..];
        }

        return rest.IndexOf(_separator) is var end and >= 0 ? rest[..end] : rest;
    }
}
