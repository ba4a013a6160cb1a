using System.Threading.Channels;
using HiWay.Domain.Alerts;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Alerts;

/// <summary>
/// Takes alerts from everywhere and writes a delivery for each endpoint that wants them, behind the calls. What is written survives
/// any end of the process; what waits is written when the process stops in good order. Alerts raised in the last moments before a process is
/// killed, or beyond the ten thousand that wait while the database is away, are in the log alone.
/// </summary>
internal sealed partial class AlertOutbox(IDbContextFactory<HiWayDb> contexts, DeliveryMaker maker, ProvidersDown providersDown, AlertSignal signal, AlertsMetrics metrics, TimeProvider clock, ILogger<AlertOutbox> log)
    : BackgroundService, IAlerts
{
    private const int MaxWaiting = 10_000;
    private const int BatchSize = 1_000;
    private const int MostRefusals = 5;

    /// <summary>In a flood alerts are gathered for so long, so that security events travel together.</summary>
    private static readonly TimeSpan s_gathering = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(2);

    private bool _forgotten;

    private readonly AlertFanOut _fanOut = new(maker);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<RaisedAlert> _waiting = Channel.CreateBounded<RaisedAlert>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public void Raise(AlertEvent alert)
    {
        LogRaised(log, alert.Type, alert.WorkspaceId, alert.Title, alert.Text);
        if (!_waiting.Writer.TryWrite(new(Ulid.New("evt", clock.GetUtcNow()), alert)))
        {
            LogLost(log, alert.Type, alert.WorkspaceId);
            metrics.Lost(1);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await _stopping.CancelAsync();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<RaisedAlert>();
        await WriteAsync(batch, stoppingToken);   // nothing yet but what this node knew before
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            while (batch.Count < BatchSize && _waiting.Reader.TryRead(out var raised))
            {
                batch.Add(raised);
            }

            await WriteAsync(batch, stoppingToken);
            var flood = batch.Count > AlertFanOut.MostApart;
            batch.Clear();
            if (flood)
            {
                await Task.Delay(s_gathering, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WriteAsync(List<RaisedAlert> batch, CancellationToken stop)
    {
        for (var refusals = 0; ;)
        {
            try
            {
                if (await TryWriteAsync(batch, stop) > 0)
                {
                    signal.Wake();
                }

                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogNotWritten(log, batch.Count, failure);
                if (DatabaseFault.IsAway(failure))
                {
                    await Task.Delay(s_retryAfter, clock, stop);
                }
                else if (++refusals >= MostRefusals)
                {
                    metrics.Lost(batch.Count);
                    return;   // an endpoint that was deleted meanwhile is gone at the next try; what is refused again and again holds nobody else up
                }
            }
        }
    }

    private async Task<int> TryWriteAsync(List<RaisedAlert> raised, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        if (!_forgotten)
        {
            await providersDown.ForgetOwnAsync(db, stop);
            _forgotten = true;
        }

        if (raised.Count == 0)
        {
            return 0;
        }

        var batch = raised;
        await using var together = raised.Exists(one => ProvidersDown.Concerns(one.Alert)) ? await db.Database.BeginTransactionAsync(stop) : null;
        if (together is not null)
        {
            batch = [];
            foreach (var one in raised)
            {
                if (await providersDown.IsNewsAsync(db, one.Alert, stop))
                {
                    batch.Add(one);
                }
            }
        }

        var workspaces = batch.Select(raised => raised.Alert.WorkspaceId).Distinct().ToList();
        var webhooks = await db.Webhooks.AsNoTracking().Where(row => workspaces.Contains(row.WorkspaceId)).OrderBy(row => row.Id).ToListAsync(stop);
        var now = clock.GetUtcNow();
        HashSet<(string Webhook, string Topic)> told = [];
        var deliveries = _fanOut.DeliveriesOf(batch, webhooks, now, told);
        if (deliveries.Count > 0)
        {
            db.WebhookDeliveries.AddRange(deliveries);
            await db.SaveChangesAsync(stop);
        }

        if (together is not null)
        {
            await together.CommitAsync(stop);
        }

        _fanOut.Remember(told, now);
        return deliveries.Count;
    }

    [LoggerMessage(LogLevel.Warning, "Alert {Type} of workspace {WorkspaceId}: {Title}. {Text}")]
    private static partial void LogRaised(ILogger log, string type, string workspaceId, string title, string text);

    [LoggerMessage(LogLevel.Error, "Alert {Type} of workspace {WorkspaceId} goes to no endpoint: too many wait for the database.")]
    private static partial void LogLost(ILogger log, string type, string workspaceId);

    [LoggerMessage(LogLevel.Warning, "{Count} alerts could not be written down for their endpoints.")]
    private static partial void LogNotWritten(ILogger log, int count, Exception failure);
}
