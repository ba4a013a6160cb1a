using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// OpenAI's dialect on both sides: chunks go through byte for byte, one scan finds usage and end. From the first finish reason on
/// one chunk is held back, so that `_hiway` rides on the last one.
/// </summary>
/// <param name="includeUsage">The client asked for usage; else it is cut out (HiWay always asks upstream).</param>
internal sealed class OpenAiChatStreamRelay(bool includeUsage) : IStreamRelay
{
    private RentedBuffer? _held;
    private byte[]? _id;
    private byte[]? _model;
    private bool _finished;
    private bool _closed;
    private bool _done;

    public bool HasContent { get; private set; }

    public bool IsComplete => _done || (_closed && _finished);

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public long ContentBytes { get; private set; }

    public DeliveredText? Delivered { get; set; }

    public IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional) =>
        TranslatedStreamRelay.TakeOver(call, attempt, Delivered!, expected, optional, _id is [_, .. var inside, _] ? inside : null);

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        var data = sse.Data.Trim(" \t\r\n"u8);
        if (_done || Failure is not null || data.IsEmpty)
        {
            return;
        }

        if (data.SequenceEqual("[DONE]"u8))
        {
            _done = true;
            return;
        }

        var chunk = OpenAiChunk.Read(data);
        Failure = chunk.FailureIn(data);
        if (Failure is not null)
        {
            Usage = chunk.Usage ?? Usage;
            return;
        }

        _id ??= chunk.Id.IsEmpty ? null : chunk.Id.ToArray();
        _model ??= chunk.Model.IsEmpty ? null : chunk.Model.ToArray();
        Usage = chunk.Usage ?? Usage;
        HasContent |= chunk.HasContent;
        ContentBytes += chunk.ContentBytes;
        _finished |= chunk.HasFinishReason;

        if (!includeUsage && chunk.Usage is not null && !chunk.HasChoices)
        {
            return;
        }

        var cut = includeUsage ? default : chunk.UsageMember;
        if (_finished)
        {
            Release(to);
            _held ??= new RentedBuffer(Math.Max(512, data.Length));
            WriteWithout(data, cut, _held);
        }
        else
        {
            to.Write("data: "u8);
            WriteWithout(data, cut, to);
            to.Write("\n\n"u8);
            Keep(chunk);
        }
    }

    public void Closed(IBufferWriter<byte> to) => _closed = true;

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        to.Write("data: "u8);
        if (_held is { Length: > 0 })
        {
            AppendMember(_held.Span, hiway, to);
        }
        else
        {
            WriteOwnChunk(hiway, to);
        }

        to.Write("\n\ndata: [DONE]\n\n"u8);
    }

    public void Dispose() => _held?.Dispose();

    /// <summary>Writes a JSON object with `_hiway` as its last member.</summary>
    internal static void AppendMember(ReadOnlySpan<byte> json, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        var end = json.LastIndexOf((byte)'}');
        to.Write(json[..end].TrimEnd(" \t\r\n"u8));
        to.Write(json[..end].TrimEnd(" \t\r\n"u8).EndsWith("{"u8) ? "\"_hiway\":"u8 : ",\"_hiway\":"u8);
        to.Write(hiway);
        to.Write("}"u8);
    }

    private static void WriteWithout(ReadOnlySpan<byte> data, Range cut, IBufferWriter<byte> to)
    {
        var (start, length) = cut.GetOffsetAndLength(data.Length);
        if (length == 0)
        {
            to.Write(data);
            return;
        }

        to.Write(data[..start]);
        to.Write(data[(start + length)..]);
    }

    /// <summary>The chunk went to the client.</summary>
    private void Keep(in OpenAiChunk chunk)
    {
        if (Delivered is not { } delivered)
        {
            return;
        }

        delivered.Text(chunk.Text);
        if (chunk.HasOther)
        {
            delivered.Other();
        }
    }

    private void Release(IBufferWriter<byte> to)
    {
        if (_held is { Length: > 0 })
        {
            to.Write("data: "u8);
            to.Write(_held.Span);
            to.Write("\n\n"u8);
            if (Delivered is not null)
            {
                Keep(OpenAiChunk.Read(_held.Span));
            }

            _held.Clear();
        }
    }

    /// <summary>For upstreams that end with [DONE] alone: a chunk without choices, as the usage chunk is one.</summary>
    private void WriteOwnChunk(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        to.Write("{\"id\":"u8);
        to.Write(_id ?? "\"chatcmpl-hiway\""u8);
        to.Write(",\"object\":\"chat.completion.chunk\",\"created\":"u8);
        System.Buffers.Text.Utf8Formatter.TryFormat(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), to.GetSpan(20), out var written);
        to.Advance(written);
        to.Write(",\"model\":"u8);
        to.Write(_model ?? "\"\""u8);
        to.Write(",\"choices\":[],\"_hiway\":"u8);
        to.Write(hiway);
        to.Write("}"u8);
    }
}

/// <summary>OpenAI's dialect on both sides, whole answers.</summary>
internal sealed class OpenAiChatAnswerRelay : IAnswerRelay
{
    public bool HasContent { get; private set; }

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public long ContentBytes { get; private set; }

    public void Read(ReadOnlySpan<byte> body)
    {
        var answer = OpenAiChunk.Read(body);
        Usage = answer.Usage;
        Failure = answer.FailureIn(body);
        if (Failure is not null)
        {
            return;
        }

        if (!answer.HasChoices)
        {
            throw new JsonException("The answer has no choices.");
        }

        HasContent = answer.HasContent;
        ContentBytes = answer.ContentBytes;
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) =>
        OpenAiChatStreamRelay.AppendMember(body, hiway, to);
}
