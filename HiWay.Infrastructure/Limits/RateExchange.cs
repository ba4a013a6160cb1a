using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Limits;

/// <summary>
/// Tells other nodes what this one has let through, and hears what they have. A node alone only writes down its counts by the
/// day, so that a restart does not begin the day anew. While the database is away each node goes on with what it heard last.
/// </summary>
internal sealed partial class RateExchange(
    RateWindows windows, RateShares shares, BudgetHealth nodes, IOptions<BudgetOptions> options, TimeProvider clock, ILogger<RateExchange> log) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await DaysAsync(cancellationToken);
        }
        catch (Exception away) when (away is OperationCanceledException || DatabaseFault.IsPassing(away))
        {
            LogAway(log, away.GetBaseException().Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.Value.ExchangeInterval, stoppingToken);
                await TickAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // StopAsync writes the day's counts once more.
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(2));
            await DaysAsync(limit.Token);
            if (nodes.HasCompany)
            {
                await MinutesAsync(limit.Token);
            }

            windows.CutOff = false;
        }
        catch (Exception away) when (!cancellationToken.IsCancellationRequested && (away is OperationCanceledException || DatabaseFault.IsPassing(away)))
        {
            if (!windows.CutOff && nodes.HasCompany)
            {
                LogAway(log, away.GetBaseException().Message);
            }

            windows.CutOff = nodes.HasCompany;
        }
    }

    private async Task MinutesAsync(CancellationToken cancellationToken)
    {
        var second = windows.NowSecond();
        var now = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var subjects = windows.Subjects.ToDictionary(subject => subject.Id, StringComparer.Ordinal);
        var news = new List<RateNews>();
        foreach (var subject in subjects.Values)
        {
            lock (subject.Gate)
            {
                if (subject.Changed)
                {
                    subject.Advance(second, today, cutOff: false);
                    subject.Changed = false;
                    news.Add(new(subject.Id, subject.AllRequests, subject.AllTokens, subject.Requests.Used, subject.Tokens.Used, subject.Running(now)));
                }
            }
        }

        if (news.Count > 0)
        {
            try
            {
                await shares.TellAsync(news, cancellationToken);
            }
            catch
            {
                news.ForEach(one => subjects[one.Subject].Changed = true);
                throw;
            }
        }

        if (subjects.Count == 0)
        {
            return;
        }

        var running = subjects.Keys.ToDictionary(id => id, _ => 0, StringComparer.Ordinal);
        foreach (var (node, said) in await shares.HearAsync([.. subjects.Keys], cancellationToken))
        {
            running[said.Subject] += said.Running;
            var subject = subjects[said.Subject];
            lock (subject.Gate)
            {
                subject.Hear(node, said.Requests, said.Tokens, said.MinuteRequests, said.MinuteTokens, second);
            }
        }

        foreach (var (id, count) in running)
        {
            lock (subjects[id].Gate)
            {
                subjects[id].HearRunning(count);
            }
        }
    }

    /// <summary>Only subjects whose limits count days are asked about: the others never become known, and cost nothing here.</summary>
    private async Task DaysAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var changed = windows.Subjects.Where(subject => subject.CountsDays && subject.Day == today && (subject.DayChanged || !subject.DayKnown || nodes.HasCompany)).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        var heard = await shares.HearDaysAsync([.. changed.Select(subject => subject.Id)], today, cancellationToken);
        var counts = new List<(string, DateOnly, long)>();
        foreach (var subject in changed)
        {
            lock (subject.Gate)
            {
                var (own, others) = heard.GetValueOrDefault(subject.Id);
                subject.OthersDayRequests = others;
                if (!subject.DayKnown)
                {
                    subject.KnowDay(own);
                }

                if (subject.DayChanged)
                {
                    subject.DayChanged = false;
                    counts.Add((subject.Id, today, subject.DayRequests));
                }
            }
        }

        if (counts.Count > 0)
        {
            await shares.TellDaysAsync(counts, cancellationToken);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "What other nodes let through cannot be heard ({Problem}). This node keeps to the share of each limit that they left it.")]
    private static partial void LogAway(ILogger log, string problem);
}
