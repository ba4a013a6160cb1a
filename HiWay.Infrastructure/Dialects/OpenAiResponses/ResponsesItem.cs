using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

internal enum ResponsesItemKind
{
    Message,
    Reasoning,
    Call,

    /// <summary>A call of a tool that takes words.</summary>
    CustomCall,
    Picture,
}

/// <summary>One item of an answer's <c>output</c> as it grows. Texts are insides of JSON strings.</summary>
internal sealed class ResponsesItem(ResponsesItemKind kind, int index, byte[] id)
{
    public ResponsesItemKind Kind { get; } = kind;

    /// <summary>Its place in <c>output</c>.</summary>
    public int Index { get; } = index;

    public byte[] Id { get; } = id;

    /// <summary>Nothing more is added; its <c>done</c> events are out.</summary>
    public bool Closed { get; set; }

    /// <summary>The answer stopped in the middle of it.</summary>
    public bool Cut { get; set; }

    /// <summary>A message's parts.</summary>
    public List<ResponsesPart> Parts { get; } = [];

    /// <summary>A call's arguments, or reasoning as a summary of one part.</summary>
    public ArrayBufferWriter<byte> Text { get; } = new();

    /// <summary><c>encrypted_content</c>; null without.</summary>
    public byte[]? State { get; set; }

    public byte[] CallId { get; init; } = [];

    public byte[] Name { get; init; } = [];

    /// <summary>The words of a <see cref="ResponsesItemKind.CustomCall"/>, found in its arguments; null for all others.</summary>
    public CustomToolInput? Input { get; init; }

    /// <summary>The whole item as another upstream wrote it; null for those that are written here.</summary>
    public byte[]? Raw { get; init; }

    /// <summary>A made picture's base64.</summary>
    public byte[] Picture { get; init; } = [];

    /// <summary>Writes the item as it stands.</summary>
    /// <param name="begin">As the <c>added</c> event shows it: empty and in progress.</param>
    public void AddTo(ref Utf8Appender to, bool begin)
    {
        if (Raw is { } raw)
        {
            to.Add(raw);
            return;
        }

        to.Add("{\"id\":\""u8);
        to.Add(Id);
        switch (Kind)
        {
            case ResponsesItemKind.Message:
                to.Add("\",\"type\":\"message\",\"status\":\""u8);
                to.Add(Status(begin));
                to.Add("\",\"role\":\"assistant\",\"content\":["u8);
                for (var i = 0; i < Parts.Count && !begin; i++)
                {
                    to.Add(i > 0 ? ","u8 : default);
                    Parts[i].AddTo(ref to, begin: false);
                }

                to.Add("]}"u8);
                break;
            case ResponsesItemKind.Reasoning:
                to.Add("\",\"type\":\"reasoning\",\"summary\":["u8);
                if (!begin && Text.WrittenCount > 0)
                {
                    AddSummary(ref to, Text.WrittenSpan);
                }

                to.Add((byte)']');
                if (!begin && State is { } state)
                {
                    to.Add(",\"encrypted_content\":\""u8);
                    to.Add(state);
                    to.Add((byte)'"');
                }

                to.Add((byte)'}');
                break;
            case ResponsesItemKind.Call:
                to.Add("\",\"type\":\"function_call\",\"status\":\""u8);
                to.Add(Status(begin));
                to.Add("\",\"call_id\":\""u8);
                to.Add(CallId);
                to.Add("\",\"name\":\""u8);
                to.Add(Name);
                to.Add("\",\"arguments\":\""u8);
                to.Add(begin ? default : Text.WrittenSpan);
                to.Add("\"}"u8);
                break;
            case ResponsesItemKind.CustomCall:
                to.Add("\",\"type\":\"custom_tool_call\",\"status\":\""u8);
                to.Add(Status(begin));
                to.Add("\",\"call_id\":\""u8);
                to.Add(CallId);
                to.Add("\",\"name\":\""u8);
                to.Add(Name);
                to.Add("\",\"input\":\""u8);
                to.Add(begin ? default : Input!.Words);
                to.Add("\"}"u8);
                break;
            case ResponsesItemKind.Picture:
                to.Add("\",\"type\":\"image_generation_call\",\"status\":\""u8);
                to.Add(Status(begin));
                to.Add("\",\"result\":"u8);
                to.Add(begin ? "null"u8 : "\""u8);
                to.Add(begin ? default : Picture);
                to.Add(begin ? "}"u8 : "\"}"u8);
                break;
        }
    }

    /// <summary>The one part of a summary.</summary>
    public static void AddSummary(ref Utf8Appender to, scoped ReadOnlySpan<byte> text)
    {
        to.Add("{\"type\":\"summary_text\",\"text\":\""u8);
        to.Add(text);
        to.Add("\"}"u8);
    }

    private ReadOnlySpan<byte> Status(bool begin) => begin ? "in_progress"u8 : Cut ? "incomplete"u8 : "completed"u8;
}

/// <summary>A piece of a message: words, or a refusal.</summary>
internal sealed class ResponsesPart(bool isRefusal)
{
    public bool IsRefusal { get; } = isRefusal;

    public ArrayBufferWriter<byte> Text { get; } = new();

    /// <summary>Annotation objects, compact.</summary>
    public List<byte[]> Annotations { get; } = [];

    /// <summary>The entries of all log-probabilities so far, joined by commas.</summary>
    public ArrayBufferWriter<byte> Logprobs { get; } = new();

    public void AddTo(ref Utf8Appender to, bool begin)
    {
        if (IsRefusal)
        {
            to.Add("{\"type\":\"refusal\",\"refusal\":\""u8);
            to.Add(begin ? default : Text.WrittenSpan);
            to.Add("\"}"u8);
            return;
        }

        to.Add("{\"type\":\"output_text\",\"annotations\":["u8);
        for (var i = 0; i < Annotations.Count && !begin; i++)
        {
            to.Add(i > 0 ? ","u8 : default);
            to.Add(Annotations[i]);
        }

        to.Add("],\"logprobs\":["u8);
        to.Add(begin ? default : Logprobs.WrittenSpan);
        to.Add("],\"text\":\""u8);
        to.Add(begin ? default : Text.WrittenSpan);
        to.Add("\"}"u8);
    }
}
