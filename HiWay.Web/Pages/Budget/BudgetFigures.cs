using System.Globalization;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Budgets;
using HiWay.Web.Components;
using HiWay.Web.Components.Charts;

namespace HiWay.Web.Pages.Budget;

/// <summary>Budgets in words and colours.</summary>
public static class BudgetFigures
{
    public static Tone ToneOf(string verdict) => BudgetRules.Parse(verdict) switch
    {
        BudgetVerdict.Block => Tone.Bad,
        BudgetVerdict.LightOnly or BudgetVerdict.Downgrade or BudgetVerdict.Warn => Tone.Warn,
        _ => Tone.Good,
    };

    /// <summary>What a verdict does to calls, as a sentence.</summary>
    public static string Effect(string verdict) => BudgetRules.Parse(verdict) switch
    {
        BudgetVerdict.Block => "Calls are refused with 402.",
        BudgetVerdict.LightOnly => "Routed calls go to light models; pinned models stay.",
        BudgetVerdict.Downgrade => "Routed calls go one tier lower; pinned models stay.",
        BudgetVerdict.Warn => "Nothing changes yet.",
        _ => "Calls go where the router sends them.",
    };

    /// <summary>Spent of a cap, 0..1 and more; a cap of 0 is used up.</summary>
    public static double Share(decimal spentUsd, decimal capUsd) => capUsd > 0m ? (double)(spentUsd / capUsd) : 1;
}

/// <summary>The month as a line: what was spent by the end of each day, and where it goes at the pace of the last days.</summary>
/// <remarks>Across and up are per cent of the plot, so that the drawing takes whatever room it gets; the outlines are in units of 0..1000 by 0..100, down.</remarks>
/// <param name="Spent">Points of the spend so far.</param>
/// <param name="Forecast">From now to the month's end.</param>
/// <param name="NowAcross">Where the line stands now.</param>
/// <param name="CapUp">Height of the cap; null without one.</param>
/// <param name="BlockAcross">When the cap is reached; null when it is not, or was.</param>
/// <param name="Grid">Heights of the grid lines with their labels.</param>
/// <param name="Days">Places of day labels.</param>
public sealed record BudgetChart(
    string Spent, string Area, string Forecast, double NowAcross, double NowUp, double? CapUp, double? BlockAcross, IReadOnlyList<(double Up, string Text)> Grid, IReadOnlyList<(double Across, string Text)> Days)
{
    public static BudgetChart Of(BudgetPageView page, DateTimeOffset now)
    {
        var budget = page.Budget;
        var end = budget.ResetAt;
        var start = end.AddMonths(-1);
        var days = (end - start).TotalDays;
        double Across(DateTimeOffset at) => (at - start).TotalDays / days * 100;

        var sums = new List<(double Across, double Usd)> { (0, 0) };
        var sum = 0m;
        foreach (var (day, usd) in page.Days)
        {
            sum += usd;
            var at = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
            if (at < now)
            {
                sums.Add((Across(at), (double)sum));
            }
        }

        var (nowAcross, spent, forecast) = (Across(now), (double)budget.SpentUsd, (double)budget.ForecastUsd);
        sums.Add((nowAcross, spent));
        var axis = ValueAxis.For(Math.Max(sums.Max(point => point.Usd), Math.Max(forecast, (double)(budget.CapUsd ?? 0m))));
        double Up(double usd) => usd / axis.Max * 100;

        var line = string.Join(' ', sums.Select(point => Point(point.Across, Up(point.Usd))));
        return new(
            line, $"{Point(0, 0)} {line} {Point(nowAcross, 0)}", $"{Point(nowAcross, Up(spent))} {Point(100, Up(forecast))}", nowAcross, Up(spent),
            budget.CapUsd is { } cap ? Up((double)cap) : null, budget.ForecastBlockAt is { } block && block > now ? Across(block) : null,
            [.. axis.Ticks.Select(tick => (Up(tick), Format.MoneyShort((decimal)tick)))],
            [.. new[] { 1, 8, 15, 22, (int)days }.Select(day => ((day - 1) / days * 100, start.AddDays(day - 1).ToString("d MMM", CultureInfo.InvariantCulture)))]);
    }

    private static string Point(double across, double up) => string.Create(CultureInfo.InvariantCulture, $"{across * 10:0.##},{100 - up:0.##}");
}
