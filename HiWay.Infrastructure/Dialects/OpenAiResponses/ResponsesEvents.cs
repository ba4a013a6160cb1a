using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Puts the events of a stream on the wire, numbered from 0, each named in its <c>event:</c> line and in its <c>type</c>.</summary>
/// <param name="first">The number of the first event.</param>
internal sealed class ResponsesEvents(IBufferWriter<byte> output, long first = 0)
{
    /// <summary>Room for everything in an event but ids and the piece itself.</summary>
    private const int Framing = 384;

    private long _next = first;

    /// <summary>Numbers on from here.</summary>
    public void SkipTo(long next) => _next = next;

    /// <summary>An event about the whole answer.</summary>
    /// <param name="response">The response object.</param>
    public void Response(ReadOnlySpan<byte> type, ReadOnlySpan<byte> response)
    {
        var to = Begin(type, response.Length);
        to.Add(",\"response\":"u8);
        to.Add(response);
        End(ref to);
    }

    /// <summary><c>response.output_item.added</c> or <c>.done</c>.</summary>
    public void Item(ResponsesItem item, bool begin)
    {
        var to = Begin(begin ? "response.output_item.added"u8 : "response.output_item.done"u8, begin ? 0 : 4096);
        to.Add(",\"output_index\":"u8);
        to.Add(item.Index);
        to.Add(",\"item\":"u8);
        item.AddTo(ref to, begin);
        End(ref to);
    }

    /// <summary><c>response.content_part.added</c> or <c>.done</c>, for the last part.</summary>
    public void Part(ResponsesItem item, bool begin)
    {
        var to = BeginAt(begin ? "response.content_part.added"u8 : "response.content_part.done"u8, item, "content_index"u8, item.Parts.Count - 1, 0);
        to.Add(",\"part\":"u8);
        item.Parts[^1].AddTo(ref to, begin);
        End(ref to);
    }

    /// <summary>A piece of a message's last part.</summary>
    /// <param name="logprobs">Entries joined by commas; empty for none.</param>
    public void PartDelta(ResponsesItem item, ReadOnlySpan<byte> delta, ReadOnlySpan<byte> logprobs)
    {
        var refusal = item.Parts[^1].IsRefusal;
        var to = BeginAt(
            refusal ? "response.refusal.delta"u8 : "response.output_text.delta"u8, item, "content_index"u8, item.Parts.Count - 1, delta.Length + logprobs.Length);
        AddText(ref to, ",\"delta\":\""u8, delta);
        AddLogprobs(ref to, refusal, logprobs);
        End(ref to);
    }

    /// <summary>The whole of a message's last part.</summary>
    public void PartText(ResponsesItem item)
    {
        var part = item.Parts[^1];
        var to = BeginAt(
            part.IsRefusal ? "response.refusal.done"u8 : "response.output_text.done"u8, item, "content_index"u8, item.Parts.Count - 1, part.Text.WrittenCount);
        AddText(ref to, part.IsRefusal ? ",\"refusal\":\""u8 : ",\"text\":\""u8, part.Text.WrittenSpan);
        AddLogprobs(ref to, part.IsRefusal, part.Logprobs.WrittenSpan);
        End(ref to);
    }

    /// <summary>The last annotation of a message's last part.</summary>
    public void Annotation(ResponsesItem item)
    {
        var annotations = item.Parts[^1].Annotations;
        var to = BeginAt("response.output_text.annotation.added"u8, item, "content_index"u8, item.Parts.Count - 1, annotations[^1].Length);
        to.Add(",\"annotation_index\":"u8);
        to.Add(annotations.Count - 1);
        to.Add(",\"annotation\":"u8);
        to.Add(annotations[^1]);
        End(ref to);
    }

    /// <summary><c>response.reasoning_summary_part.added</c> or <c>.done</c>.</summary>
    public void SummaryPart(ResponsesItem item, bool begin)
    {
        var to = BeginAt(
            begin ? "response.reasoning_summary_part.added"u8 : "response.reasoning_summary_part.done"u8, item, "summary_index"u8, 0, item.Text.WrittenCount);
        to.Add(",\"part\":"u8);
        ResponsesItem.AddSummary(ref to, begin ? default : item.Text.WrittenSpan);
        End(ref to);
    }

