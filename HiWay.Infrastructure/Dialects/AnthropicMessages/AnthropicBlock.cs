using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>The members of a content block or of a delta, as spans of it; those that it does not have are empty.</summary>
internal readonly ref struct AnthropicBlock
{
    public ReadOnlySpan<byte> Type { get; private init; }

    public ReadOnlySpan<byte> Text { get; private init; }

    public ReadOnlySpan<byte> Thinking { get; private init; }

    public ReadOnlySpan<byte> Signature { get; private init; }

    public ReadOnlySpan<byte> Data { get; private init; }

    public ReadOnlySpan<byte> Id { get; private init; }

    public ReadOnlySpan<byte> Name { get; private init; }

    public ReadOnlySpan<byte> PartialJson { get; private init; }

    /// <summary>A whole JSON value, as are the next two.</summary>
    public ReadOnlySpan<byte> Input { get; private init; }

    public ReadOnlySpan<byte> Citations { get; private init; }

    public ReadOnlySpan<byte> Citation { get; private init; }

    /// <exception cref="JsonException">It is no object, or a text is none.</exception>
    public static AnthropicBlock Read(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> type = default, text = default, thinking = default, signature = default, data = default, id = default, name = default;
        ReadOnlySpan<byte> partialJson = default, input = default, citations = default, citation = default;
        var json = new Utf8JsonReader(block);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an object.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            // ValueSpan is enough here: the API does not escape its own member names.
            var member = json.ValueSpan;
            json.Read();
            switch (member.Length)
            {
                case 4 when member.SequenceEqual("type"u8):
                    type = JsonText.InsideOrEmpty(ref json);
                    break;
                case 4 when member.SequenceEqual("text"u8):
                    text = JsonText.InsideOrEmpty(ref json);
                    break;
                case 4 when member.SequenceEqual("data"u8):
                    data = JsonText.InsideOrEmpty(ref json);
                    break;
                case 4 when member.SequenceEqual("name"u8):
                    name = JsonText.InsideOrEmpty(ref json);
                    break;
                case 2 when member.SequenceEqual("id"u8):
                    id = JsonText.InsideOrEmpty(ref json);
                    break;
                case 8 when member.SequenceEqual("thinking"u8):
                    thinking = JsonText.InsideOrEmpty(ref json);
                    break;
                case 9 when member.SequenceEqual("signature"u8):
                    signature = JsonText.InsideOrEmpty(ref json);
                    break;
                case 12 when member.SequenceEqual("partial_json"u8):
                    partialJson = JsonText.InsideOrEmpty(ref json);
                    break;
                case 5 when member.SequenceEqual("input"u8):
                    input = JsonText.Value(ref json, block);
                    break;
                case 9 when member.SequenceEqual("citations"u8):
                    citations = JsonText.Value(ref json, block);
                    break;
                case 8 when member.SequenceEqual("citation"u8):
                    citation = JsonText.Value(ref json, block);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return new()
        {
            Type = type,
            Text = text,
            Thinking = thinking,
            Signature = signature,
            Data = data,
            Id = id,
            Name = name,
            PartialJson = partialJson,
            Input = input,
            Citations = citations,
            Citation = citation,
        };
    }
}
