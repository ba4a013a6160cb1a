using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// Anthropic's dialect on both sides: events go through byte for byte, one scan finds usage and end. Only the last event is held back, so that
/// `_hiway` rides on it.
/// </summary>
internal sealed class AnthropicStreamRelay : IStreamRelay
{
    private readonly AnthropicEventScan _scan = new();
    private RentedBuffer? _stop;
    private bool _started;

    public bool HasContent => _scan.HasContent;

    public bool IsComplete => _scan.IsStopped;

    public UpstreamError? Failure => _scan.Failure;

    public TokenUsage? Usage => _scan.Usage;

    public long ContentBytes => _scan.ContentBytes;

    public DeliveredText? Delivered
    {
        get => _scan.Delivered;
        set => _scan.Delivered = value;
    }

    public IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional) =>
        TranslatedStreamRelay.TakeOver(call, attempt, Delivered!, expected, optional, null, _scan.Blocks, _scan.Open);

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        var data = sse.Data.Trim(" \t\r\n"u8);
        if (IsComplete || Failure is not null || data.IsEmpty || data.SequenceEqual("[DONE]"u8))
        {
            return;
        }

        switch (_scan.Take(sse.Name, data))
        {
            case AnthropicEvent.Stop:
                // Clients go by the type; a server that leaves it out, or has another in it, said it by the event's name.
                if (JsonMembers.FindText(data, "type"u8).SequenceEqual("message_stop"u8))
                {
                    _stop = new RentedBuffer(Math.Max(64, data.Length));
                    _stop.Write(data);
                }

                break;
            case AnthropicEvent.Start when _started:
                break;      // some servers send it twice, and clients refuse the second
            case AnthropicEvent.Error:
                break;      // told in HiWay's own words
            case AnthropicEvent.Start:
                _started = true;
                Pass(sse, data, to);
                break;
            default:
                Pass(sse, data, to);
                break;
        }
    }

    public void Closed(IBufferWriter<byte> to)
    {
        // Only message_stop makes an answer whole.
    }

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        to.Write("event: message_stop\ndata: "u8);
        OpenAiChatStreamRelay.AppendMember(_stop is { Length: > 0 } stop ? stop.Span : "{\"type\":\"message_stop\"}"u8, hiway, to);
        to.Write("\n\n"u8);
    }

    public void Dispose() => _stop?.Dispose();

    private void Pass(in SseEvent sse, ReadOnlySpan<byte> data, IBufferWriter<byte> to)
    {
        if (_scan.OtherName is { } name)
        {
            PassAs(name, data, to);
            return;
        }

        to.Write(sse.Raw);
        if (!sse.Raw.EndsWith("\n\n"u8) && !sse.Raw.EndsWith("\n\r\n"u8) && !sse.Raw.EndsWith("\r\r"u8))
        {
            to.Write("\n\n"u8);     // the last event of a stream that ended without its blank line
        }
    }

    private static void PassAs(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> to)
    {
        to.Write("event: "u8);
        to.Write(name);
        foreach (var line in data.Split((byte)'\n'))
        {
            to.Write("\ndata: "u8);
            to.Write(data[line]);
        }

        to.Write("\n\n"u8);
    }
}

/// <summary>Anthropic's dialect on both sides, whole answers.</summary>
internal sealed class AnthropicAnswerRelay : IAnswerRelay
{
    private readonly AnswerScan _scan = new();

    public bool HasContent => _scan.HasContent;

    public UpstreamError? Failure => _scan.Error;

    public TokenUsage? Usage => _scan.Usage;

    public long ContentBytes => _scan.ProducedBytes;

    public void Read(ReadOnlySpan<byte> body) => UpstreamDialects.For(Infrastructure.Providers.UpstreamDialect.AnthropicMessages).ReadAnswer(body, _scan);

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) => OpenAiChatStreamRelay.AppendMember(body, hiway, to);

    /// <summary>Keeps the facts of an answer and none of its words.</summary>
    private sealed class AnswerScan() : ClientAnswer(s_nothing)
    {
        private static readonly AnswerDefaults s_nothing = new("", "", 0);

        protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
        {
        }

        protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
        {
        }

        protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
        {
        }

        protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json)
        {
        }

        protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson)
        {
        }

        protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
        {
        }

        protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
        {
        }

        protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json)
        {
        }

        protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json)
        {
        }

        protected override void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue)
        {
            if (kind == ExtraKinds.ServerTool)
            {
                MarkContent();
            }
        }
    }
}
