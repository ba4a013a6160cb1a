using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>The members of one item of an upstream's <c>output</c>. Texts are insides of JSON strings, the lists whole values.</summary>
internal readonly ref struct ResponsesOutputItem
{
    public ReadOnlySpan<byte> Type { get; private init; }

    public ReadOnlySpan<byte> CallId { get; private init; }

    public ReadOnlySpan<byte> Id { get; private init; }

    public ReadOnlySpan<byte> Name { get; private init; }

    public ReadOnlySpan<byte> Arguments { get; private init; }

    public ReadOnlySpan<byte> EncryptedContent { get; private init; }

    /// <summary>A made picture's base64.</summary>
    public ReadOnlySpan<byte> Result { get; private init; }

    /// <summary>A message's parts, or the text of reasoning; empty where there is no list.</summary>
    public ReadOnlySpan<byte> Content { get; private init; }

    public ReadOnlySpan<byte> Summary { get; private init; }

    public static ResponsesOutputItem Read(ReadOnlySpan<byte> item)
    {
        ReadOnlySpan<byte> type = default, callId = default, id = default, name = default, arguments = default, encrypted = default, result = default;
        ReadOnlySpan<byte> content = default, summary = default;
        var json = new Utf8JsonReader(item);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an output item.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("type"u8))
            {
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("call_id"u8))
            {
                callId = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("id"u8))
            {
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("name"u8))
            {
                name = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("arguments"u8))
            {
                arguments = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("encrypted_content"u8))
            {
                encrypted = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("result"u8))
            {
                result = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("content"u8))
            {
                content = json.TokenType is JsonTokenType.StartArray ? JsonText.Value(ref json, item) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("summary"u8))
            {
                summary = json.TokenType is JsonTokenType.StartArray ? JsonText.Value(ref json, item) : default;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        return new()
        {
            Type = type,
            CallId = callId.Length > 0 ? callId : id,
            Id = id,
            Name = name,
            Arguments = arguments,
            EncryptedContent = encrypted,
            Result = result,
            Content = content,
            Summary = summary,
        };
    }

    /// <summary>Hands on the text of reasoning: the summary's parts with a blank line between, or where there is none the reasoning itself.</summary>
    /// <returns>False when there is no text.</returns>
    public bool PassReasoning(IAnswerSink sink)
    {
        var any = PassTexts(Summary, sink);
        return any || PassTexts(Content, sink);
    }

    /// <summary>Ends reasoning with the state that brings it back on the next turn.</summary>
    /// <param name="hasText">Text of it was passed on before.</param>
    public void PassState(IAnswerSink sink, bool hasText)
    {
        if (EncryptedContent.Length == 0)
        {
            return;
        }

        if (hasText)
        {
            sink.ReasoningSignature(0, SignatureFormats.OpenAiResponses, EncryptedContent);
        }
        else
        {
            sink.EncryptedReasoning(0, SignatureFormats.OpenAiResponses, EncryptedContent);
        }
    }

    /// <summary>Hands on a message: its words, refusals, sources and log-probabilities.</summary>
    /// <remarks>Each flag is false for what has been passed on already.</remarks>
    public void PassMessage(IAnswerSink sink, bool texts, bool annotated, bool logprobs)
    {
        if (Content.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(Content);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadOnlySpan<byte> text = default, refusal = default, annotations = default, entries = default;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var member = json.ValueSpan;
                json.Read();
                if (member.SequenceEqual("text"u8))
                {
                    text = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("refusal"u8))
                {
                    refusal = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("annotations"u8))
                {
                    annotations = JsonText.Value(ref json, Content);
                }
                else if (member.SequenceEqual("logprobs"u8))
                {
                    entries = JsonText.Value(ref json, Content);
                }
                else
                {
                    json.Skip();
                }
            }

            if (texts)
            {
                sink.Text(0, text);
                sink.Refusal(0, refusal);
            }

            if (logprobs)
            {
                PassLogprobs(entries, sink);
            }

            if (annotated)
            {
                PassAnnotations(annotations, sink);
            }
        }
    }

    public static void PassLogprobs(ReadOnlySpan<byte> entries, IAnswerSink sink)
    {
        // Empty lists stand beside every text that asked for none.
        var json = new Utf8JsonReader(entries);
        if (entries.Length > 2 && json.Read() && json.TokenType is JsonTokenType.StartArray && json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            sink.Extra(0, ExtraKinds.Logprobs, [.. "{\"content\":"u8, .. entries, .. ",\"refusal\":null}"u8]);
        }
    }

    /// <summary>Hands on one annotation: a web address in the neutral form, anything else as it is.</summary>
    public static void PassAnnotation(ReadOnlySpan<byte> annotation, IAnswerSink sink)
    {
        ReadOnlySpan<byte> type = default, url = default, title = default;
        long start = 0, end = 0;
        var json = new Utf8JsonReader(annotation);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("type"u8))
            {
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("url"u8))
            {
                url = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("title"u8))
            {
                title = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("start_index"u8))
            {
                start = json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var from) ? from : 0;
                json.Skip();
            }
            else if (member.SequenceEqual("end_index"u8))
            {
                end = json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var to) ? to : 0;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        if (type.SequenceEqual("url_citation"u8) && url.Length > 0)
        {
            UrlCitations.Pass(sink, 0, url, title, default, start, end);
        }
        else
        {
            sink.Extra(0, ExtraKinds.Citation, annotation);
        }
    }

    /// <summary>A made picture in the neutral form. Not every server says its kind, so the first bytes do.</summary>
    public void PassPicture(IAnswerSink sink)
    {
        if (Result.Length > 0)
        {
            sink.Extra(0, ExtraKinds.Image, Pictures.FromBase64(Result));
        }
    }

    /// <summary>Anything that is no message, reasoning, call or picture.</summary>
    public void PassOther(IAnswerSink sink, ReadOnlySpan<byte> item) =>
        sink.Extra(0, Type.SequenceEqual("custom_tool_call"u8) ? ExtraKinds.CustomToolCall : ExtraKinds.ServerTool, item);

    private static void PassAnnotations(ReadOnlySpan<byte> annotations, IAnswerSink sink)
    {
        if (annotations.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(annotations);
        json.Read();
        while (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndObject && json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            PassAnnotation(JsonText.Value(ref json, annotations), sink);
        }
    }

    private static bool PassTexts(ReadOnlySpan<byte> list, IAnswerSink sink)
    {
        if (list.Length == 0)
        {
            return false;
        }

        var any = false;
        var json = new Utf8JsonReader(list);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var isText = json.ValueTextEquals("text"u8);
                json.Read();
                var text = isText ? JsonText.InsideOrEmpty(ref json) : default;
                json.Skip();
                if (text.Length > 0)
                {
                    sink.Reasoning(0, any ? "\\n\\n"u8 : default);
                    sink.Reasoning(0, text);
                    any = true;
                }
            }
        }

        return any;
    }
}
