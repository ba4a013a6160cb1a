using System.Buffers;
using System.IO.Pipelines;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Wire;

/// <summary>
/// The client's end of a stream. Every read of the upstream is flushed at once; after a silence a heartbeat keeps the connection
/// alive, always between events.
/// </summary>
internal sealed class StreamOutput : IDisposable
{
    private readonly PipeWriter _writer;
    private readonly TimeSpan _silence;
    private Watch _watch;
    private readonly ReadOnlyMemory<byte> _heartbeat;
    private readonly SemaphoreSlim _gate = new(1, 1);

    public StreamOutput(PipeWriter writer, Watch watch, TimeSpan silence, ReadOnlyMemory<byte> heartbeat)
    {
        _writer = writer;
        _silence = silence;
        _heartbeat = heartbeat;
        _watch = watch;
        watch.BeatEvery(silence, () => _ = BeatAsync());
    }

    /// <summary>From now on another attempt's watch keeps the client's connection alive.</summary>
    public void Follow(Watch watch)
    {
        _watch.StopBeating();
        _watch = watch;
        watch.BeatEvery(_silence, () => _ = BeatAsync());
    }

    /// <summary>Hands the events that are here to the relay, and what it makes of them to the client.</summary>
    /// <param name="ended">The upstream is at its end: what is left without a blank line counts too.</param>
    /// <remarks>The relay, which meters, gets them though the client has gone: the provider bills them.</remarks>
    public async ValueTask RelayAsync(StreamAnswer answer, bool ended, CancellationToken clientGone)
    {
        await _gate.WaitAsync(CancellationToken.None);   // at most a heartbeat holds it, whose flush ends with the client's connection
        try
        {
            var seen = false;
            while (answer.Body.TryNext(out var sse))
            {
                seen = true;
                answer.Relay.Take(sse, _writer);
            }

            if (ended)
            {
                while (answer.Body.TryRest(out var rest))
                {
                    answer.Relay.Take(rest, _writer);
                }

                answer.Relay.Closed(_writer);
                seen = true;
            }

            if (seen)
            {
                await FlushAsync(clientGone);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>No heartbeat until another watch is followed.</summary>
    public void Pause() => _watch.StopBeating();

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken clientGone)
    {
        await _gate.WaitAsync(clientGone);
        try
        {
            _writer.Write(bytes.Span);
            await FlushAsync(clientGone);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => Pause();

    private async ValueTask FlushAsync(CancellationToken clientGone)
    {
        var result = await _writer.FlushAsync(clientGone);
        _watch.Wrote();
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException(clientGone);
        }
    }

    private async Task BeatAsync()
    {
        // Busy means that something is being written right now, which serves as well.
        if (!await _gate.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            _writer.Write(_heartbeat.Span);
            await _writer.FlushAsync();
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The stream ended in the same moment; its own path says so.
        }
        finally
        {
            _gate.Release();
        }
    }
}
