using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering;

namespace HiWay.Web.Pages;

/// <summary>
/// Metered calls of a workspace in batches, at most one batch per interval, so that a busy workspace does not flood
/// a circuit. Holds the newest calls only; <see cref="Batch.Count"/> tells how many there were.
/// </summary>
public sealed class LiveUsage : IDisposable
{
    private const int MostKept = 100;

    private readonly Lock _lock = new();
    private readonly Func<Batch, Task> _onBatch;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private readonly IDisposable _subscription;
    private readonly Queue<UsageEvent> _newest = new();
    private int _count;
    private bool _scheduled;
    private bool _delivering;
    private bool _closed;

    /// <param name="onBatch">Called on a pool thread, never twice at once; goes through the component's <c>InvokeAsync</c>.</param>
    /// <param name="interval">The least time between two batches.</param>
    public LiveUsage(IUsageFeed feed, string workspaceId, TimeProvider clock, TimeSpan interval, Func<Batch, Task> onBatch)
    {
        (_onBatch, _interval) = (onBatch, interval);
        _timer = clock.CreateTimer(_ => _ = DeliverAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = feed.Subscribe(workspaceId, Take);
    }

    /// <param name="Newest">Oldest first.</param>
    /// <param name="Count">How many calls there were since the last batch.</param>
    public sealed record Batch(IReadOnlyList<UsageEvent> Newest, int Count);

    public void Dispose()
    {
        _subscription.Dispose();
        lock (_lock)
        {
            _closed = true;
        }

        _timer.Dispose();
    }

    private void Take(UsageEvent usage)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _newest.Enqueue(usage);
            if (_newest.Count > MostKept)
            {
                _newest.Dequeue();
            }

            _count++;
            Schedule();
        }
    }

    private void Schedule()
    {
        if (!_scheduled && !_delivering && !_closed && _count > 0)
        {
            _scheduled = true;
            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task DeliverAsync()
    {
        Batch batch;
        lock (_lock)
        {
            if (_closed || _count == 0)
            {
                _scheduled = false;
                return;
            }

            batch = new([.. _newest], _count);
            _newest.Clear();
            (_count, _scheduled, _delivering) = (0, false, true);
        }

        try
        {
            await _onBatch(batch);
        }
        catch (Exception gone) when (gone is ObjectDisposedException or OperationCanceledException)
        {
            // The page was left while the batch was on its way.
        }
        finally
        {
            lock (_lock)
            {
                _delivering = false;
                Schedule();
            }
        }
    }
}
