using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>The members of one event that any of them needs.</summary>
internal readonly ref struct ResponsesEvent
{
    public ReadOnlySpan<byte> Type { get; private init; }

    /// <summary>The inside of a string.</summary>
    public ReadOnlySpan<byte> Delta { get; private init; }

    public ReadOnlySpan<byte> Item { get; private init; }

    public ReadOnlySpan<byte> Response { get; private init; }

    public ReadOnlySpan<byte> Annotation { get; private init; }

    public ReadOnlySpan<byte> Logprobs { get; private init; }

    public int OutputIndex { get; private init; }

    /// <summary><c>summary_index</c> or <c>content_index</c>.</summary>
    public int PartIndex { get; private init; }

    public static ResponsesEvent Read(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> type = default, delta = default, item = default, response = default, annotation = default, logprobs = default;
        var output = 0;
        var part = 0;
        var json = new Utf8JsonReader(data);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an event object.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("type"u8))
            {
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("delta"u8))
            {
                delta = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("output_index"u8))
            {
                output = Number(ref json);
            }
            else if (member.SequenceEqual("summary_index"u8) || member.SequenceEqual("content_index"u8))
            {
                part = Number(ref json);
            }
            else if (member.SequenceEqual("item"u8))
            {
                item = JsonText.Value(ref json, data);
            }
            else if (member.SequenceEqual("response"u8))
            {
                response = json.TokenType is JsonTokenType.StartObject ? JsonText.Value(ref json, data) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("annotation"u8))
            {
                annotation = json.TokenType is JsonTokenType.StartObject ? JsonText.Value(ref json, data) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("logprobs"u8))
            {
                logprobs = json.TokenType is JsonTokenType.StartArray ? JsonText.Value(ref json, data) : default;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        return new()
        {
            Type = type, Delta = delta, Item = item, Response = response, Annotation = annotation, Logprobs = logprobs, OutputIndex = output, PartIndex = part,
        };
    }

    private static int Number(scoped ref Utf8JsonReader json)
    {
        var number = json.TokenType is JsonTokenType.Number && json.TryGetInt32(out var value) ? value : 0;
        json.Skip();
        return number;
    }
}
