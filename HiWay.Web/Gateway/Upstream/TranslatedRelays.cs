using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>A stream of another dialect, read into the inner form and written as OpenAI chunks.</summary>
internal sealed class TranslatedStreamRelay : IStreamRelay
{
    private readonly TargetedWriter _target = new();
    private readonly OpenAiChatStreamWriter _writer;
    private readonly IUpstreamStreamReader _reader;
    private readonly bool _includeUsage;

    public TranslatedStreamRelay(IUpstreamDialect upstream, AnswerDefaults defaults, bool includeUsage)
    {
        _writer = new OpenAiChatStreamWriter(_target, defaults);
        _reader = upstream.NewStreamReader(_writer);
        _includeUsage = includeUsage;
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
        _writer.WriteEnding(hiway, _includeUsage);
    }

    public void Dispose()
    {
    }
}

/// <summary>A whole answer of another dialect, written as one OpenAI completion.</summary>
internal sealed class TranslatedAnswerRelay(IUpstreamDialect upstream, AnswerDefaults defaults) : IAnswerRelay
{
    private readonly OpenAiChatAnswerWriter _writer = new(defaults);

    public bool HasContent => _writer.HasContent;

    public UpstreamError? Failure => _writer.Error;

    public TokenUsage? Usage => _writer.Usage;

    public long ContentBytes => _writer.ProducedBytes;

    public void Read(ReadOnlySpan<byte> body) => upstream.ReadAnswer(body, _writer);

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) => _writer.WriteTo(to, hiway);
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
