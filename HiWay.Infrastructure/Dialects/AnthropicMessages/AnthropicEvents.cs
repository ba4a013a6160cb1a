using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Puts the events of a stream on the wire: blocks are counted here, and no event leaves before <c>message_start</c>.</summary>
internal sealed class AnthropicEvents(IBufferWriter<byte> output, AnswerDefaults defaults)
{
    /// <summary>Room for everything in an event but the piece itself.</summary>
    private const int Framing = 256;

    private readonly List<byte[]> _earlyCitations = [];
    private byte[] _id = [];
    private byte[] _model = [];
    private int _index = -1;
    private bool _begun;

    /// <summary>The block that has started and not ended.</summary>
    public AnthropicOutBlock? Open { get; private set; }

    public void Start(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson) => (_id, _model) = (idJson.ToArray(), modelJson.ToArray());

    /// <summary>Goes on with a stream whose first events came from elsewhere.</summary>
    public void BeginInTheMiddle(int blocks, AnthropicOutBlock? open) => (_begun, _index, Open) = (true, blocks - 1, open);

    /// <summary>Writes <c>message_start</c>, once.</summary>
    /// <param name="usage">
    /// What the upstream has told so far. Most tell at the end; then the prompt's tokens are estimated here, because some clients (LangChain's) read
    /// them nowhere else. <c>message_delta</c> has the true ones.
    /// </param>
    public void Begin(TokenUsage? usage)
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
        AnthropicAnswerParts.AddUsage(ref to, usage ?? new() { Input = defaults.PromptTokens }, AnthropicAnswerParts.Tier(ServiceTier));
        to.Add("}}\n\n"u8);
        to.Done();
    }

    /// <summary>Who serves the call, in OpenAI's words, a JSON string; shown when it is told before the first event.</summary>
    public byte[] ServiceTier { get; set; } = [];

    /// <summary>A citation that came before the text that it belongs to.</summary>
    public void CiteEarly(byte[] citation) => _earlyCitations.Add(citation);

    /// <summary>Arguments that are no object wait for the block's end, where they are wrapped in one.</summary>
    public void Arguments(AnthropicOutBlock block, ReadOnlySpan<byte> json)
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
            Delta("input_json_delta\",\"partial_json"u8, json);
        }
    }

    /// <summary>Starts a block; one that is open is ended.</summary>
    public void Begin(TokenUsage? usage, AnthropicOutBlock block)
    {
        Begin(usage);
        Close();
        Open = block;
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
            _earlyCitations.ForEach(Citation);
            _earlyCitations.Clear();
        }
    }

    /// <summary>Ends the block that is open, if one is.</summary>
    public void Close()
    {
        if (Open is not { } block)
        {
            return;
        }

        if (block is { Kind: AnthropicOutKind.Tool, Progress.IsOdd: true })
        {
            var wrapped = new ArrayBufferWriter<byte>();
            var input = new Utf8Appender(wrapped, block.Inside.WrittenCount + 64);
            input.AddCompactEscaped(AnthropicAnswerParts.InputOf(block.Inside.WrittenSpan));
            input.Done();
            Delta("input_json_delta\",\"partial_json"u8, wrapped.WrittenSpan);
        }

        Open = null;
        var to = new Utf8Appender(output, Framing);
        to.Add("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        to.Add(_index);
        to.Add("}\n\n"u8);
        to.Done();
    }

    /// <param name="typeAndField">From the type of the delta to the name of its text: <c>text_delta","text</c>.</param>
    public void Delta(ReadOnlySpan<byte> typeAndField, ReadOnlySpan<byte> json)
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

    public void Citation(byte[] citation)
    {
        var to = new Utf8Appender(output, Framing + citation.Length);
        to.Add("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        to.Add(_index);
        to.Add(",\"delta\":{\"type\":\"citations_delta\",\"citation\":"u8);
        to.Add(citation);
        to.Add("}}\n\n"u8);
        to.Done();
    }

    /// <summary>Writes <c>message_delta</c> and <c>message_stop</c>.</summary>
    public void End(FinishReason finish, ReadOnlySpan<byte> stopSequence, ReadOnlySpan<byte> refusal, in TokenUsage usage, ReadOnlySpan<byte> hiwayJson)
    {
        if (_earlyCitations.Count > 0)
        {
            defaults.Drop("answer.citations");
        }

        var to = new Utf8Appender(output, (Framing * 4) + refusal.Length + hiwayJson.Length);
        to.Add("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"u8);
        AnthropicAnswerParts.AddStop(ref to, finish, stopSequence, refusal);
        to.Add("},\"usage\":"u8);
        AnthropicAnswerParts.AddDeltaUsage(ref to, usage);
        to.Add("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\""u8);
        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add("}\n\n"u8);
        to.Done();
    }
}
