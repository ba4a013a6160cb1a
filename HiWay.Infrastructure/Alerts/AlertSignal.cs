using System.Threading.Channels;

namespace HiWay.Infrastructure.Alerts;

/// <summary>Wakes this node's dispatcher when there is something to send.</summary>
internal sealed class AlertSignal
{
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => _bell.Writer.TryWrite(true);

    /// <summary>Ends with the next call of <see cref="Wake"/>, one that has come already included, or when the time is over.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        try
        {
            await _bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }
}
