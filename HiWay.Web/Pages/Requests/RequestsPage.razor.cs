using HiWay.Domain.Errors;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web.Virtualization;

namespace HiWay.Web.Pages.Requests;

/// <summary>The request log: PostgreSQL sorts and cuts, the grid asks for what is on screen.</summary>
public sealed partial class RequestsPage : DashboardPage
{
    private const float RowHeight = 44;
    private static readonly TimeSpan s_live = TimeSpan.FromMilliseconds(500);

    private DateRange _range = null!;
    private FilterOptions _options = FilterOptions.None;
    private RequestFilter? _filter;
    private Virtualize<RequestRow>? _rows;
    private LiveUsage? _live;
    private string? _problem;
    private int? _total;
    private int _arrived;

    [Inject] public required IRequestLog Log { get; init; }

    [Inject] public required IUsageReader Usage { get; init; }

    [Inject] public required IUsageFeed Feed { get; init; }

    // Filters live in the address: a view can be bookmarked, shared and reloaded.
    [SupplyParameterFromQuery] public string? Range { get; set; }

    [SupplyParameterFromQuery] public string? From { get; set; }

    [SupplyParameterFromQuery] public string? To { get; set; }

    [SupplyParameterFromQuery] public string? Status { get; set; }

    [SupplyParameterFromQuery] public string? Model { get; set; }

    [SupplyParameterFromQuery] public string? Key { get; set; }

    [SupplyParameterFromQuery] public string? Provider { get; set; }

    [SupplyParameterFromQuery] public string? Tier { get; set; }

    [SupplyParameterFromQuery] public string? Tag { get; set; }

    [SupplyParameterFromQuery] public string? User { get; set; }

    private bool IsFiltered => new[] { Status, Model, Key, Provider, Tier, Tag, User }.Any(value => !string.IsNullOrEmpty(value));

    private string Cleared => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["status"] = null, ["model"] = null, ["key"] = null, ["provider"] = null, ["tier"] = null, ["tag"] = null, ["user"] = null,
    });

    protected override void OnParametersSet() => _range = ReadRange();

    protected override async Task LoadAsync(CancellationToken stop)
    {
        (_problem, _arrived) = (null, 0);
        ApplyFilter();
        if (_rows is not null)
        {
            await _rows.RefreshDataAsync();
        }

        StateHasChanged();
        await ReadOptionsAsync(stop);
        if (_live is null && await Current.GetAsync(stop) is { } actor)
        {
            _live = new LiveUsage(Feed, actor.WorkspaceId, Clock, s_live, batch => InvokeAsync(() => Arrive(batch)));
        }
    }

    protected override void Leave() => _live?.Dispose();

    private DateRange ReadRange() => DateRange.Parse(Range, From, To, Clock.GetUtcNow(), otherwise: "7d");

    /// <summary>The upper end stays where it is until the reader asks for more: rows must not move while they are read.</summary>
    private void ApplyFilter()
    {
        _range = ReadRange();
        _filter = new RequestFilter
        {
            From = _range.From, To = _range.To, Status = Value(Status), Model = Value(Model), KeyId = Value(Key),
            Provider = Value(Provider), Tier = Value(Tier), Tag = Value(Tag), EndUser = Value(User),
        };

        static string? Value(string? text) => string.IsNullOrEmpty(text) ? null : text;
    }

    private async ValueTask<ItemsProviderResult<RequestRow>> ReadRowsAsync(ItemsProviderRequest window)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(window.CancellationToken, Closed);
        Outcome<(IReadOnlyList<RequestRow> Rows, int Total)> read;
        try
        {
            read = await TryAsync(actor => Log.WindowAsync(actor, _filter!, window.StartIndex, window.Count, stop.Token));
        }
        catch (OperationCanceledException) when (window.CancellationToken.IsCancellationRequested)
        {
            // The list was scrolled on before these rows came. Virtualize takes that for what it is only when its own token says so;
            // a linked one it would show as a broken page.
            throw new OperationCanceledException(window.CancellationToken);
        }

        if (read.Refusal is { } refusal)
        {
            _problem = refusal.Message;
            StateHasChanged();
            return new([], 0);
        }

        if (_total != read.Value.Total)
        {
            _total = read.Value.Total;
            StateHasChanged();
        }

        return new(read.Value.Rows, read.Value.Total);
    }

    private void Arrive(LiveUsage.Batch batch)
    {
        if (_range.IsLive && _filter is { } filter && batch.Newest.Count(usage => RequestsView.Matches(filter, usage)) is var matching and > 0)
        {
            // Beyond what a batch keeps, the share that matches is taken for the rest.
            _arrived += batch.Count == batch.Newest.Count ? matching : (int)((long)batch.Count * matching / batch.Newest.Count);
            StateHasChanged();
        }
    }

    private async Task ShowArrivedAsync()
    {
        _arrived = 0;
        ApplyFilter();
        if (_rows is not null)
        {
            await _rows.RefreshDataAsync();
        }
    }

    private async Task ReadOptionsAsync(CancellationToken stop)
    {
        var groups = new Dictionary<UsageGrouping, IReadOnlyList<UsageGroup>>();
        foreach (var by in (UsageGrouping[])[UsageGrouping.Model, UsageGrouping.Key, UsageGrouping.Provider, UsageGrouping.Tier])
        {
            var read = await TryAsync(actor => Usage.ReadAsync(actor, new UsageQuery(_range.From, _range.To, _range.Interval, by), stop));
            groups[by] = read.Succeeded ? read.Value.Groups : [];
        }

        _options = FilterOptions.Of(groups);
    }

    private string With(string name, string? value) => Navigation.GetUriWithQueryParameter(name, string.IsNullOrEmpty(value) ? null : value);

    private void Filter(string name, string? value) => Navigation.NavigateTo(With(name, value));
}
