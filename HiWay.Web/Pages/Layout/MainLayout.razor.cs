using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Mail;
using HiWay.Web.Accounts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace HiWay.Web.Pages.Layout;

/// <summary>
/// Sidebar, top bar and menus around every dashboard page. Menus, drawer, palette and theme work without the circuit
/// (popover attributes and js/shell.js), so they answer at once and while the connection is away.
/// </summary>
public sealed partial class MainLayout : LayoutComponentBase, IDisposable
{
    private const string PersistedShell = "shell";

    private readonly CancellationTokenSource _closed = new();
    private PersistingComponentStateSubscription _persisting;
    private ErrorBoundary? _boundary;
    private NavigationItem? _here;
    private bool _ready;
    private bool _homeless;

    // What belongs to the installation needs no workspace to stand in.
    private bool LacksWorkspace => _homeless && !(_here is { OperatorOnly: true } page && Shell.MayOpen(page));

    [Inject] public required CurrentActor Current { get; init; }

    [Inject] public required IWorkspaces Workspaces { get; init; }

    [Inject] public required IMailer Mail { get; init; }

    [Inject] public required NavigationManager Navigation { get; init; }

    [Inject] public required PersistentComponentState State { get; init; }

    [Inject] public required ILogger<MainLayout> Log { get; init; }

    private ShellModel Shell { get; set; } = ShellModel.Unknown;

    protected override async Task OnInitializedAsync()
    {
        Locate();
        Navigation.LocationChanged += OnLocationChanged;
        _persisting = State.RegisterOnPersisting(() =>
        {
            State.PersistAsJson(PersistedShell, Shell);
            return Task.CompletedTask;
        });

        // What prerendering read travels with the page, so the sidebar does not blink when the circuit takes over.
        Shell = State.TryTakeFromJson<ShellModel>(PersistedShell, out var read) && read is not null ? read : await ReadAsync();
        _homeless = Shell.WorkspaceId is null;
        _ready = true;
    }

    protected override void OnParametersSet()
    {
        Locate();   // a page that has just come in must not stand in the place of the one before it
        _boundary?.Recover();
    }

    private async Task<ShellModel> ReadAsync()
    {
        var user = await Current.UserAsync(_closed.Token);
        var actor = await Current.GetAsync(_closed.Token);
        var suspended = actor is not null && (await Workspaces.GetAsync(actor, _closed.Token)) is { Succeeded: true, Value.SuspendedAt: not null };
        return new(user?.Id, user?.Email ?? "", user?.IsOperator ?? false, actor?.WorkspaceId, actor?.Role, await Current.WorkspacesAsync(_closed.Token),
            Mail.Delivers && user is { EmailConfirmed: false }, suspended);
    }

    private async Task SwitchAsync(WorkspaceChoice choice)
    {
        if (choice.Id != Shell.WorkspaceId && Shell.UserId is { } userId)
        {
            await Workspaces.SwitchAsync(userId, choice.Id, _closed.Token);

            // A full load: no page keeps anything of the workspace it showed before.
            Navigation.NavigateTo("/", forceLoad: true);
        }
    }

    private void Recover() => _boundary?.Recover();

    private string PageProblem(Exception problem)
    {
        LayoutLog.PageFailed(Log, Navigation.ToBaseRelativePath(Navigation.Uri).Split('?')[0], problem);
        return DatabaseFault.IsAway(problem) || problem is IOException
            ? DashboardPage.DatabaseAway
            : "An unexpected error stopped it. Trying again often helps; calls to the gateway are not affected.";
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => _ = InvokeAsync(async () =>
    {
        Locate();
        StateHasChanged();
        if (Shell.AsksToConfirm)
        {
            await LookForConfirmationAsync();
        }
    });

    /// <summary>The link may have been followed in another tab meanwhile: the banner goes with the next page.</summary>
    private async Task LookForConfirmationAsync()
    {
        try
        {
            Shell = Shell with { AsksToConfirm = await Current.UserAsync(_closed.Token) is { EmailConfirmed: false } };
            StateHasChanged();
        }
        catch (Exception fault) when (DatabaseFault.IsAway(fault) || fault is IOException or OperationCanceledException)
        {
            // The banner stays until the database can be asked; the page itself says what is wrong.
        }
    }

    private void Locate() => _here = NavigationMap.Find("/" + Navigation.ToBaseRelativePath(Navigation.Uri).Split('?', '#')[0]);

    public void Dispose()
    {
        _closed.Cancel();
        _persisting.Dispose();
        Navigation.LocationChanged -= OnLocationChanged;
    }
}

internal static partial class LayoutLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Page /{Path} failed while it was shown")]
    internal static partial void PageFailed(ILogger logger, string path, Exception problem);
}
