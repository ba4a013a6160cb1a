using System.IO.Pipelines;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Writes on to the client and keeps a copy of what was written.</summary>
internal sealed class CopyingPipeWriter(PipeWriter client, AnswerCopy copy) : PipeWriter
{
    private Memory<byte> _written;

    /// <summary>What to write to: the client itself where nobody wants a copy.</summary>
    public static PipeWriter Around(PipeWriter client, AnswerCopy? copy) => copy is null ? client : new CopyingPipeWriter(client, copy);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _written = client.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        copy.Add(_written.Span[..bytes]);
        _written = _written[bytes..];
        client.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => client.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => client.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => client.Complete(exception);

    public override bool CanGetUnflushedBytes => client.CanGetUnflushedBytes;

    public override long UnflushedBytes => client.UnflushedBytes;
}
