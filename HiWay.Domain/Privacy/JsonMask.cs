using System.Buffers;
using System.Text.Json;

namespace HiWay.Domain.Privacy;

/// <summary>
/// Masks every text in a JSON document: prompts, tool results, tool arguments, whatever the dialect calls them. Names, ids, roles and
/// pictures are left alone. Bytes that need no masking are copied as they are.
/// </summary>
public static class JsonMask
{
    // What tells machines how to read a body; nothing that a person wrote stands there.
    private static readonly string[] s_structural =
    [
        "role", "type", "id", "tool_call_id", "tool_use_id", "call_id", "item_id", "previous_response_id", "name", "model", "format", "detail", "media_type", "mime_type", "signature", "encrypted_content",
        "data", "file_data", "image_url", "file_id", "object", "status", "encoding_format", "tool_choice", "service_tier", "$ref", "hiway", "cache",
    ];

    /// <summary>Writes the masked document.</summary>
    /// <param name="values">Created with the first value that is masked.</param>
    /// <returns>False when nothing was masked; then nothing was written.</returns>
    /// <exception cref="PatternTooSlowException">A custom pattern took longer than its time: the document is not known to be clean.</exception>
    public static bool Write(ReadOnlySpan<byte> json, PiiScanner scanner, ref MaskedValues? values, IBufferWriter<byte> to)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        var written = 0;
        var any = false;
        var skip = false;
        byte[]? rented = null;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    skip = IsStructural(ref reader);
                    continue;
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    // image_url: {...} and hiway: {...} are structure with all that is in them.
                    if (skip && reader.TokenType == JsonTokenType.StartObject)
                    {
                        reader.Skip();
                    }

                    skip = false;
                    continue;
                }

                if (reader.TokenType != JsonTokenType.String || skip)
                {
                    skip = false;
                    continue;
                }

                var start = (int)reader.TokenStartIndex + 1;
                var raw = reader.ValueSpan;
                List<PiiFinding>? found = null;
                if (!reader.ValueIsEscaped)
                {
                    scanner.Scan(raw, ref found);
                    foreach (var finding in found ?? [])
                    {
                        Replace(json, ref written, start + finding.Start, start + finding.End, finding, raw.Slice(finding.Start, finding.Length), ref values, to);
                    }
                }
                else
                {
                    rented = Rent(rented, raw.Length);
                    var length = reader.CopyString(rented);
                    scanner.Scan(rented.AsSpan(0, length), ref found);
                    var (rawAt, plainAt) = (0, 0);
                    foreach (var finding in found ?? [])
                    {
                        var from = Advance(raw, ref rawAt, ref plainAt, finding.Start);
                        var until = Advance(raw, ref rawAt, ref plainAt, finding.End);
                        Replace(json, ref written, start + from, start + until, finding, rented.AsSpan(finding.Start, finding.Length), ref values, to);
                    }
                }

                any |= found is not null;
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented, clearArray: true);
            }
        }

        if (any)
        {
            to.Write(json[written..]);
        }

        return any;
    }

    private static bool IsStructural(ref Utf8JsonReader reader)
    {
        foreach (var name in s_structural)
        {
            if (reader.ValueTextEquals(name))
            {
                return true;
            }
        }

        return false;
    }

    private static void Replace(ReadOnlySpan<byte> json, ref int written, int from, int until, in PiiFinding finding, ReadOnlySpan<byte> value, ref MaskedValues? values, IBufferWriter<byte> to)
    {
        to.Write(json[written..from]);
        to.Write((values ??= new MaskedValues(json)).PlaceholderOf(finding, value));
        written = until;
    }

    /// <summary>Where a place in the plain text lies in the escaped one; goes on from the last place.</summary>
    private static int Advance(ReadOnlySpan<byte> raw, ref int rawAt, ref int plainAt, int wanted)
    {
        while (plainAt < wanted && rawAt < raw.Length)
        {
            if (raw[rawAt] != (byte)'\\')
            {
                rawAt++;
                plainAt++;
            }
            else if (raw[rawAt + 1] != (byte)'u')
            {
                rawAt += 2;
                plainAt++;
            }
            else
            {
                var code = Hex(raw.Slice(rawAt + 2, 4));
                var pair = code is >= 0xD800 and <= 0xDBFF && rawAt + 12 <= raw.Length && raw[rawAt + 6] == (byte)'\\' && raw[rawAt + 7] == (byte)'u';
                rawAt += pair ? 12 : 6;
                plainAt += pair ? 4 : code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
            }
        }

        return rawAt;
    }

    private static int Hex(ReadOnlySpan<byte> four) =>
        System.Buffers.Text.Utf8Parser.TryParse(four, out int code, out var used, 'X') && used == 4 ? code : 0;

    private static byte[] Rent(byte[]? rented, int length)
    {
        if (rented is not null && rented.Length >= length)
        {
            return rented;
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }

        return ArrayPool<byte>.Shared.Rent(length);
    }
}
