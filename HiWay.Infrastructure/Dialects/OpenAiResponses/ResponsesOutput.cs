using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// The items of one answer, in the order in which they began, and their events where the answer is streamed. One item of words or reasoning is
/// open at a time; a call closes when the next item begins and its arguments are whole, else with the answer, because some upstreams send
/// the pieces of parallel calls in turns.
/// </summary>
/// <param name="stem">What the ids of all items have in common: the answer's id without its prefix.</param>
/// <param name="events">Null for an answer that is not streamed.</param>
/// <param name="customTools">Names of the client's tools that take words.</param>
internal sealed class ResponsesOutput(string stem, ResponsesEvents? events, IReadOnlySet<string> customTools)
{
    private readonly List<ResponsesItem> _items = [];
    private readonly Dictionary<int, ResponsesItem> _calls = [];
    private ResponsesItem? _open;

    public bool HasRefusal { get; private set; }

    /// <summary>Goes on behind items of another upstream; their events are out.</summary>
    /// <param name="finished">Whole items.</param>
    /// <param name="openId">The message that had begun after them; null for none.</param>
    /// <param name="begunText">What it says so far, the inside of a JSON string; null when its part had not begun.</param>
    public void TakeOver(IReadOnlyList<byte[]> finished, byte[]? openId, byte[]? begunText)
    {
        foreach (var raw in finished)
        {
            _items.Add(new(ResponsesItemKind.Reasoning, _items.Count, []) { Raw = raw, Closed = true });
        }

        if (openId is not null)
        {
            _open = new(ResponsesItemKind.Message, _items.Count, openId);
            _items.Add(_open);
            if (begunText is not null)
            {
                _open.Parts.Add(new(isRefusal: false));
                _open.Parts[0].Text.Write(begunText);
            }
        }
    }

    public void Text(ReadOnlySpan<byte> json, bool refusal)
    {
        HasRefusal |= refusal;
        var item = OpenPart(refusal);
        item.Parts[^1].Text.Write(json);
        events?.PartDelta(item, json, default);
    }

    public void Logprobs(ReadOnlySpan<byte> entries)
    {
        var item = OpenPart(refusal: false);
        var all = item.Parts[^1].Logprobs;
        if (all.WrittenCount > 0)
        {
            all.Write(","u8);
        }

        all.Write(entries);
        events?.PartDelta(item, default, entries);
    }

    /// <param name="annotation">An annotation of this dialect, compact.</param>
    public void Annotate(byte[] annotation)
    {
        // Sources may come after the words; they belong to the last message then, which is closed only when another item began.
        if (_open is not { Kind: ResponsesItemKind.Message } && _items.FindLast(known => known.Kind is ResponsesItemKind.Message) is { } closed)
        {
            closed.Parts.FindLast(part => !part.IsRefusal)?.Annotations.Add(annotation);
            return;
        }

        var item = OpenPart(refusal: false);
        item.Parts[^1].Annotations.Add(annotation);
        events?.Annotation(item);
    }

    public void Reasoning(ReadOnlySpan<byte> json)
    {
        var item = _open is { Kind: ResponsesItemKind.Reasoning, State: null } ? _open : Begin(ResponsesItemKind.Reasoning);
        if (item.Text.WrittenCount == 0)
        {
            events?.SummaryPart(item, begin: true);
        }

        item.Text.Write(json);
        events?.SummaryDelta(item, json);
    }

    /// <summary>Ends one block of reasoning with its proof, or is a block of its own.</summary>
    public void ReasoningEnds(byte[] state)
    {
        var item = _open is { Kind: ResponsesItemKind.Reasoning, State: null } ? _open : Begin(ResponsesItemKind.Reasoning);
        item.State = state;
        CloseOpen();
    }

    public void CallStarted(int call, ReadOnlySpan<byte> callId, ReadOnlySpan<byte> name)
    {
        CloseOpen();
        var custom = CustomTools.Are(customTools, name);
        var item = new ResponsesItem(custom ? ResponsesItemKind.CustomCall : ResponsesItemKind.Call, _items.Count, IdOf(custom ? "ctc" : "fc", _items.Count))
        {
            CallId = callId.ToArray(),
            Name = name.ToArray(),
            Input = custom ? new() : null,
        };
        _items.Add(item);
        _calls[call] = item;
        events?.Item(item, begin: true);
    }

    public void CallArguments(int call, ReadOnlySpan<byte> json)
    {
        var item = _calls[call];
        if (item.Closed)
        {
            throw new JsonException("A tool call goes on behind its end.");
        }

        item.Text.Write(json);
        if (item.Input is null)
        {
            events?.ArgumentsDelta(item, json);
        }
        else if (item.Input.Take(json) is { IsEmpty: false } words)
        {
            events?.CustomInputDelta(item, words);
        }
    }

