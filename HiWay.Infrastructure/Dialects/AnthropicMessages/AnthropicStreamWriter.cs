using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// Writes an answer as Anthropic's events while it comes: <c>message_start</c>, one block after the other with start, deltas and stop, <c>message_delta</c>,
/// <c>message_stop</c>. Nothing is written before the first meaningful piece, so the gateway can still fall back; nothing is ended before
/// <see cref="WriteEnding"/>, so a cut answer never looks whole.
/// </summary>
/// <remarks>
/// Text is copied as the upstream escaped it; a text delta costs no allocation. Where a provider streams parallel calls in turns, the first one
/// goes out as it comes and what belongs to later blocks waits until its arguments are whole.
/// </remarks>
public sealed class AnthropicStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) : ClientStreamWriter
{
    /// <summary>Room for everything in an event but the piece itself.</summary>
    private const int Framing = 256;

    private readonly List<AnthropicOutBlock> _waiting = [];
    private readonly List<byte[]> _earlyCitations = [];
    private readonly Dictionary<int, byte[]> _callIds = [];
    private readonly ArrayBufferWriter<byte> _refusal = new();
    private byte[] _id = [];
    private byte[] _model = [];
    private byte[] _stopSequence = [];
    private AnthropicOutBlock? _open;
    private int _index = -1;
    private bool _begun;

    public override void WriteEnding(ReadOnlySpan<byte> hiwayJson)
    {
        Begin();
        Close();
        Release(all: true);
        Close();
        if (_earlyCitations.Count > 0)
        {
            defaults.Drop("answer.citations");
        }

        var to = new Utf8Appender(output, (Framing * 4) + _refusal.WrittenCount + hiwayJson.Length);
        to.Add("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"u8);
        AnthropicAnswerParts.AddStop(ref to, FinishOf(0), _stopSequence, _refusal.WrittenSpan);
        to.Add("},\"usage\":"u8);
        AnthropicAnswerParts.AddDeltaUsage(ref to, Usage ?? default);
        to.Add("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\""u8);
        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add("}\n\n"u8);
        to.Done();
    }

    public override bool BeginInTheMiddle(int blocks, OpenBlock open)
    {
        (_begun, _index) = (true, blocks - 1);
        _open = open switch
        {
            OpenBlock.Text => new(AnthropicOutKind.Text),
            OpenBlock.Reasoning => new(AnthropicOutKind.Thinking),
            OpenBlock.None => null,
        };
        return true;
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        _id = idJson.ToArray();
        _model = modelJson.ToArray();
    }

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (!IsShown(choice))
        {
            return;
        }

