using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// Reads the events of one stream. Deltas are passed on as they come; what a server says only in its <c>done</c> events (some
/// send no deltas of short texts) is taken from there.
/// </summary>
internal sealed class OpenAiResponsesStreamReader(IAnswerSink sink) : IUpstreamStreamReader
{
    /// <summary>More items than any answer has.</summary>
    private const int MaxItems = 1024;

    private readonly List<Item?> _items = [];
    private int _calls;
    private bool _started;
    private bool _over;

    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (_over || data.Length == 0 || data.SequenceEqual("[DONE]"u8))
        {
            return;
        }

        JsonText.MustBeUtf8(data);
        try
        {
            Take(data);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    /// <summary>Every stream says itself that it is over; one that does not was cut.</summary>
    public void Closed()
    {
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        var one = ResponsesEvent.Read(data);
        if (one.Type.SequenceEqual("response.output_text.delta"u8))
        {
            Words(one, refusal: false);
        }
        else if (one.Type.SequenceEqual("response.function_call_arguments.delta"u8))
        {
            var item = At(one);
            if (item.Call >= 0 && one.Delta.Length > 0)
            {
                item.HasText = true;
                sink.ToolCallArguments(0, item.Call, one.Delta);
            }
        }
        else if (one.Type.SequenceEqual("response.reasoning_summary_text.delta"u8))
        {
            Reasoning(one, isSummary: true);
        }
        else if (one.Type.SequenceEqual("response.reasoning_text.delta"u8))
        {
            Reasoning(one, isSummary: false);
        }
        else if (one.Type.SequenceEqual("response.refusal.delta"u8))
        {
            Words(one, refusal: true);
        }
        else if (one.Type.SequenceEqual("response.output_item.added"u8))
        {
            Added(one);
        }
        else if (one.Type.SequenceEqual("response.output_item.done"u8))
        {
            Done(one);
        }
        else if (one.Type.SequenceEqual("response.output_text.annotation.added"u8))
        {
            Start(default);
            At(one).HasAnnotations = true;
            ResponsesOutputItem.PassAnnotation(one.Annotation, sink);
        }
        else if (one.Response.Length > 0)
        {
            TakeResponse(one);
        }
        else if (one.Type.SequenceEqual("error"u8))
        {
            Fail(data);
        }
    }

    private void TakeResponse(in ResponsesEvent one)
    {
        if (one.Type.SequenceEqual("response.created"u8))
        {
            Start(one.Response);
            return;
        }

        var response = ResponsesHead.Read(one.Response);
        if (one.Type.SequenceEqual("response.failed"u8) || response.IsFailed)
        {
            if (response.Usage is { } owed)
            {
                sink.Usage(owed);
            }

            Fail(one.Response);
        }
        else if (one.Type.SequenceEqual("response.completed"u8) || one.Type.SequenceEqual("response.incomplete"u8))
        {
            Start(one.Response);
            TakeRest(response.Output);
            if (response.Usage is { } usage)
            {
                sink.Usage(usage);
            }

            _over = true;
            OpenAiResponsesAnswerReader.End(response, sink);
        }
    }

    private void Fail(ReadOnlySpan<byte> error)
    {
        _over = true;
        sink.Failed(OpenAiErrors.Read(200, error));
    }

    private void Start(ReadOnlySpan<byte> response)
    {
        if (_started)
        {
            return;
        }

        _started = true;
        if (response.Length == 0)
        {
            sink.Started(default, default, null);
            return;
        }

        var head = ResponsesHead.Read(response);
        sink.Started(head.Id, head.Model, head.Created);
    }

    private void Words(in ResponsesEvent one, bool refusal)
    {
        Start(default);
        var item = At(one);
        if (one.Delta.Length > 0)
        {
            item.HasText = true;
            if (refusal)
            {
                sink.Refusal(0, one.Delta);
            }
            else
            {
                sink.Text(0, one.Delta);
            }
        }

        if (one.Logprobs.Length > 2)
        {
            item.HasLogprobs = true;
            ResponsesOutputItem.PassLogprobs(one.Logprobs, sink);
        }
    }

    /// <summary>Where a server sends both the reasoning and a summary of it, the one that came first is passed on.</summary>
    private void Reasoning(in ResponsesEvent one, bool isSummary)
    {
        Start(default);
        var item = At(one);
        item.IsSummary ??= isSummary;
        if (one.Delta.Length == 0 || item.IsSummary != isSummary)
        {
            return;
        }

        if (item.HasText && item.SummaryPart != one.PartIndex)
        {
            sink.Reasoning(0, "\\n\\n"u8);
        }

        item.HasText = true;
        item.SummaryPart = one.PartIndex;
        sink.Reasoning(0, one.Delta);
    }

    private void Added(in ResponsesEvent one)
    {
        Start(default);
        var item = ResponsesOutputItem.Read(one.Item);
        if (item.Type.SequenceEqual("function_call"u8))
        {
            StartCall(At(one), item);
        }
    }

    private void StartCall(Item at, in ResponsesOutputItem item)
    {
        if (at.Call < 0)
        {
            at.Call = _calls++;
            sink.ToolCallStarted(0, at.Call, item.CallId, item.Name);
        }
    }

    private void Done(in ResponsesEvent one)
    {
        Start(default);
        Finish(At(one), one.Item);
    }

    /// <summary>Items that only the last event names.</summary>
    private void TakeRest(ReadOnlySpan<byte> output)
    {
        if (output.Length == 0)
        {
            return;
        }

        var index = 0;
        var json = new Utf8JsonReader(output);
        json.Read();
        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            Finish(At(index++), JsonText.Value(ref json, output));
        }
    }

    private void Finish(Item at, ReadOnlySpan<byte> value)
    {
        if (at.Done)
        {
            return;
        }

        at.Done = true;
        var item = ResponsesOutputItem.Read(value);
        if (item.Type.SequenceEqual("message"u8))
        {
            item.PassMessage(sink, texts: !at.HasText, annotated: !at.HasAnnotations, logprobs: !at.HasLogprobs);
        }
        else if (item.Type.SequenceEqual("reasoning"u8))
        {
            item.PassState(sink, at.HasText || item.PassReasoning(sink));
        }
        else if (item.Type.SequenceEqual("function_call"u8))
        {
            StartCall(at, item);
            if (!at.HasText)
            {
                sink.ToolCallArguments(0, at.Call, item.Arguments.Length > 0 ? item.Arguments : "{}"u8);
            }
        }
        else if (item.Type.SequenceEqual("image_generation_call"u8))
        {
            item.PassPicture(sink);
        }
        else
        {
            item.PassOther(sink, value);
        }
    }

    private Item At(in ResponsesEvent one) => At(one.OutputIndex);

    private Item At(int index)
    {
        if (index is < 0 or >= MaxItems)
        {
            throw new JsonException($"The output index {index} is out of range.");
        }

        while (_items.Count <= index)
        {
            _items.Add(null);
        }

        return _items[index] ??= new();
    }

    private sealed class Item
    {
        /// <summary>Which call of the answer; -1 for none.</summary>
        public int Call { get; set; } = -1;

        /// <summary>Some of its text has been passed on.</summary>
        public bool HasText { get; set; }

        public bool HasAnnotations { get; set; }

        public bool HasLogprobs { get; set; }

        public bool? IsSummary { get; set; }

        public int SummaryPart { get; set; }

        public bool Done { get; set; }
    }
}
