using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>A stream of another dialect, read into the inner form and written in the client's.</summary>
internal sealed class TranslatedStreamRelay : IStreamRelay
{
    private readonly TargetedWriter _target = new();
    private readonly ClientStreamWriter _writer;
    private readonly IUpstreamStreamReader _reader;

    public TranslatedStreamRelay(IClientDialect client, IUpstreamDialect upstream, AnswerDefaults defaults)
    {
        _writer = client.NewStreamWriter(_target, defaults);
        _reader = upstream.NewStreamReader(_writer);
    }

    public bool HasContent => _writer.HasContent;

    public bool IsComplete => _writer.IsEnded;

    public UpstreamError? Failure => _writer.Error;

    public TokenUsage? Usage => _writer.Usage;

    public long ContentBytes => _writer.ProducedBytes;

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

    public void Dispose()
    {
    }
}

/// <summary>A whole answer of another dialect, written in the client's.</summary>
internal sealed class TranslatedAnswerRelay(IUpstreamDialect upstream, ClientAnswerWriter writer) : IAnswerRelay
{
    public bool HasContent => writer.HasContent;

    public UpstreamError? Failure => writer.Error;

    public TokenUsage? Usage => writer.Usage;

    public long ContentBytes => writer.ProducedBytes;

    public void Read(ReadOnlySpan<byte> body) => upstream.ReadAnswer(body, writer);

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