        if (Enter(AnthropicOutKind.Text))
        {
            WriteDelta("text_delta\",\"text"u8, json);
        }
        else
        {
            _waiting[^1].Inside.Write(json);
        }
    }

    protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (!IsShown(choice))
        {
            return;
        }

        if (Enter(AnthropicOutKind.Thinking))
        {
            WriteDelta("thinking_delta\",\"thinking"u8, json);
        }
        else
        {
            _waiting[^1].Inside.Write(json);
        }
    }

    protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json)
    {
        if (!IsShown(choice))
        {
            return;
        }

        var signature = AnthropicSignatures.Write(format, json);
        if (Enter(AnthropicOutKind.Thinking))
        {
            WriteDelta("signature_delta\",\"signature"u8, signature);
            Close();
        }
        else
        {
            _waiting[^1].Signature = signature;
            _waiting[^1].Closed = true;
        }
    }

    protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson)
    {
        if (IsShown(choice))
        {
            AddWhole(AnthropicOutKind.Redacted, AnthropicSignatures.Write(format, dataJson));
        }
    }

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            // Said as text too, because that is all that most clients show.
            _refusal.Write(json);
            OnText(facts, choice, json);
        }
    }

    protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        if (!IsShown(choice))
        {
            return;
        }

        _callIds[call] = idJson.ToArray();
        var block = new AnthropicOutBlock(AnthropicOutKind.Tool) { Call = call, Id = _callIds[call], Name = nameJson.ToArray() };
        if (CanBeginNext())
        {
            Open(block);
        }
        else
        {
            _waiting.Add(block);
        }
    }

    protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json)
    {
        if (!IsShown(choice))
        {
            return;
        }

        if (_open is { Kind: AnthropicOutKind.Tool } open && open.Call == call)
        {
            WriteArguments(open, json);
            if (open.Progress.IsWhole && _waiting.Count > 0)
            {
                Close();
                Release(all: false);
            }
        }
        else
        {
            _waiting.Find(block => block.Kind is AnthropicOutKind.Tool && block.Call == call)?.Inside.Write(json);
        }
    }

    protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice) && _callIds.TryGetValue(call, out var id))
        {
            AddWhole(AnthropicOutKind.Redacted, AnthropicSignatures.WriteCall(format, id, json));
        }
    }

    protected override void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        if (kind == ExtraKinds.StopSequence)
        {
            _stopSequence = jsonValue.ToArray();
        }
        else if (kind is ExtraKinds.UrlCitation or ExtraKinds.Citation && AnthropicAnswerParts.Citation(kind, jsonValue) is { } citation)
        {
            AddCitation(citation);
        }
        else if (AnthropicAnswerParts.DroppedName(kind) is { } name)
        {
            defaults.Drop(name);
        }
    }

    private void AddCitation(byte[] citation)
    {
        if (_waiting.FindLast(block => block.Kind is AnthropicOutKind.Text) is { } waiting)
        {
            waiting.Citations.Add(citation);
        }
        else if (_open is { Kind: AnthropicOutKind.Text })
        {
            WriteCitation(citation);
        }
        else
        {
            _earlyCitations.Add(citation);
        }
    }

    private bool IsShown(int choice)
    {
        if (choice > 0)
        {
            defaults.Drop("answer.choices");
        }

        return choice == 0;
    }

    /// <summary>Makes sure that a block of the kind is open; false when it must wait, and is then the last one that waits.</summary>
    private bool Enter(AnthropicOutKind kind)
    {
        if (_waiting.Count == 0 && _open?.Kind == kind)
        {
            return true;
        }

        if (CanBeginNext())
        {
            Open(new(kind));
            return true;
        }

        if (_waiting is not [.., { Closed: false } last] || last.Kind != kind)
        {
            _waiting.Add(new(kind));
        }

        return false;
    }

    private bool CanBeginNext() => _waiting.Count == 0 && (_open is not { Kind: AnthropicOutKind.Tool } tool || tool.Progress.IsWhole);

    /// <summary>A block that comes in one piece.</summary>
    private void AddWhole(AnthropicOutKind kind, byte[] inside)
    {
        var block = new AnthropicOutBlock(kind) { Closed = true };
        block.Inside.Write(inside);
        if (CanBeginNext())
        {
            Open(block);
            Close();
        }
        else
        {
            _waiting.Add(block);
        }
    }

    /// <summary>Sends the blocks that have waited, up to the first whose arguments are still coming.</summary>
    private void Release(bool all)
    {
        while (_waiting.Count > 0 && (all || _open is null))
        {
            var block = _waiting[0];
            _waiting.RemoveAt(0);
            Open(block);
            if (block.Kind is AnthropicOutKind.Tool)
            {
                WriteArguments(block, block.Inside.WrittenSpan.ToArray());
            }
            else if (block.Kind is AnthropicOutKind.Text or AnthropicOutKind.Thinking && block.Inside.WrittenCount > 0)
            {
                WriteDelta(block.Kind is AnthropicOutKind.Text ? "text_delta\",\"text"u8 : "thinking_delta\",\"thinking"u8, block.Inside.WrittenSpan);
            }

            block.Citations.ForEach(WriteCitation);
            if (block.Signature.Length > 0)
            {
                WriteDelta("signature_delta\",\"signature"u8, block.Signature);
            }

            if (all || block.Closed || (_waiting.Count > 0 && (block.Kind is not AnthropicOutKind.Tool || block.Progress.IsWhole)))
            {
                Close();
            }
        }
    }

    /// <summary>Arguments that are no object wait for the block's end, where they are wrapped in one.</summary>
    private void WriteArguments(AnthropicOutBlock block, ReadOnlySpan<byte> json)
    {
        var wasOdd = block.Progress.IsOdd;
        block.Progress.Take(json);
        if (block.Progress.IsOdd)
        {
            if (!wasOdd)
            {
                block.Inside.Clear();
            }

            block.Inside.Write(json);
        }
        else
        {
            WriteDelta("input_json_delta\",\"partial_json"u8, json);
        }
    }

    private void Begin()
    {
        if (_begun)
        {
            return;
        }

        _begun = true;
        var to = new Utf8Appender(output, (Framing * 3) + _id.Length + _model.Length);
        to.Add("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{"u8);
        AnthropicAnswerParts.AddHead(ref to, defaults, _id, _model);
        to.Add(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"stop_details\":null,\"container\":null,\"usage\":"u8);
        AnthropicAnswerParts.AddUsage(ref to, Usage ?? default);
        to.Add("}}\n\n"u8);
        to.Done();
    }

    private void Open(AnthropicOutBlock block)
    {
        Begin();
        Close();
        _open = block;
        _index++;
        var to = new Utf8Appender(output, Framing + block.Id.Length + block.Name.Length + block.Inside.WrittenCount);
        to.Add("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        to.Add(_index);
        to.Add(",\"content_block\":"u8);
        switch (block.Kind)
        {
            case AnthropicOutKind.Text:
                to.Add("{\"type\":\"text\",\"text\":\"\"}"u8);
                break;
            case AnthropicOutKind.Thinking:
                to.Add("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"u8);
                break;
            case AnthropicOutKind.Redacted:
                to.Add("{\"type\":\"redacted_thinking\",\"data\":\""u8);
                to.Add(block.Inside.WrittenSpan);
                to.Add("\"}"u8);
                break;
            case AnthropicOutKind.Tool:
                AnthropicAnswerParts.AddToolStart(ref to, block, "{}"u8);
                break;
        }

        to.Add("}\n\n"u8);
        to.Done();
        if (block.Kind is AnthropicOutKind.Text && _earlyCitations.Count > 0)
        {
            _earlyCitations.ForEach(WriteCitation);
            _earlyCitations.Clear();
        }
    }

    private void Close()
    {
        if (_open is not { } block)
        {
            return;
        }

        if (block is { Kind: AnthropicOutKind.Tool, Progress.IsOdd: true })
        {
            var wrapped = new ArrayBufferWriter<byte>();
            var input = new Utf8Appender(wrapped, block.Inside.WrittenCount + 64);
            input.AddCompactEscaped(AnthropicAnswerParts.InputOf(block.Inside.WrittenSpan));
            input.Done();
            WriteDelta("input_json_delta\",\"partial_json"u8, wrapped.WrittenSpan);
        }

        _open = null;
        var to = new Utf8Appender(output, Framing);
        to.Add("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        to.Add(_index);
        to.Add("}\n\n"u8);
        to.Done();
    }

    /// <param name="typeAndField">From the type of the delta to the name of its text: <c>text_delta","text</c>.</param>
    private void WriteDelta(ReadOnlySpan<byte> typeAndField, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return;
        }

        var to = new Utf8Appender(output, Framing + json.Length);
        to.Add("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        to.Add(_index);
        to.Add(",\"delta\":{\"type\":\""u8);
        to.Add(typeAndField);
        to.Add("\":\""u8);
        to.Add(json);
        to.Add("\"}}\n\n"u8);
        to.Done();
    }

    private void WriteCitation(byte[] citation)
    {
        var to = new Utf8Appender(output, Framing + citation.Length);
        to.Add("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        to.Add(_index);
        to.Add(",\"delta\":{\"type\":\"citations_delta\",\"citation\":"u8);
        to.Add(citation);
        to.Add("}}\n\n"u8);
        to.Done();
    }
}
