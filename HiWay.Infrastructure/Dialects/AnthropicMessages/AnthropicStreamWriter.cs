using System.Buffers;

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
public sealed class AnthropicStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) : ClientStreamWriter(defaults)
{
    private readonly AnthropicEvents _events = new(output, defaults);
    private readonly List<AnthropicOutBlock> _waiting = [];
    private readonly Dictionary<int, byte[]> _callIds = [];
    private readonly ArrayBufferWriter<byte> _refusal = new();
    private byte[] _stopSequence = [];

    public override void WriteEnding(ReadOnlySpan<byte> hiwayJson)
    {
        _events.Begin(Usage);
        _events.Close();
        Release(all: true);
        _events.Close();
        _events.End(FinishOf(0), _stopSequence, _refusal.WrittenSpan, Usage ?? default, hiwayJson);
    }

    public override bool BeginInTheMiddle(int blocks, OpenBlock open)
    {
        _events.BeginInTheMiddle(blocks, open switch
        {
            OpenBlock.Text => new(AnthropicOutKind.Text),
            OpenBlock.Reasoning => new(AnthropicOutKind.Thinking),
            OpenBlock.None => null,
        });
        return true;
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds) => _events.Start(idJson, modelJson);

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (!IsShown(choice))
        {
            return;
        }

        if (Enter(AnthropicOutKind.Text))
        {
            _events.Delta("text_delta\",\"text"u8, json);
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
            _events.Delta("thinking_delta\",\"thinking"u8, json);
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
            _events.Delta("signature_delta\",\"signature"u8, signature);
            _events.Close();
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
            _events.Begin(Usage, block);
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

        if (_events.Open is { Kind: AnthropicOutKind.Tool } open && open.Call == call)
        {
            _events.Arguments(open, json);
            if (open.Progress.IsWhole && _waiting.Count > 0)
            {
                _events.Close();
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
        else if (kind == ExtraKinds.ServiceTier)
        {
            _events.ServiceTier = jsonValue.ToArray();
        }
        else if (kind is ExtraKinds.UrlCitation or ExtraKinds.Citation && AnthropicAnswerParts.Citation(kind, jsonValue) is { } citation)
        {
            AddCitation(citation);
        }
        else
        {
            Defaults.Drop(kind);
        }
    }

    private void AddCitation(byte[] citation)
    {
        if (_waiting.FindLast(block => block.Kind is AnthropicOutKind.Text) is { } waiting)
        {
            waiting.Citations.Add(citation);
        }
        else if (_events.Open is { Kind: AnthropicOutKind.Text })
        {
            _events.Citation(citation);
        }
        else
        {
            _events.CiteEarly(citation);
        }
    }

    private bool IsShown(int choice)
    {
        if (choice > 0)
        {
            Defaults.DropNamed("answer.choices");
        }

        return choice == 0;
    }

    /// <summary>Makes sure that a block of the kind is open; false when it must wait, and is then the last one that waits.</summary>
    private bool Enter(AnthropicOutKind kind)
    {
        if (_waiting.Count == 0 && _events.Open?.Kind == kind)
        {
            return true;
        }

        if (CanBeginNext())
        {
            _events.Begin(Usage, new(kind));
            return true;
        }

        if (_waiting is not [.., { Closed: false } last] || last.Kind != kind)
        {
            _waiting.Add(new(kind));
        }

        return false;
    }

    private bool CanBeginNext() => _waiting.Count == 0 && (_events.Open is not { Kind: AnthropicOutKind.Tool } tool || tool.Progress.IsWhole);

    /// <summary>A block that comes in one piece.</summary>
    private void AddWhole(AnthropicOutKind kind, byte[] inside)
    {
        var block = new AnthropicOutBlock(kind) { Closed = true };
        block.Inside.Write(inside);
        if (CanBeginNext())
        {
            _events.Begin(Usage, block);
            _events.Close();
        }
        else
        {
            _waiting.Add(block);
        }
    }

    /// <summary>Sends the blocks that have waited, up to the first whose arguments are still coming.</summary>
    private void Release(bool all)
    {
        while (_waiting.Count > 0 && (all || _events.Open is null))
        {
            var block = _waiting[0];
            _waiting.RemoveAt(0);
            _events.Begin(Usage, block);
            if (block.Kind is AnthropicOutKind.Tool)
            {
                _events.Arguments(block, block.Inside.WrittenSpan.ToArray());
            }
            else if (block.Kind is AnthropicOutKind.Text or AnthropicOutKind.Thinking && block.Inside.WrittenCount > 0)
            {
                _events.Delta(block.Kind is AnthropicOutKind.Text ? "text_delta\",\"text"u8 : "thinking_delta\",\"thinking"u8, block.Inside.WrittenSpan);
            }

            block.Citations.ForEach(_events.Citation);
            if (block.Signature.Length > 0)
            {
                _events.Delta("signature_delta\",\"signature"u8, block.Signature);
            }

            if (all || block.Closed || (_waiting.Count > 0 && (block.Kind is not AnthropicOutKind.Tool || block.Progress.IsWhole)))
            {
                _events.Close();
            }
        }
    }
}
