using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>What the buffered and the streamed reader share: the meaning of blocks, stop reasons, citations.</summary>
internal static class AnthropicBlocks
{
    public enum Kind
    {
        Text,
        Thinking,
        Tool,

        /// <summary>The tool that stands for structured output; its input is the answer's text.</summary>
        JsonAnswer,

        /// <summary>A tool that the provider runs itself, its result, or a kind that is not known: for the sink's extras only.</summary>
        Other,
    }

    public static Kind KindOf(ReadOnlySpan<byte> type, ReadOnlySpan<byte> name) =>
        type.SequenceEqual("text"u8) ? Kind.Text
        : type.SequenceEqual("thinking"u8) ? Kind.Thinking
        : type.SequenceEqual("tool_use"u8) ? name.SequenceEqual("hiway_json_answer"u8) ? Kind.JsonAnswer : Kind.Tool
        : Kind.Other;

    /// <summary>The reason to stop; words that are not known mean a normal end.</summary>
    public static FinishReason Finish(ReadOnlySpan<byte> stopReason) =>
        stopReason.SequenceEqual("max_tokens"u8) || stopReason.SequenceEqual("model_context_window_exceeded"u8) ? FinishReason.Length
        : stopReason.SequenceEqual("tool_use"u8) ? FinishReason.ToolCalls
        : stopReason.SequenceEqual("refusal"u8) ? FinishReason.Refusal
        : FinishReason.Stop;

    /// <summary>Whole arguments, as the inside of the string that other dialects carry them in.</summary>
    public static void PassInput(IAnswerSink sink, int call, ReadOnlySpan<byte> inputObject)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(64, inputObject.Length * 2));
        var to = new Utf8Appender(buffer, inputObject.Length * 2);
        to.AddCompactEscaped(inputObject);
        to.Done();
        sink.ToolCallArguments(0, call, buffer.WrittenSpan);
    }

    /// <summary>As <see cref="PassInput"/>, for input that is the answer's text.</summary>
    public static void PassAnswer(IAnswerSink sink, ReadOnlySpan<byte> inputObject)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(64, inputObject.Length * 2));
        var to = new Utf8Appender(buffer, inputObject.Length * 2);
        to.AddCompactEscaped(inputObject);
        to.Done();
        sink.Text(0, buffer.WrittenSpan);
    }

    /// <summary>Hands on one citation: a web address in OpenAI's form, anything else as it is.</summary>
    public static void PassCitation(IAnswerSink sink, ReadOnlySpan<byte> citation)
    {
        ReadOnlySpan<byte> type = default, url = default, title = default, cited = default;
        var json = new Utf8JsonReader(citation);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("url"u8))
            {
                json.Read();
                url = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("title"u8))
            {
                json.Read();
                title = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("cited_text"u8))
            {
                json.Read();
                cited = JsonText.InsideOrEmpty(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (url.Length == 0)
        {
            sink.Extra(0, ExtraKinds.Citation, citation);
            return;
        }

        UrlCitations.Pass(sink, 0, url, title, cited, 0, 0);
    }
}
