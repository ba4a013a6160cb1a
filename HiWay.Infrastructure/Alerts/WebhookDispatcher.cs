using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Alerts;

/// <summary>
/// Sends what is due, on every node: at once what this node has written, and by looking every few seconds what others have left
/// and what is tried again. At least once: a node that ends between sending and writing it down leaves the delivery to be sent again.
/// </summary>
internal sealed partial class WebhookDispatcher(WebhookQueue queue, WebhookAttempts attempts, AlertSignal signal, AlertsOptions options, TimeProvider clock, ILogger<WebhookDispatcher> log)
    : BackgroundService
{
    private const int MostAtOnce = 16;

    private readonly ConcurrentDictionary<string, Task> _running = new();
    private readonly ConcurrentDictionary<string, int> _places = new();
    private readonly CancellationTokenSource _giveUp = new();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // What is on its way arrives within the timeout, or is sent again after its lease.
        await Task.WhenAll(_running.Values).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _giveUp.CancelAsync();
    }

    public override void Dispose()
    {
        _giveUp.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var more = false;
            try
            {
                var free = MostAtOnce - _running.Count;
                if (free > 0)
                {
                    var taken = await queue.TakeAsync(free, [.. _places.Where(place => place.Value >= WebhookQueue.MostAtOnePlace).Select(place => place.Key)], stoppingToken);
                    isAway = false;
                    foreach (var one in taken)
                    {
                        Start(one);
                    }

                    more = taken.Count == free;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Said once for an outage; the log has more to tell then.
                if (!isAway)
                {
                    LogNotTaken(log, failure);
                }

                isAway = true;
            }

            if (!more)
            {
                await signal.WaitAsync(options.PollInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Start(TakenDelivery taken)
    {
        _places.AddOrUpdate(taken.Webhook.Id, 1, (_, count) => count + 1);

        // The task is in the list before it can take itself out.
        var begin = new TaskCompletionSource();
        _running[taken.Delivery.Id] = RunAsync(taken, begin.Task);
        begin.SetResult();
    }

    private async Task RunAsync(TakenDelivery taken, Task begin)
    {
        await begin.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var (webhook, delivery) = taken;
        try
        {
            if (WebhookShapes.PausedReason(webhook) is { } paused)
            {
                (delivery.Status, delivery.NextAttemptAt, delivery.Error) = (DeliveryStatus.GivenUp, null, $"The webhook is paused. {paused}");
            }
            else
            {
                await attempts.RunAsync(webhook, delivery, retries: true, _giveUp.Token);
            }

            await queue.FinishAsync(delivery, _giveUp.Token);
        }
        catch (Exception failure)
        {
            // The lease runs out, and the delivery is due again.
            LogNotFinished(log, delivery.Id, webhook.Id, failure);
        }
        finally
        {
            _places.AddOrUpdate(webhook.Id, 0, (_, count) => count - 1);
            if (_places.TryGetValue(webhook.Id, out var left) && left == 0)
            {
                _places.TryRemove(new(webhook.Id, 0));
            }

            _running.TryRemove(delivery.Id, out _);
            signal.Wake();   // a place is free
        }
    }

    [LoggerMessage(LogLevel.Warning, "Deliveries of alerts wait: the database does not give them out.")]
    private static partial void LogNotTaken(ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Warning, "The attempt of delivery {DeliveryId} to webhook {WebhookId} did not end in good order; it is made again.")]
    private static partial void LogNotFinished(ILogger log, string deliveryId, string webhookId, Exception failure);
}