    /// <summary>State of a call has no place on the call, so it follows as reasoning that nobody but its provider can read.</summary>
    public void CallState(int call, string format, ReadOnlySpan<byte> json)
    {
        var item = _calls[call];
        item.State = ReasoningState.WriteCall(format, item.CallId, json);
        if (item.Closed)
        {
            AddState(item);
        }
    }

    public void Picture(byte[] base64)
    {
        CloseOpen();
        var item = new ResponsesItem(ResponsesItemKind.Picture, _items.Count, IdOf("ig", _items.Count)) { Picture = base64 };
        _items.Add(item);
        events?.Item(item, begin: true);
        events?.Picture(item, "response.image_generation_call.in_progress"u8);
        events?.Picture(item, "response.image_generation_call.completed"u8);
        Close(item);
    }

    /// <summary>Closes everything; the answer is over.</summary>
    /// <param name="cut">It stopped before it was finished, in its last item.</param>
    public void Complete(bool cut)
    {
        if (cut && _items.FindLast(item => !item.Closed) is { } last)
        {
            last.Cut = true;
        }

        CloseOpen();
        for (var i = 0; i < _items.Count; i++)
        {
            // Closing a call may add its state as one more item, which is closed at once.
            if (!_items[i].Closed)
            {
                Close(_items[i]);
            }
        }
    }

    /// <summary>The <c>output</c> list.</summary>
    public void AddTo(ref Utf8Appender to)
    {
        to.Add((byte)'[');
        foreach (var item in _items)
        {
            to.Add(item.Index > 0 ? ","u8 : default);
            item.AddTo(ref to, begin: false);
        }

        to.Add((byte)']');
    }

    /// <summary>The open message with its last part of the wanted kind; begins either where it is not there.</summary>
    private ResponsesItem OpenPart(bool refusal)
    {
        var item = _open is { Kind: ResponsesItemKind.Message } ? _open : Begin(ResponsesItemKind.Message);
        if (item.Parts is not [.., var last] || last.IsRefusal != refusal)
        {
            ClosePart(item);
            item.Parts.Add(new(refusal));
            events?.Part(item, begin: true);
        }

        return item;
    }

    private ResponsesItem Begin(ResponsesItemKind kind)
    {
        CloseOpen();
        var item = new ResponsesItem(kind, _items.Count, IdOf(kind is ResponsesItemKind.Message ? "msg" : "rs", _items.Count));
        _items.Add(item);
        _open = item;
        events?.Item(item, begin: true);
        return item;
    }

    private void CloseOpen()
    {
        if (_open is { } open)
        {
            _open = null;
            Close(open);
        }

        foreach (var call in _calls.Values)
        {
            if (!call.Closed && IsWhole(call.Text.WrittenSpan))
            {
                Close(call);
            }
        }
    }

    private void Close(ResponsesItem item)
    {
        item.Closed = true;
        switch (item.Kind)
        {
            case ResponsesItemKind.Message:
                ClosePart(item);
                break;
            case ResponsesItemKind.Reasoning when item.Text.WrittenCount > 0:
                events?.SummaryText(item);
                events?.SummaryPart(item, begin: false);
                break;
            case ResponsesItemKind.Call:
                events?.Arguments(item);
                break;
            case ResponsesItemKind.CustomCall:
                if (item.Input!.End(item.Text.WrittenSpan) is { IsEmpty: false } words)
                {
                    events?.CustomInputDelta(item, words);
                }

                events?.CustomInput(item);
                break;
        }

        events?.Item(item, begin: false);
        if (item is { Kind: ResponsesItemKind.Call or ResponsesItemKind.CustomCall, State: not null })
        {
            AddState(item);
        }
    }

    private void AddState(ResponsesItem call)
    {
        var item = new ResponsesItem(ResponsesItemKind.Reasoning, _items.Count, IdOf("rs", _items.Count)) { State = call.State };
        _items.Add(item);
        events?.Item(item, begin: true);
        Close(item);
    }

    private void ClosePart(ResponsesItem item)
    {
        if (item.Parts.Count > 0)
        {
            events?.PartText(item);
            events?.Part(item, begin: false);
        }
    }

    /// <summary>The arguments are a whole JSON value, so that nothing more can follow.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> inside)
    {
        if (inside.IsEmpty)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(JsonText.Decode(inside)));
            return reader.Read() && reader.TokenType is JsonTokenType.StartObject && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private byte[] IdOf(string prefix, int index) => [.. JsonText.Encode($"{prefix}_{stem}_{index}")];
}
