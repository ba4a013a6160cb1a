using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Health;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Health;

/// <summary>How the workspace's providers do: circuits, latencies, history and outages. Looks again every few seconds.</summary>
public sealed partial class HealthPage : DashboardPage
{
    private const int PageSize = 20;
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    private Remote<HealthBoard> _board = Remote<HealthBoard>.Loading;
    private Remote<Page<IncidentView>> _incidents = Remote<Page<IncidentView>>.Loading;
    private ITimer? _timer;
    private bool _mayManage;
    private bool _busy;

    [Inject] public required IProviderHealth Health { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary><c>hour</c>, <c>day</c> or <c>week</c>.</summary>
    [SupplyParameterFromQuery] public string? Range { get; set; }

    private string Shown => HealthView.RangeOf(Range).Key;

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _mayManage = await Current.GetAsync(stop) is { } actor && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _board = await ReadAsync(_board, asking => Health.ReadAsync(asking, HealthView.RangeOf(Range).Range, stop));
        _incidents = await ReadAsync(_incidents, asking => Health.IncidentsAsync(asking, null, PageSize, stop));
        _timer ??= Clock.CreateTimer(_ => _ = InvokeAsync(LookAgainAsync), null, s_every, s_every);
    }

    protected override void Leave() => _timer?.Dispose();

    private async Task LookAgainAsync()
    {
        if (Closed.IsCancellationRequested)
        {
            return;
        }

        try
        {
            _board = await ReadAsync(_board, asking => Health.ReadAsync(asking, HealthView.RangeOf(Range).Range, Closed));
            if (_incidents.Value is not { Data.Count: > PageSize })
            {
                _incidents = await ReadAsync(_incidents, asking => Health.IncidentsAsync(asking, null, PageSize, Closed));
            }

            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private async Task RetryAsync(ProviderHealthView provider)
    {
        var answered = await TryAsync(asking => Health.RetryAsync(asking, provider.Provider, Closed));
        if (answered.Refusal is { } no)
        {
            Toasts.Failed($"{provider.Name} could not be put back", no.Message);
            return;
        }

        Toasts.Done($"The next calls try {provider.Name} again");
        await ReloadAsync();
    }

    private async Task MoreAsync()
    {
        if (_incidents.Value is not { NextCursor: { } cursor } before || _busy)
        {
            return;
        }

        _busy = true;
        var older = await TryAsync(asking => Health.IncidentsAsync(asking, cursor, PageSize, Closed));
        _busy = false;
        if (older.Refusal is { } no)
        {
            Toasts.Failed("Older outages could not be read", no.Message);
            return;
        }

        _incidents = Remote<Page<IncidentView>>.Of(new([.. before.Data, .. older.Value.Data], older.Value.NextCursor));
    }
}