    public void SummaryDelta(ResponsesItem item, ReadOnlySpan<byte> delta)
    {
        var to = BeginAt("response.reasoning_summary_text.delta"u8, item, "summary_index"u8, 0, delta.Length);
        AddText(ref to, ",\"delta\":\""u8, delta);
        End(ref to);
    }

    public void SummaryText(ResponsesItem item)
    {
        var to = BeginAt("response.reasoning_summary_text.done"u8, item, "summary_index"u8, 0, item.Text.WrittenCount);
        AddText(ref to, ",\"text\":\""u8, item.Text.WrittenSpan);
        End(ref to);
    }

    public void ArgumentsDelta(ResponsesItem item, ReadOnlySpan<byte> delta)
    {
        var to = BeginAt("response.function_call_arguments.delta"u8, item, default, 0, delta.Length);
        AddText(ref to, ",\"delta\":\""u8, delta);
        End(ref to);
    }

    public void Arguments(ResponsesItem item)
    {
        var to = BeginAt("response.function_call_arguments.done"u8, item, default, 0, item.Text.WrittenCount + item.Name.Length);
        AddText(ref to, ",\"name\":\""u8, item.Name);
        AddText(ref to, ",\"arguments\":\""u8, item.Text.WrittenSpan);
        End(ref to);
    }

    /// <param name="delta">The inside of a JSON string.</param>
    public void CustomInputDelta(ResponsesItem item, ReadOnlySpan<byte> delta)
    {
        var to = BeginAt("response.custom_tool_call_input.delta"u8, item, default, 0, delta.Length);
        AddText(ref to, ",\"delta\":\""u8, delta);
        End(ref to);
    }

    public void CustomInput(ResponsesItem item)
    {
        var words = item.Input!.Words;
        var to = BeginAt("response.custom_tool_call_input.done"u8, item, default, 0, words.Length);
        AddText(ref to, ",\"input\":\""u8, words);
        End(ref to);
    }

    /// <summary>A made picture's way: in progress, generating, completed.</summary>
    public void Picture(ResponsesItem item, ReadOnlySpan<byte> type)
    {
        var to = BeginAt(type, item, default, 0, 0);
        End(ref to);
    }

    /// <summary>The dialect's error event.</summary>
    public void Error(string code, string message, string? param)
    {
        var to = Begin("error"u8, message.Length * 2);
        to.Add(",\"code\":"u8);
        to.AddString(code);
        to.Add(",\"message\":"u8);
        to.AddString(message);
        to.Add(",\"param\":"u8);
        if (param is null)
        {
            to.Add("null"u8);
        }
        else
        {
            to.AddString(param);
        }

        End(ref to);
    }

    private static void AddText(ref Utf8Appender to, ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> inside)
    {
        to.Add(name);
        to.Add(inside);
        to.Add((byte)'"');
    }

    private static void AddLogprobs(ref Utf8Appender to, bool refusal, ReadOnlySpan<byte> logprobs)
    {
        if (!refusal)
        {
            to.Add(",\"logprobs\":["u8);
            to.Add(logprobs);
            to.Add((byte)']');
        }
    }

    private Utf8Appender Begin(ReadOnlySpan<byte> type, int length)
    {
        var to = new Utf8Appender(output, Framing + length);
        to.Add("event: "u8);
        to.Add(type);
        to.Add("\ndata: {\"type\":\""u8);
        to.Add(type);
        to.Add("\",\"sequence_number\":"u8);
        to.Add(_next++);
        return to;
    }

    private Utf8Appender BeginAt(ReadOnlySpan<byte> type, ResponsesItem item, ReadOnlySpan<byte> indexName, int index, int length)
    {
        var to = Begin(type, item.Id.Length + length);
        AddText(ref to, ",\"item_id\":\""u8, item.Id);
        to.Add(",\"output_index\":"u8);
        to.Add(item.Index);
        if (indexName.Length > 0)
        {
            to.Add(",\""u8);
            to.Add(indexName);
            to.Add("\":"u8);
            to.Add(index);
        }

        return to;
    }

    private static void End(ref Utf8Appender to)
    {
        to.Add("}\n\n"u8);
        to.Done();
    }
}
