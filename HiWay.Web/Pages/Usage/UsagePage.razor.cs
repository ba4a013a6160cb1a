using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Charts;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Usage;

/// <summary>A timeline of one measure, and the same time as a table by model, key, provider, tier, end user or tag.</summary>
public sealed partial class UsagePage : DashboardPage
{
    private static readonly TimeSpan s_live = TimeSpan.FromSeconds(3);

    private static readonly (string Key, string Text, UsageGrouping Grouping)[] s_groups =
    [
        ("model", "Model", UsageGrouping.Model), ("key", "Key", UsageGrouping.Key), ("provider", "Provider", UsageGrouping.Provider), ("tier", "Tier", UsageGrouping.Tier),
        ("user", "User", UsageGrouping.User), ("tag", "Tag", UsageGrouping.Tag),
    ];

    private Remote<UsageView> _view = Remote<UsageView>.Loading;
    private UsageView? _ungrouped;
    private DateRange _range = null!;
    private UsageMeasure _measure;
    private LiveUsage? _live;

    [Inject] public required IUsageReader Reader { get; init; }

    [Inject] public required IUsageFeed Feed { get; init; }

    [SupplyParameterFromQuery] public string? Range { get; set; }

    [SupplyParameterFromQuery] public string? From { get; set; }

    [SupplyParameterFromQuery] public string? To { get; set; }

    [SupplyParameterFromQuery] public string? Interval { get; set; }

    [SupplyParameterFromQuery] public string? By { get; set; }

    [SupplyParameterFromQuery] public string? Show { get; set; }

    private (string Key, string Text, UsageGrouping Grouping) Group => s_groups.FirstOrDefault(group => group.Key == By) is { Key: not null } known ? known : s_groups[0];

    private string GroupText => Group.Key;

    private string GroupTitle => Group.Text;

    private string Title => _measure switch
    {
        UsageMeasure.Tokens => "Tokens by kind",
        UsageMeasure.Latency => "Latency",
        _ => $"{_measure} by {GroupText}",
    };

    /// <summary>A plain address, so that the browser downloads the stream; the session's cookie signs it.</summary>
    private string ExportHref => _workspaceId is null ? "" :
        $"/api/v1/workspaces/{_workspaceId}/usage/export?format=csv&from={Uri.EscapeDataString(_range.From.UtcDateTime.ToString("O"))}&to={Uri.EscapeDataString(_range.To.UtcDateTime.ToString("O"))}";

    private string? _workspaceId;

    protected override void OnParametersSet()
    {
        _range = DateRange.Parse(Range, From, To, Clock.GetUtcNow(), otherwise: "7d");
        _measure = Enum.TryParse<UsageMeasure>(Show, ignoreCase: true, out var measure) && Enum.IsDefined(measure) ? measure : UsageMeasure.Cost;
    }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        await ReadFiguresAsync(stop);
        if (_live is null && await Current.GetAsync(stop) is { } actor)
        {
            _workspaceId = actor.WorkspaceId;
            _live = new LiveUsage(Feed, actor.WorkspaceId, Clock, s_live, _ => InvokeAsync(RefreshAsync));
        }
    }

    protected override void Leave() => _live?.Dispose();

    private async Task RefreshAsync()
    {
        if (_range.IsLive)
        {
            _range = DateRange.Parse(Range, From, To, Clock.GetUtcNow(), otherwise: "7d");
            await ReadFiguresAsync(Closed);
            StateHasChanged();
        }
    }

    private async Task ReadFiguresAsync(CancellationToken stop)
    {
        var query = new UsageQuery(_range.From, _range.To, IntervalOf(), Group.Grouping);
        _view = await ReadAsync(_view, async actor =>
        {
            var grouped = await Reader.ReadAsync(actor, query, stop);
            var all = await Reader.ReadAsync(actor, query with { GroupBy = UsageGrouping.None }, stop);
            if ((grouped.Refusal ?? all.Refusal) is { } refusal)
            {
                return refusal;
            }

            _ungrouped = UsageView.Of(all.Value);

            // Sums of the ungrouped report: a request with two tags counts once.
            return (Domain.Errors.Outcome<UsageView>)UsageView.Of(grouped.Value with { Totals = all.Value.Totals });
        });
    }

    private UsageInterval IntervalOf() => Interval switch
    {
        "hour" => UsageInterval.Hour,
        "day" => UsageInterval.Day,
        _ => _range.Interval,
    };

    private IReadOnlyList<ChartSeries> TimelineOf(UsageView view) =>
        (_measure is UsageMeasure.Latency or UsageMeasure.Tokens && _ungrouped is { } all && all.Buckets.Count == view.Buckets.Count ? all : view).SeriesOf(_measure);

    private string With(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    private static string Headline(UsageTotals totals, UsageMeasure measure) => measure switch
    {
        UsageMeasure.Cost => Format.Money(totals.CostUsd),
        UsageMeasure.Requests => Format.Tokens(totals.Requests),
        UsageMeasure.Tokens => Format.Tokens((long)Overview.OverviewView.AllTokens(totals)),
        UsageMeasure.Savings => Format.Money(totals.SavingsUsd),
        UsageMeasure.Errors => Format.Percent(Format.Share(totals.Errors, totals.Requests)),
        UsageMeasure.Latency => Format.Duration(totals.LatencyP50Ms),
    };

    private static string Sub(UsageTotals totals, UsageMeasure measure) => measure switch
    {
        UsageMeasure.Cost => totals.UnpricedRequests > 0 ? $"{Format.Count(totals.UnpricedRequests)} unpriced" : totals.Requests > 0 ? $"{Format.Money(totals.CostUsd / totals.Requests)} each" : "US dollars",
        UsageMeasure.Requests => totals.CacheHits > 0 ? $"{Format.Count(totals.CacheHits)} from the cache" : "calls",
        UsageMeasure.Tokens => $"{Format.Tokens(totals.OutputTokens + totals.ReasoningTokens)} out",
        UsageMeasure.Savings => $"of {Format.Money(totals.BaselineUsd)}",
        UsageMeasure.Errors => $"{Format.Count(totals.Errors)} of {Format.Count(totals.Requests)}",
        UsageMeasure.Latency => totals.LatencyP95Ms is { } p95 ? $"p95 {Format.Duration(p95)}" : "p50",
    };
}
