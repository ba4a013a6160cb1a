using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>One choice of an upstream answer in OpenAI's dialect: reads its deltas, or its whole message.</summary>
internal sealed class OpenAiChatChoice
{
    private readonly OpenAiChatCalls _calls = new();

    /// <summary>Why the choice stopped, once it said so.</summary>
    public FinishReason? Finish { get; set; }

    public void Read(ReadOnlySpan<byte> delta, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> content = default, calls = default, functionCall = default, refusal = default, reasoning = default, details = default;
        ReadOnlySpan<byte> annotations = default, images = default, audio = default, executed = default;
        var json = new Utf8JsonReader(delta);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (json.TokenType is JsonTokenType.Null)
            {
                continue;
            }

            if (member.SequenceEqual("content"u8))
            {
                content = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("reasoning_content"u8) || (member.SequenceEqual("reasoning"u8) && reasoning.Length == 0))
            {
                // Both names are in use; who sends both sends the same words.
                reasoning = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("tool_calls"u8))
            {
                calls = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("function_call"u8))
            {
                functionCall = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("refusal"u8))
            {
                refusal = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("reasoning_details"u8))
            {
                details = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("annotations"u8))
            {
                annotations = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("images"u8))
            {
                images = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("audio"u8))
            {
                audio = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("executed_tools"u8))
            {
                executed = JsonText.Value(ref json, delta);     // Groq's own search and code
            }
            else
            {
                json.Skip();
            }
        }

        sink.Reasoning(choice, reasoning);
        ReadDetails(details, sink, choice, textToo: reasoning.Length == 0);
        ReadContent(content, sink, choice);
        sink.Refusal(choice, refusal);
        _calls.Read(calls, sink, choice, answerId);
        _calls.ReadLegacy(functionCall, sink, choice, answerId);

        PassEach(annotations, ExtraKinds.UrlCitation, sink, choice);
        PassEach(images, ExtraKinds.Image, sink, choice);
        PassEach(executed, ExtraKinds.ServerTool, sink, choice);
        if (audio.Length > 0)
        {
            sink.Extra(choice, ExtraKinds.Audio, audio);
        }
    }

    /// <summary>Called at the answer's end.</summary>
    public void Complete(IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId) => _calls.Complete(sink, choice, answerId);

    /// <summary>A text, or (Mistral) a list of parts of which those of type thinking are reasoning.</summary>
    private static void ReadContent(ReadOnlySpan<byte> content, IAnswerSink sink, int choice)
    {
        if (content.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(content);
        json.Read();
        if (json.TokenType is JsonTokenType.String)
        {
            sink.Text(choice, JsonText.Inside(ref json));
            return;
        }

        if (json.TokenType is not JsonTokenType.StartArray)
        {
            throw new JsonException("Expected a text or a list of parts.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadPart(JsonText.Value(ref json, content), sink, choice);
        }
    }

    private static void ReadPart(ReadOnlySpan<byte> part, IAnswerSink sink, int choice)
    {
        ReadOnlySpan<byte> type = default, text = default, thinking = default, image = default;
        var json = new Utf8JsonReader(part);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("type"u8))
            {
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("text"u8))
            {
                text = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("thinking"u8))
            {
                thinking = JsonText.Value(ref json, part);
            }
            else if (member.SequenceEqual("image_url"u8))
            {
                image = part;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        if (type.SequenceEqual("thinking"u8))
        {
            ReadThinking(thinking, sink, choice);
        }
        else if (image.Length > 0)
        {
            sink.Extra(choice, ExtraKinds.Image, image);
        }
        else
        {
            sink.Text(choice, text);
        }
    }

    private static void ReadThinking(ReadOnlySpan<byte> thinking, IAnswerSink sink, int choice)
    {
        var json = new Utf8JsonReader(thinking);
        if (thinking.Length == 0 || !json.Read())
        {
            return;
        }

        if (json.TokenType is JsonTokenType.String)
        {
            sink.Reasoning(choice, JsonText.Inside(ref json));
            return;
        }

        while (json.Read())
        {
            if (json.TokenType is JsonTokenType.PropertyName && json.ValueTextEquals("text"u8))
            {
                json.Read();
                sink.Reasoning(choice, JsonText.InsideOrEmpty(ref json));
            }
        }
    }

    /// <summary>OpenRouter's details: signatures and encrypted blocks; their text only where no plain field carries it.</summary>
    private static void ReadDetails(ReadOnlySpan<byte> details, IAnswerSink sink, int choice, bool textToo)
    {
        if (details.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(details);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadOnlySpan<byte> text = default, signature = default, data = default, format = default;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var member = json.ValueSpan;
                json.Read();
                if (member.SequenceEqual("text"u8) || member.SequenceEqual("summary"u8))
                {
                    text = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("signature"u8))
                {
                    signature = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("data"u8))
                {
                    data = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("format"u8))
                {
                    format = JsonText.InsideOrEmpty(ref json);
                }
                else
                {
                    json.Skip();
                }
            }

            if (textToo)
            {
                sink.Reasoning(choice, text);
            }

            if (signature.Length > 0)
            {
                sink.ReasoningSignature(choice, JsonText.Decode(format), signature);
            }

            if (data.Length > 0)
            {
                sink.EncryptedReasoning(choice, JsonText.Decode(format), data);
            }
        }
    }

    private static void PassEach(ReadOnlySpan<byte> list, string kind, IAnswerSink sink, int choice)
    {
        if (list.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(list);
        json.Read();
        while (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndObject && json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            sink.Extra(choice, kind, JsonText.Value(ref json, list));
        }
    }
}
