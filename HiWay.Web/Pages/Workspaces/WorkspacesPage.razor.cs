using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Database;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Workspaces;

/// <summary>For the operator of the installation: all workspaces, and the switch that stops one.</summary>
public sealed partial class WorkspacesPage : OperatorPage
{
    private const int PageSize = 100;

    private Remote<Page<OperatorWorkspaceView>> _workspaces = Remote<Page<OperatorWorkspaceView>>.Loading;
    private OperatorWorkspaceView? _asked;
    private string? _problem;

    // Grows with every "show more"; reading again then shows as many rows as before.
    private int _shown = PageSize;

    [Inject] public required NotificationService Toasts { get; init; }

    protected override async Task LoadAsync(CancellationToken stop) =>
        _workspaces = await ReadAsync(_workspaces, _ => Workspaces.ListAsync(null, _shown, stop));

    private Task ShowMoreAsync()
    {
        _shown += PageSize;
        return ReloadAsync();
    }

    private void Start(OperatorWorkspaceView workspace) => (_asked, _problem) = (workspace, null);

    private async Task ChangeAsync()
    {
        if (_asked is not { } workspace)
        {
            return;
        }

        var suspends = workspace.SuspendedAt is null;
        var changed = await TryAsync(actor => Workspaces.SuspendAsync(actor, workspace.Id, suspends, Closed));
        if (changed.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _asked = null;
        Toasts.Done($"{workspace.Name} {(suspends ? "suspended" : "restored")}");
        await ReloadAsync();
    }
}
