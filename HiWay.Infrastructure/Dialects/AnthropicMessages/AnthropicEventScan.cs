using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.Resuming;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

internal enum AnthropicEvent { Other, Start, Delta, MessageDelta, Stop, Error }

/// <summary>Finds in a stream that is passed on as it is what the gateway must know of it: usage, content, its end, a failure.</summary>
internal sealed class AnthropicEventScan
{
    private AnthropicUsage _usage;
    private bool _told;

    /// <summary>Null until the upstream has told any.</summary>
    public TokenUsage? Usage => _told ? _usage.Tokens : null;

    public bool HasContent { get; private set; }

    /// <summary>Bytes of text, thinking and arguments so far, as escaped on the wire.</summary>
    public long ContentBytes { get; private set; }

    /// <summary><c>message_stop</c> was seen.</summary>
    public bool IsStopped { get; private set; }

    public UpstreamError? Failure { get; private set; }

    /// <summary>Where it is kept what the client has, if it is.</summary>
    public DeliveredText? Delivered { get; set; }

    /// <summary>Blocks that have begun.</summary>
    public int Blocks { get; private set; }

    /// <summary>What the last block holds, while it has not ended.</summary>
    public OpenBlock Open { get; private set; }

    /// <summary>
    /// The last event's type, where its <c>event:</c> field says another name or none: Anthropic's own clients go by the field alone (in its TypeScript
    /// SDK, core/streaming.ts), so they must be told the type there. Null where the two agree.
    /// </summary>
    public byte[]? OtherName { get; private set; }

    /// <exception cref="JsonException">The event is malformed; the stream is broken.</exception>
    public AnthropicEvent Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        JsonText.MustBeUtf8(data);
        try
        {
            return Read(name, data);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    private AnthropicEvent Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> type = default;
        var json = new Utf8JsonReader(data);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("An event must be a JSON object.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("delta"u8))
            {
                ReadPiece(ref json);
            }
            else if (member.SequenceEqual("content_block"u8))
            {
                ReadBlock(JsonText.Value(ref json, data));
            }
            else if (member.SequenceEqual("usage"u8))
            {
                ReadUsage(ref json);
            }
            else if (member.SequenceEqual("message"u8))
            {
                ReadMessage(ref json);
            }
            else if (member.SequenceEqual("type"u8))
            {
                type = JsonText.InsideOrEmpty(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        // Nothing may follow the object; the reader throws when something does.
        json.Read();
        OtherName = type.IsEmpty || type.SequenceEqual(name) ? null : type.ToArray();
        return KindOf(type.Length > 0 ? type : name, data);
    }

    private AnthropicEvent KindOf(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (type.SequenceEqual("content_block_delta"u8))
        {
            return AnthropicEvent.Delta;
        }

        if (type.SequenceEqual("message_start"u8))
        {
            return AnthropicEvent.Start;
        }

        if (type.SequenceEqual("content_block_stop"u8))
        {
            Open = OpenBlock.None;
            return AnthropicEvent.Other;
        }

        if (type.SequenceEqual("message_delta"u8))
        {
            Delivered?.Other();   // the client has been told why the answer stopped, so nothing can follow
            return AnthropicEvent.MessageDelta;
        }

        if (type.SequenceEqual("message_stop"u8))
        {
            IsStopped = true;
            return AnthropicEvent.Stop;
        }

        if (type.SequenceEqual("error"u8))
        {
            Failure = AnthropicErrors.Read(200, data);
            return AnthropicEvent.Error;
        }

        return AnthropicEvent.Other;
    }

    /// <summary>The delta of a block, whose text stands under a name of its own, or that of the message, which says why it stopped.</summary>
    private void ReadPiece(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (json.TokenType is JsonTokenType.String && json.ValueSpan.Length > 0)
            {
                if (member.SequenceEqual("text"u8) || member.SequenceEqual("thinking"u8) || member.SequenceEqual("partial_json"u8))
                {
                    HasContent = true;
                    ContentBytes += json.ValueSpan.Length;
                    if (member.SequenceEqual("text"u8))
                    {
                        Delivered?.Text(json.ValueSpan);
                    }
                }
                else if (member.SequenceEqual("signature"u8) || (member.SequenceEqual("stop_reason"u8) && json.ValueTextEquals("refusal"u8)))
                {
                    HasContent = true;
                }
            }

            json.Skip();
        }
    }

    private void ReadBlock(ReadOnlySpan<byte> block)
    {
        var fields = AnthropicBlock.Read(block);
        var text = fields.Text.Length + fields.Thinking.Length;
        ContentBytes += text + fields.Name.Length;

        Blocks++;
        Open = fields.Type.SequenceEqual("text"u8) ? OpenBlock.Text : fields.Type.SequenceEqual("thinking"u8) ? OpenBlock.Reasoning : OpenBlock.None;
        if (Open == OpenBlock.Text)
        {
            Delivered?.Text(fields.Text);
        }
        else if (Open == OpenBlock.None && !fields.Type.SequenceEqual("redacted_thinking"u8))
        {
            Delivered?.Other();
        }

        // Text and thinking begin empty; any other kind of block says something by being there.
        HasContent |= text > 0 || !(fields.Type.SequenceEqual("text"u8) || fields.Type.SequenceEqual("thinking"u8));
    }

    private void ReadMessage(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isUsage = json.ValueTextEquals("usage"u8);
            json.Read();
            if (isUsage)
            {
                ReadUsage(ref json);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private void ReadUsage(ref Utf8JsonReader json)
    {
        _told |= json.TokenType is JsonTokenType.StartObject;
        _usage.Merge(ref json);
    }
}
