using System.Collections.Concurrent;
using System.Collections.Immutable;
using HiWay.Domain.Metering;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Metering;

/// <summary>Subscriptions by workspace. Without any, publishing costs one read.</summary>
internal sealed class UsageFeed(ILogger<UsageFeed> log) : IUsageFeed
{
    private readonly ConcurrentDictionary<string, ImmutableArray<Action<UsageEvent>>> _subscribers = new(StringComparer.Ordinal);
    private int _count;

    public IDisposable Subscribe(string workspaceId, Action<UsageEvent> onUsage)
    {
        // Wrapped, so that two subscriptions with the same delegate are still two.
        Action<UsageEvent> own = usage => onUsage(usage);
        _subscribers.AddOrUpdate(workspaceId, [own], (_, others) => others.Add(own));
        Interlocked.Increment(ref _count);
        return new Subscription(this, workspaceId, own);
    }

    /// <summary>Hands the event to the pool, so that a slow page never holds up a call.</summary>
    public void Publish(UsageEvent usage)
    {
        if (Volatile.Read(ref _count) > 0 && _subscribers.TryGetValue(usage.WorkspaceId, out var subscribers) && !subscribers.IsEmpty)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.Feed.Deliver(state.Subscribers, state.Usage), (Feed: this, Subscribers: subscribers, Usage: usage), preferLocal: false);
        }
    }

    private void Deliver(ImmutableArray<Action<UsageEvent>> subscribers, UsageEvent usage)
    {
        foreach (var subscriber in subscribers)
        {
            try
            {
                subscriber(usage);
            }
            catch (Exception failed)
            {
                MeteringLog.SubscriberFailed(log, failed);
            }
        }
    }

    private sealed class Subscription(UsageFeed feed, string workspaceId, Action<UsageEvent> own) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                feed._subscribers.AddOrUpdate(workspaceId, [], (_, others) => others.Remove(own));
                Interlocked.Decrement(ref feed._count);
            }
        }
    }
}
