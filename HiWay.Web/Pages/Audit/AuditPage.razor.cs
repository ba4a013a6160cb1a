using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Audit;

/// <summary>The workspace's audit log, newest first.</summary>
public sealed partial class AuditPage : DashboardPage
{
    private const int PageSize = 50;

    private Remote<Page<AuditView>> _entries = Remote<Page<AuditView>>.Loading;
    private bool _busy;

    [Inject] public required IAuditLog Log { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary>An action or its first part, as the API takes it.</summary>
    [SupplyParameterFromQuery] public string? Action { get; set; }

    protected override async Task LoadAsync(CancellationToken stop) =>
        _entries = await ReadAsync(_entries, actor => Log.ReadAsync(actor, Action, null, PageSize, stop));

    private async Task MoreAsync()
    {
        if (_entries.Value is not { NextCursor: { } cursor } before || _busy)
        {
            return;
        }

        _busy = true;
        var older = await TryAsync(actor => Log.ReadAsync(actor, Action, cursor, PageSize, Closed));
        _busy = false;
        if (older.Refusal is { } no)
        {
            Toasts.Failed("Older entries could not be read", no.Message);
            return;
        }

        _entries = Remote<Page<AuditView>>.Of(new([.. before.Data, .. older.Value.Data], older.Value.NextCursor));
    }
}
