using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Collects an answer and writes it as one <c>message</c> object. The dialect has one choice; others are reported as dropped.</summary>
public sealed class AnthropicAnswerWriter(AnswerDefaults defaults) : ClientAnswerWriter(defaults)
{
    private readonly List<AnthropicOutBlock> _blocks = [];
    private readonly List<byte[]> _earlyCitations = [];
    private readonly ArrayBufferWriter<byte> _refusal = new();
    private byte[] _id = [];
    private byte[] _model = [];
    private byte[] _stopSequence = [];
    private byte[] _serviceTier = [];

    public override void WriteTo(IBufferWriter<byte> output, ReadOnlySpan<byte> hiwayJson)
    {
        var to = new Utf8Appender(output, 1024 + (int)Math.Min(ProducedBytes, int.MaxValue / 4) + hiwayJson.Length);
        to.Add((byte)'{');
        AnthropicAnswerParts.AddHead(ref to, Defaults, _id, _model);
        to.Add(",\"content\":["u8);
        for (var i = 0; i < _blocks.Count; i++)
        {
            if (i > 0)
            {
                to.Add((byte)',');
            }

            AddBlock(ref to, _blocks[i]);
        }

        to.Add("],"u8);
        AnthropicAnswerParts.AddStop(ref to, FinishOf(0), _stopSequence, _refusal.WrittenSpan);
        to.Add(",\"container\":null,\"usage\":"u8);
        AnthropicAnswerParts.AddUsage(ref to, Usage ?? default, AnthropicAnswerParts.Tier(_serviceTier));
        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add((byte)'}');
        to.Done();
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        _id = idJson.ToArray();
        _model = modelJson.ToArray();
    }

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Current(AnthropicOutKind.Text).Inside.Write(json);
        }
    }

    protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Current(AnthropicOutKind.Thinking).Inside.Write(json);
        }
    }

    protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            var block = Current(AnthropicOutKind.Thinking);
            block.Signature = AnthropicSignatures.Write(format, json);
            block.Closed = true;
        }
    }

    protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson)
    {
        if (IsShown(choice))
        {
            AddRedacted(AnthropicSignatures.Write(format, dataJson));
        }
    }

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            // Said as text too, because that is all that most clients show.
            _refusal.Write(json);
            Current(AnthropicOutKind.Text).Inside.Write(json);
        }
    }

    protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        if (IsShown(choice))
        {
            _blocks.Add(new(AnthropicOutKind.Tool) { Call = call, Id = idJson.ToArray(), Name = nameJson.ToArray() });
        }
    }

    protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Tool(call)?.Inside.Write(json);
        }
    }

    protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice) && Tool(call) is { } tool)
        {
            AddRedacted(AnthropicSignatures.WriteCall(format, tool.Id, json));
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
            _serviceTier = jsonValue.ToArray();
        }
        else if (kind is ExtraKinds.UrlCitation or ExtraKinds.Citation && AnthropicAnswerParts.Citation(kind, jsonValue) is { } citation)
        {
            var text = _blocks.FindLast(block => block.Kind is AnthropicOutKind.Text);
            (text?.Citations ?? _earlyCitations).Add(citation);
        }
        else
        {
            Defaults.Drop(kind);
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

    /// <summary>The open block of a kind, or a new one.</summary>
    private AnthropicOutBlock Current(AnthropicOutKind kind)
    {
        if (_blocks is not [.., { Closed: false } last] || last.Kind != kind)
        {
            _blocks.Add(last = new(kind));
            if (kind is AnthropicOutKind.Text)
            {
                last.Citations.AddRange(_earlyCitations);
                _earlyCitations.Clear();
            }
        }

        return last;
    }

    private AnthropicOutBlock? Tool(int call) => _blocks.Find(block => block.Kind is AnthropicOutKind.Tool && block.Call == call);

    private void AddRedacted(byte[] data)
    {
        var block = new AnthropicOutBlock(AnthropicOutKind.Redacted);
        block.Inside.Write(data);
        _blocks.Add(block);
    }

    private static void AddBlock(ref Utf8Appender to, AnthropicOutBlock block)
    {
        switch (block.Kind)
        {
            case AnthropicOutKind.Text:
                to.Add("{\"type\":\"text\",\"text\":\""u8);
                to.Add(block.Inside.WrittenSpan);
                to.Add((byte)'"');
                AddCitations(ref to, block.Citations);
                to.Add((byte)'}');
                break;
            case AnthropicOutKind.Thinking:
                to.Add("{\"type\":\"thinking\",\"thinking\":\""u8);
                to.Add(block.Inside.WrittenSpan);
                to.Add("\",\"signature\":\""u8);
                to.Add(block.Signature);
                to.Add("\"}"u8);
                break;
            case AnthropicOutKind.Redacted:
                to.Add("{\"type\":\"redacted_thinking\",\"data\":\""u8);
                to.Add(block.Inside.WrittenSpan);
                to.Add("\"}"u8);
                break;
            case AnthropicOutKind.Tool:
                AnthropicAnswerParts.AddToolStart(ref to, block, AnthropicAnswerParts.InputOf(block.Inside.WrittenSpan));
                break;
        }
    }

    private static void AddCitations(ref Utf8Appender to, List<byte[]> citations)
    {
        // Without any, the API leaves the member out though its description asks for a null, which the AI SDK refuses.
        for (var i = 0; i < citations.Count; i++)
        {
            to.Add(i > 0 ? ","u8 : ",\"citations\":["u8);
            to.Add(citations[i]);
        }

        if (citations.Count > 0)
        {
            to.Add((byte)']');
        }
    }
}
