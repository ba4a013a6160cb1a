using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Moves JSON from one dialect to another without decoding it: the insides of strings and whole values, as bytes.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> NeedsEscape = SearchValues.Create("\"\\"u8);

    /// <summary>
    /// True when every string of a JSON text can be decoded: UTF-8 is sound and escaped surrogates come in pairs, so that whoever reads its
    /// members later needs no guard. Text that is no JSON passes; its parser says so better.
    /// </summary>
    public static bool IsText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0)
        {
            return true;    // no surrogates at all, as nearly always
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1024 });
        try
        {
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, ValueIsEscaped: true })
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        catch (JsonException)
        {
            return true;
        }

        return true;
    }

    /// <summary>
    /// For answers, which are passed on undecoded: bytes that are no UTF-8 must not reach a client. Half a surrogate pair may, because some
    /// upstreams escape the two halves in two chunks and the client puts them together.
    /// </summary>
    /// <exception cref="JsonException">The bytes are no UTF-8.</exception>
    public static void MustBeUtf8(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("The upstream's JSON is not valid UTF-8.");
        }
    }

    /// <summary>What decoding half a surrogate pair throws, as the readers promise it.</summary>
    public static JsonException NoText(InvalidOperationException e) => new("A name or word of the upstream's JSON is no text.", e);

    /// <summary>The inside of the string that the reader stands on, still escaped.</summary>
    /// <exception cref="JsonException">It is no string.</exception>
    public static ReadOnlySpan<byte> Inside(scoped ref Utf8JsonReader json) => json.TokenType is JsonTokenType.String
        ? json.ValueSpan
        : throw new JsonException($"Expected a string, found {json.TokenType}.");

    /// <summary>The inside of a string, or nothing for <c>null</c> and values that are no strings.</summary>
    public static ReadOnlySpan<byte> InsideOrEmpty(scoped ref Utf8JsonReader json)
    {
        if (json.TokenType is JsonTokenType.String)
        {
            return Inside(ref json);
        }

        json.Skip();
        return default;
    }

    /// <summary>The bytes of the value that the reader stands on; leaves the reader on the value's last token.</summary>
    /// <param name="document">What the reader was made over.</param>
    public static ReadOnlySpan<byte> Value(scoped ref Utf8JsonReader json, ReadOnlySpan<byte> document)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return document[start..(int)json.BytesConsumed];
    }

    /// <summary>Copies a JSON value without the white space between its tokens, so that it fits one line of an event stream.</summary>
    public static void AddCompact(ref this Utf8Appender to, scoped ReadOnlySpan<byte> value) => Copy(ref to, value, escape: false);

    /// <summary>As <see cref="AddCompact"/>, escaped for the inside of a string: how OpenAI's dialect carries tool arguments.</summary>
    public static void AddCompactEscaped(ref this Utf8Appender to, scoped ReadOnlySpan<byte> value) => Copy(ref to, value, escape: true);

    /// <summary>Adds text as a whole JSON string.</summary>
    public static void AddString(ref this Utf8Appender to, string text)
    {
        to.Add((byte)'"');
        to.Add(Encode(text));
        to.Add((byte)'"');
    }

    /// <summary>Text as the inside of a JSON string.</summary>
    public static ReadOnlySpan<byte> Encode(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;

    /// <summary>Text as the inside of a JSON string, from UTF-8 that was not JSON before.</summary>
    public static ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> utf8) =>
        JsonEncodedText.Encode(utf8, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;

    /// <summary>The text that the inside of a JSON string stands for.</summary>
    /// <exception cref="JsonException">It holds no valid text (half a surrogate pair).</exception>
    public static string Decode(ReadOnlySpan<byte> inside)
    {
        if (inside.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(inside);
        }

        var rented = ArrayPool<byte>.Shared.Rent(inside.Length + 2);
        try
        {
            rented[0] = (byte)'"';
            inside.CopyTo(rented.AsSpan(1));
            rented[inside.Length + 1] = (byte)'"';
            var reader = new Utf8JsonReader(rented.AsSpan(0, inside.Length + 2));
            reader.Read();
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string holds no valid text.", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>As <see cref="Decode"/>, for text that must be shown whatever it holds: half a surrogate pair becomes the replacement character.</summary>
    public static string DecodeAnyway(ReadOnlySpan<byte> inside)
    {
        try
        {
            return Decode(inside);
        }
        catch (JsonException)
        {
            return Decode(WithoutHalfPairs(inside));
        }
    }

    private static byte[] WithoutHalfPairs(ReadOnlySpan<byte> inside)
    {
        var whole = inside.ToArray();
        var high = -1;
        for (var i = 0; i < whole.Length; i++)
        {
            if (whole[i] != (byte)'\\' || i + 1 >= whole.Length)
            {
                Replace(whole, ref high);
                continue;
            }

            var code = whole[i + 1] == (byte)'u' && i + 5 < whole.Length
                && System.Buffers.Text.Utf8Parser.TryParse(whole.AsSpan(i + 2, 4), out ushort unit, out var read, 'x') && read == 4 ? unit : (ushort)0;
            if (char.IsLowSurrogate((char)code) && high >= 0)
            {
                high = -1;
            }
            else
            {
                Replace(whole, ref high);
                high = char.IsSurrogate((char)code) ? i : -1;
                if (char.IsLowSurrogate((char)code))
                {
                    Replace(whole, ref high);
                }
            }

            i += whole[i + 1] == (byte)'u' ? 5 : 1;
        }

        Replace(whole, ref high);
        return whole;

        static void Replace(byte[] text, ref int at)
        {
            if (at >= 0)
            {
                "fffd"u8.CopyTo(text.AsSpan(at + 2));
                at = -1;
            }
        }
    }

    private static void Copy(ref Utf8Appender to, scoped ReadOnlySpan<byte> value, bool escape)
    {
        var at = 0;
        while (at < value.Length)
        {
            var one = value[at];
            if (one != (byte)'"')
            {
                if (one is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
                {
                    to.Add(one);
                }

                at++;
                continue;
            }

            var end = EndOfString(value, at + 1);
            var inside = value[(at + 1)..end];
            to.Add(escape ? "\\\""u8 : "\""u8);
            if (escape)
            {
                AddEscaped(ref to, inside);
            }
            else
            {
                to.Add(inside);
            }

            to.Add(escape ? "\\\""u8 : "\""u8);
            at = end + 1;
        }
    }

    /// <summary>JSON has no raw control characters inside strings, so only the two that JSON text itself uses need care.</summary>
    private static void AddEscaped(ref Utf8Appender to, scoped ReadOnlySpan<byte> inside)
    {
        while (inside.IndexOfAny(NeedsEscape) is var found and >= 0)
        {
            to.Add(inside[..found]);
            to.Add((byte)'\\');
            to.Add(inside[found]);
            inside = inside[(found + 1)..];
        }

        to.Add(inside);
    }

    private static int EndOfString(ReadOnlySpan<byte> value, int at)
    {
        while (true)
        {
            var found = value[at..].IndexOfAny(NeedsEscape);
            if (found < 0)
            {
                throw new JsonException("A string does not end.");
            }

            at += found;
            if (value[at] == (byte)'"')
            {
                return at;
            }

            at += 2;
            if (at > value.Length)
            {
                throw new JsonException("A string does not end.");
            }
        }
    }
}
