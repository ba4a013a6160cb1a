using System.Globalization;
using System.Threading.Channels;
using HiWay.Domain.Alerts;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HiWay.Infrastructure.Budgets;

/// <summary>
/// Writes down that a cap's spend has reached a threshold, and raises an alert for it: once per threshold and period, on whichever
/// node is first, through restarts. While the database is away the news waits.
/// </summary>
internal sealed class BudgetAlerts(SpendLedger ledger, NpgsqlDataSource database, IAlerts alerts, ILogger<BudgetAlerts> log) : BackgroundService
{
    private readonly Channel<CapCrossing> _news = Channel.CreateUnbounded<CapCrossing>(new() { SingleReader = true });

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ledger.Crossed += Hear;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        ledger.Crossed -= Hear;
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var crossing in _news.Reader.ReadAllAsync(stoppingToken))
            {
                for (var verdict = crossing.Before + 1; verdict <= crossing.Verdict; verdict++)
                {
                    // Calls that no longer fit stop at a cap without having passed what lies between.
                    if (verdict == crossing.Verdict || verdict <= crossing.Reached)
                    {
                        await WriteAsync(crossing, verdict, stoppingToken);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A crossing that is not written down yet is found again by the first call after the start.
        }
    }

    private void Hear(CapCrossing crossing) => _news.Writer.TryWrite(crossing);

    private async Task WriteAsync(CapCrossing crossing, BudgetVerdict verdict, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(250);
        while (true)
        {
            try
            {
                if (await InsertAsync(crossing, verdict, cancellationToken) is { } name)
                {
                    alerts.Raise(Describe(crossing, verdict, name));
                }

                return;
            }
            catch (Exception away) when (!cancellationToken.IsCancellationRequested && DatabaseFault.IsPassing(away))
            {
                BudgetLog.CrossingWaits(log, crossing.Cap.Subject.Id, verdict.Text(), away.GetBaseException().Message);
            }

            await Task.Delay(pause, cancellationToken);
            pause = pause < TimeSpan.FromSeconds(5) ? pause * 2 : pause;
        }
    }

    /// <summary>The key's name, or an empty text for other subjects; null when somebody has written it down before.</summary>
    private async Task<string?> InsertAsync(CapCrossing crossing, BudgetVerdict verdict, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO budget_events (workspace_id, kind, subject, period, start, verdict, at, spent_usd, cap_usd) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT DO NOTHING RETURNING coalesce((SELECT name FROM api_keys WHERE id = $3), '')
            """;
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = crossing.WorkspaceId });
        command.Parameters.Add(new() { Value = (int)crossing.Cap.Subject.Kind });
        command.Parameters.Add(new() { Value = crossing.Cap.Subject.Id });
        command.Parameters.Add(new() { Value = (int)crossing.Cap.Period });
        command.Parameters.Add(new() { Value = crossing.WindowStart.UtcDateTime });
        command.Parameters.Add(new() { Value = verdict.Text() });
        command.Parameters.Add(new() { Value = crossing.At.UtcDateTime });
        command.Parameters.Add(new() { Value = crossing.SpentUsd });
        command.Parameters.Add(new() { Value = crossing.Cap.CapUsd });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private static AlertEvent Describe(CapCrossing crossing, BudgetVerdict verdict, string keyName)
    {
        var cap = crossing.Cap;
        var period = cap.Period is CapPeriod.Day ? "daily" : "monthly";
        var whose = cap.Subject.Kind switch
        {
            SpendSubjectKind.Key => $"the key '{(keyName.Length > 0 ? keyName : cap.Subject.Id)}'",
            SpendSubjectKind.EndUser => $"the end user '{cap.Subject.Name}'",
            _ => "the workspace",
        };
        var effect = verdict switch
        {
            BudgetVerdict.Block => "Further calls are refused until the cap is raised or the next period begins.",
            BudgetVerdict.LightOnly => "Routed calls go to light models from now on.",
            BudgetVerdict.Downgrade => "Routed calls go one tier lower from now on.",
            _ => "Nothing changes yet.",
        };
        var resetAt = SpendWindows.EndOf(cap.Period, crossing.WindowStart);
        return new(AlertTypes.BudgetAlert, crossing.WorkspaceId, crossing.At,
            $"{verdict.Text()}: {char.ToUpperInvariant(whose[0])}{whose[1..]} has spent {Usd(crossing.SpentUsd)} of its {period} cap of {Usd(cap.CapUsd)} USD",
            effect,
            [
                new("scope", cap.Subject.ScopeName), new("subject", cap.Subject.Name), new("verdict", verdict.Text()), new("period", cap.Period is CapPeriod.Day ? "day" : "month"),
                new("spent_usd", crossing.SpentUsd), new("cap_usd", cap.CapUsd), new("reset_at", resetAt),
            ]);
    }

    private static string Usd(decimal usd) => usd.ToString("0.00####", CultureInfo.InvariantCulture);
}
