using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Contents;
using HiWay.Web.Components;
using HiWay.Web.Components.Choosing;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Settings;

/// <summary>The workspace's own settings, and its end.</summary>
public sealed partial class SettingsPage : DashboardPage
{
    private readonly FieldErrors _errors = new();
    private Remote<WorkspaceView> _workspace = Remote<WorkspaceView>.Loading;
    private SettingsForm? _form;
    private IReadOnlyList<Choice> _choices = [];
    private bool _mayManage;
    private bool _mayDelete;
    private bool _busy;
    private bool _deleting;
    private bool _forgetting;
    private string? _problem;

    [Inject] public required IWorkspaces Workspaces { get; init; }

    [Inject] public required IModels Models { get; init; }

    [Inject] public required ICallContents Contents { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var actor = await Current.GetAsync(stop);
        _mayManage = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _mayDelete = actor is not null && RoleRules.Allows(actor.Role, Permission.DeleteWorkspace);
        _workspace = await ReadAsync(_workspace, who => Workspaces.GetAsync(who, stop));
        Undo();
        if (_choices.Count == 0)
        {
            var models = await TryAsync(who => Models.ListAsync(who, stop));
            _choices = ModelChoices.ForFlagship(models.Succeeded ? models.Value : []);
        }
    }

    private void Undo()
    {
        _errors.Clear();
        _form = _workspace.Value is { } saved ? new SettingsForm(saved) : null;
    }

    private async Task SaveAsync()
    {
        if (_form is not { IsChanged: true } form || _busy)
        {
            return;
        }

        if (form.ForgetsContent && !_forgetting)
        {
            _forgetting = true;   // asked first
            return;
        }

        _busy = true;
        _errors.Clear();
        var sent = Entries.Of(form);
        var saved = await TryAsync(actor => Workspaces.PatchAsync(actor, form.ToPatch(), Closed));
        _busy = false;
        if (saved.Refusal is { } no)
        {
            _errors.Add(no, SettingsForm.Fields);
            return;
        }

        var renamed = saved.Value.Name != _workspace.Value?.Name;
        _workspace = Remote<WorkspaceView>.Of(saved.Value);
        _form = sent.Meanwhile(form, new SettingsForm(saved.Value));
        Toasts.Done("Settings saved");
        if (renamed && !_form.IsChanged)
        {
            // The frame around the page shows the name too, and reads it once.
            Navigation.Refresh(forceReload: true);
        }
    }

    private async Task ForgetAsync()
    {
        await SaveAsync();
        _forgetting = false;
    }

    private async Task DeleteAsync()
    {
        var deleted = await TryAsync(actor => Workspaces.DeleteAsync(actor, _workspace.Value?.Name ?? "", Closed));
        if (deleted.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        Undo();
        Navigation.NavigateTo("/", forceLoad: true);
    }
}
