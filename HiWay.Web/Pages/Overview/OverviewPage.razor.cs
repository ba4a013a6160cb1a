using HiWay.Domain.Metering;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Charts;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Overview;

/// <summary>The start page: figures of a range, and calls as they come in. A workspace without a call is led to its first one.</summary>
public sealed partial class OverviewPage : DashboardPage
{
    private const int Recent = 8;

    /// <summary>More calls than somebody makes while a provider is set up.</summary>
    private const int ManyTests = 100;

    /// <summary>Rows move at most so often; figures follow at most every <see cref="s_figures"/>.</summary>
    private static readonly TimeSpan s_rows = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_figures = TimeSpan.FromSeconds(2);

    /// <summary>The running bucket moves on even when nothing is called.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    private Remote<OverviewView> _view = Remote<OverviewView>.Loading;
    private DateRange _range = null!;
    private IReadOnlyList<RequestRow> _recent = [];
    private Dictionary<string, string> _keyNames = [];
    private string? _recentProblem;
    private HashSet<string> _fresh = [];
    private LiveUsage? _live;
    private ITimer? _refresh;
    private Measure _measure;
    private bool _figuresDue;

    /// <summary>Whether there was no call yet; null until that is known.</summary>
    private bool? _starting;

    private enum Measure { Cost, Requests, Tokens }

    [Inject] public required IUsageReader Usage { get; init; }

    [Inject] public required IRequestLog Log { get; init; }

    [Inject] public required IUsageFeed Feed { get; init; }

    [Inject] public required IKeys Keys { get; init; }

    [SupplyParameterFromQuery] public string? Range { get; set; }

    [SupplyParameterFromQuery] public string? From { get; set; }

    [SupplyParameterFromQuery] public string? To { get; set; }

    private string MeasureTitle => _measure switch { Measure.Cost => "Cost", Measure.Requests => "Requests", Measure.Tokens => "Tokens" };

    protected override void OnParametersSet() => _range = DateRange.Parse(Range, From, To, Clock.GetUtcNow());

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var latest = await TryAsync(actor => Log.WindowAsync(actor, new RequestFilter(), 0, Recent, stop));
        if (latest.Succeeded && await AreAllTestsAsync(latest.Value.Rows, latest.Value.Total, stop))
        {
            _starting = true;
            return;
        }

        _starting = false;
        (_recent, _recentProblem) = latest.Succeeded ? (latest.Value.Rows, null) : (_recent, latest.Refusal!.Message);
        await ReadKeyNamesAsync(stop);
        await ReadFiguresAsync(stop);
        await ListenAsync(stop);
    }

    /// <summary>A provider that did not work at once has been tested a few times, and that is no start yet.</summary>
    private async Task<bool> AreAllTestsAsync(IReadOnlyList<RequestRow> newest, int total, CancellationToken stop)
    {
        if (total > ManyTests || newest.Any(row => row.Dialect != UsageEvent.ProviderTest))
        {
            return false;
        }

        var older = total <= newest.Count ? default : await TryAsync(actor => Log.WindowAsync(actor, new RequestFilter(), newest.Count, total - newest.Count, stop));
        return total <= newest.Count || (older.Succeeded && older.Value.Rows.All(row => row.Dialect == UsageEvent.ProviderTest));
    }

    protected override void Leave()
    {
        _live?.Dispose();
        _refresh?.Dispose();
    }

    private async Task FinishOnboardingAsync()
    {
        _starting = false;
        await ReloadAsync();
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        if (_live is null && await Current.GetAsync(stop) is { } actor)
        {
            _live = new LiveUsage(Feed, actor.WorkspaceId, Clock, s_rows, batch => InvokeAsync(() => ArriveAsync(batch)));
            _refresh = Clock.CreateTimer(_ => _ = InvokeAsync(RefreshAsync), null, s_quiet, s_quiet);
        }
    }

    private async Task ArriveAsync(LiveUsage.Batch batch)
    {
        if (batch.Newest.Any(usage => usage.KeyId is { } id && !_keyNames.ContainsKey(id)))
        {
            await ReadKeyNamesAsync(Closed);
        }

        var known = _recent.Select(row => row.Id).ToHashSet();
        var arrived = batch.Newest.Where(usage => !known.Contains(usage.Id)).Select(usage => OverviewView.Row(usage, usage.KeyId is { } id ? _keyNames.GetValueOrDefault(id) : null));
        _recent = [.. arrived.Reverse().Concat(_recent).Take(Recent)];
        _fresh = [.. _recent.Select(row => row.Id).Where(id => !known.Contains(id) || _fresh.Contains(id))];

        // Not pushed back by each further batch: under steady traffic the figures would never come.
        if (!_figuresDue)
        {
            _figuresDue = true;
            _refresh?.Change(s_figures, s_quiet);
        }

        StateHasChanged();
    }

    private async Task RefreshAsync()
    {
        _figuresDue = false;
        if (_range.IsLive && _starting is false)
        {
            _range = DateRange.Parse(Range, From, To, Clock.GetUtcNow());
            await ReadFiguresAsync(Closed);
            StateHasChanged();
        }
    }

    private async Task ReadFiguresAsync(CancellationToken stop)
    {
        var (from, to, interval) = (_range.From, _range.To, _range.Interval);
        var before = await TryAsync(actor => Usage.ReadAsync(actor, new UsageQuery(_range.Before.From, _range.Before.To, interval), stop));
        var byModel = await TryAsync(actor => Usage.ReadAsync(actor, new UsageQuery(from, to, interval, UsageGrouping.Model), stop));
        var byKey = await TryAsync(actor => Usage.ReadAsync(actor, new UsageQuery(from, to, interval, UsageGrouping.Key), stop));
        var now = await TryAsync(actor => Usage.ReadAsync(actor, new UsageQuery(from, to, interval), stop));
        _view = now.Refusal is null && byModel.Refusal is null && byKey.Refusal is null
            ? Remote<OverviewView>.Of(OverviewView.Of(now.Value, before.Succeeded ? before.Value.Totals : null, byModel.Value, byKey.Value))
            : _view.Failed((now.Refusal ?? byModel.Refusal ?? byKey.Refusal)!);
    }

    private async Task ReadKeyNamesAsync(CancellationToken stop)
    {
        var keys = await TryAsync(actor => Keys.ListAsync(actor, null, 200, stop));
        if (keys.Succeeded)
        {
            _keyNames = keys.Value.Data.ToDictionary(key => key.Id, key => key.Name);
        }
    }

    private string Pressed(Measure measure) => _measure == measure ? "true" : "false";

    private IReadOnlyList<ChartSeries> SeriesOf(OverviewView view) => _measure switch
    {
        Measure.Cost => [new("Cost", 1, view.Cost)],
        Measure.Requests => [new("Requests", 5, view.Requests)],
        Measure.Tokens => [new("Tokens", 2, view.Tokens)],
    };

    private string FormatValue(double value) => _measure is Measure.Cost ? Format.Money((decimal)value) : Format.Count((long)value);

    private string FormatAxis(double value) => _measure is Measure.Cost ? Format.MoneyShort((decimal)value) : Format.Short(value);

    private static string FormatRank(OverviewView view, double value) => view.RankedByCost ? Format.Money((decimal)value) : Format.Count((long)value);
}
