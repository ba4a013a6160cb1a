using System.Globalization;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Budgets;
using HiWay.Web.Components;

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
/// <param name="Spent">Points of the spend so far, in the drawing's units.</param>
/// <param name="Forecast">From now to the month's end.</param>
/// <param name="CapY">Height of the cap; null without one.</param>
/// <param name="Grid">Heights of the grid lines with their labels.</param>
/// <param name="Days">Places of day labels.</param>
public sealed record BudgetChart(
    string Spent, string Area, string Forecast, double NowX, double NowY, double? CapY, double? BlockX, IReadOnlyList<(double Y, string Text)> Grid, IReadOnlyList<(double X, string Text)> Days)
{
    public const double Width = 720;
    public const double Height = 240;

    public static BudgetChart Of(BudgetPageView page, DateTimeOffset now)
    {
        var budget = page.Budget;
        var end = budget.ResetAt;
        var start = end.AddMonths(-1);
        var days = (end - start).TotalDays;
        var most = Math.Max(Math.Max((double)budget.SpentUsd, (double)budget.ForecastUsd), (double)(budget.CapUsd ?? 0m));
        var top = most > 0 ? most * 1.08 : 1;
        double X(DateTimeOffset at) => (at - start).TotalDays / days * Width;
        double Y(double usd) => Height - usd / top * Height;

        var points = new List<(double X, double Y)> { (0, Height) };
        var sum = 0m;
        foreach (var (day, usd) in page.Days)
        {
            sum += usd;
            var at = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
            if (at < now)
            {
                points.Add((X(at), Y((double)sum)));
            }
        }

        var (nowX, nowY) = (X(now), Y((double)budget.SpentUsd));
        points.Add((nowX, nowY));
        var line = string.Join(' ', points.Select(point => Point(point.X, point.Y)));
        return new(
            line, $"{Point(0, Height)} {line} {Point(nowX, Height)}", $"{Point(nowX, nowY)} {Point(Width, Y((double)budget.ForecastUsd))}", nowX, nowY,
            budget.CapUsd is { } cap ? Y((double)cap) : null, budget.ForecastBlockAt is { } block && block > now ? X(block) : null,
            [.. Enumerable.Range(0, 4).Select(step => (Y(most * step / 3), Format.MoneyShort(Short((decimal)(most * step / 3)))))],
            [.. new[] { 1, 8, 15, 22, (int)days }.Select(day => ((day - 1) / days * Width, start.AddDays(day - 1).ToString("d MMM", CultureInfo.InvariantCulture)))]);
    }

    private static decimal Short(decimal usd) => usd == 0m ? 0m : decimal.Round(usd, usd >= 10m ? 0 : usd >= 1m ? 2 : 4);

    private static string Point(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:0.##},{y:0.##}");
}
