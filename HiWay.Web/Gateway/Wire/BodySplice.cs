using System.Buffers;

namespace HiWay.Web.Gateway.Wire;

/// <summary>
/// The body for an upstream that speaks the client's own dialect: the client's bytes with the model replaced, HiWay's own members
/// cut out and usage asked for. Everything else, unknown members included, goes through as it came.
/// </summary>
internal static class BodySplice
{
    /// <summary>Writes the spliced body.</summary>
    /// <param name="upstreamModel">The model id that the provider knows.</param>
    /// <param name="askForUsage">Adds `stream_options.include_usage`; for streams to providers that take it.</param>
    public static void Write(ChatBody body, string upstreamModel, bool askForUsage, IBufferWriter<byte> to)
    {
        var bytes = body.Bytes.Span;
        var separator = "{"u8;
        foreach (var member in body.Members)
        {
            if (body.OwnMembers.Contains(member) || (askForUsage && member == body.StreamOptionsMember))
            {
                continue;
            }

            to.Write(separator);
            separator = ","u8;
            if (member == body.ModelMember)
            {
                to.Write(bytes[member.NameStart..member.ValueStart]);
                WriteString(upstreamModel, to);
            }
            else
            {
                to.Write(bytes[member.NameStart..member.End]);
            }
        }

        if (askForUsage)
        {
            to.Write(",\"stream_options\":"u8);
            WriteStreamOptions(body, bytes, to);
        }

        to.Write("}"u8);
    }

    private static void WriteStreamOptions(ChatBody body, ReadOnlySpan<byte> bytes, IBufferWriter<byte> to)
    {
        // What else the client set (include_obfuscation) is kept; include_usage is HiWay's to set.
        to.Write("{"u8);
        if (body.StreamOptionsMember is { } member && bytes[member.ValueStart] == (byte)'{')
        {
            var json = new System.Text.Json.Utf8JsonReader(bytes[member.ValueStart..member.End]);
            json.Read();
            while (json.Read() && json.TokenType == System.Text.Json.JsonTokenType.PropertyName)
            {
                var isUsage = json.ValueTextEquals("include_usage"u8);
                var start = (int)json.TokenStartIndex;
                json.Read();
                json.Skip();
                if (!isUsage)
                {
                    to.Write(bytes.Slice(member.ValueStart + start, (int)json.BytesConsumed - start));
                    to.Write(","u8);
                }
            }
        }

        to.Write("\"include_usage\":true}"u8);
    }

    internal static void WriteString(string text, IBufferWriter<byte> to)
    {
        var encoded = System.Text.Json.JsonEncodedText.Encode(text);
        to.Write("\""u8);
        to.Write(encoded.EncodedUtf8Bytes);
        to.Write("\""u8);
    }
}
