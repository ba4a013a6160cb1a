using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiResponses;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>Answers of an upstream, whose calls are handed on under the client's names for its tools.</summary>
/// <param name="Names">Null where the upstream knows the tools under those names too.</param>
internal readonly record struct UpstreamAnswers(IUpstreamDialect Dialect, ToolNames? Names = null)
{
    public IUpstreamStreamReader NewReader(IAnswerSink sink) => Dialect.NewStreamReader(Names?.Restoring(sink) ?? sink);

    public void Read(ReadOnlySpan<byte> body, IAnswerSink sink) => Dialect.ReadAnswer(body, Names?.Restoring(sink) ?? sink);
}

/// <summary>A stream of another dialect, read into the inner form and written in the client's.</summary>
internal sealed class TranslatedStreamRelay : IStreamRelay
{
    private static readonly UpstreamError OtherAnswer = new(502, "The model that went on with the answer told another one.") { Kind = UpstreamErrorKind.Diverged };

    private readonly TargetedWriter _target;
    private readonly ClientStreamWriter _writer;
    private readonly UpstreamAnswers _upstream;
    private readonly ResumableSink? _resumed;
    private IUpstreamStreamReader _reader;

    public TranslatedStreamRelay(IClientDialect client, UpstreamAnswers upstream, AnswerDefaults defaults)
    {
        _target = new();
        _writer = client.NewStreamWriter(_target, defaults);
        _upstream = upstream;
        _reader = upstream.NewReader(_writer);
    }

    private TranslatedStreamRelay(TargetedWriter target, ClientStreamWriter writer, UpstreamAnswers upstream, ResumableSink resumed, DeliveredText delivered)
    {
        (_target, _writer, _upstream, _resumed) = (target, writer, upstream, resumed);
        _reader = upstream.NewReader(resumed);
        Delivered = delivered;
    }

    public DeliveredText? Delivered
    {
        get;
        set
        {
            // Before the first event, so the reader has no state to lose.
            field = value;
            if (value is not null && _resumed is null)
            {
                _reader = _upstream.NewReader(new ResumableSink(_writer, value));
            }
        }
    }

    public bool HasContent => _resumed?.HasContent ?? _writer.HasContent;

    public bool IsComplete => _writer.IsEnded;

    public UpstreamError? Failure => _resumed is { Diverged: true } ? OtherAnswer : _writer.Error;

    public TokenUsage? Usage => _writer.Usage;

    public long ContentBytes => _resumed?.ContentBytes ?? _writer.ProducedBytes;

    /// <summary>Takes over an answer whose beginning was passed through as bytes; null where the client's dialect cannot.</summary>
    /// <param name="blocks">How many blocks of it have begun, where the client's dialect counts them.</param>
    /// <param name="open">What the last of them holds, when it has not ended.</param>
    /// <param name="idJson">The answer's id as the client knows it, inside of a JSON string; null where none was seen.</param>
    public static IStreamRelay? TakeOver(GatewayCall call, Attempt attempt, DeliveredText delivered, string expected, bool optional, byte[]? idJson, int blocks = 0, OpenBlock open = OpenBlock.None)
    {
        var target = new TargetedWriter();
        var writer = call.Client.NewStreamWriter(target, call.Client.Defaults(call, attempt.Deployment));
        return writer.BeginInTheMiddle(blocks, open)
            ? new TranslatedStreamRelay(target, writer, DialectPairs.Answers(call, attempt), new(writer, delivered, expected, optional, idJson), delivered)
            : null;
    }

    /// <summary>The same for the Responses API, whose events need more to go on.</summary>
    public static IStreamRelay TakeOver(GatewayCall call, Attempt attempt, DeliveredText delivered, string expected, bool optional, ResponsesProgress begun)
    {
        var target = new TargetedWriter();
        var defaults = call.Client.Defaults(call, attempt.Deployment);
        var writer = new OpenAiResponsesStreamWriter(target, begun.Id is { } id ? defaults with { Id = id } : defaults);
        begun.HandTo(writer, delivered);
        return new TranslatedStreamRelay(target, writer, DialectPairs.Answers(call, attempt), new(writer, delivered, expected, optional, null), delivered);
    }

    public IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional)
    {
        _writer.GoOn();
        return new TranslatedStreamRelay(_target, _writer, DialectPairs.Answers(call, attempt), new(_writer, Delivered!, expected, optional, null), Delivered!);
    }

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        if (!sse.HasData || IsComplete || Failure is not null)
        {
            return;
        }

        _target.Target = to;
        _reader.Read(sse.Name, sse.Data);
    }

    public void Closed(IBufferWriter<byte> to)
    {
        _target.Target = to;
        _reader.Closed();
    }

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        _target.Target = to;
        _writer.WriteEnding(hiway);
    }

    public bool WriteFailure(string code, string message, IBufferWriter<byte> to)
    {
        _target.Target = to;
        return _writer.WriteFailure(code, message);
    }

    public void Dispose()
    {
    }
}

/// <summary>A whole answer of another dialect, written in the client's.</summary>
internal sealed class TranslatedAnswerRelay(UpstreamAnswers upstream, ClientAnswerWriter writer) : IAnswerRelay
{
    public bool HasContent => writer.HasContent;

    public UpstreamError? Failure => writer.Error;

    public TokenUsage? Usage => writer.Usage;

    public long ContentBytes => writer.ProducedBytes;

    public void Read(ReadOnlySpan<byte> body) => upstream.Read(body, writer);

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) => writer.WriteTo(to, hiway);
}

/// <summary>A writer whose destination changes: the held-back buffer before the commit point, the client's pipe after it.</summary>
internal sealed class TargetedWriter : IBufferWriter<byte>
{
    private static readonly ArrayBufferWriter<byte> Nowhere = new();

    public IBufferWriter<byte> Target { get; set; } = Nowhere;

    public void Advance(int count) => Target.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => Target.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => Target.GetSpan(sizeHint);
}
