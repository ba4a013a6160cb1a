using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Credentials;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Providers;

/// <summary>The workspace's provider keys: connect, test, switch off, remove.</summary>
public sealed partial class ProvidersPage : DashboardPage
{
    private readonly FieldErrors _errors = new();
    private readonly HashSet<string> _testing = [];
    private readonly Dictionary<string, Outcome<ProviderTestResult>?> _results = [];
    private Remote<IReadOnlyList<ProviderView>> _providers = Remote<IReadOnlyList<ProviderView>>.Loading;
    private ProviderForm? _form;
    private ProviderView? _deleting;
    private string _search = "";
    private string? _problem;
    private bool _mayManage;

    [Inject] public required ICredentials Credentials { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary>Opens one provider's dialog at once, for links from elsewhere: <c>?connect=openai</c>.</summary>
    [SupplyParameterFromQuery] public string? Connect { get; set; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _mayManage = await Current.GetAsync(stop) is { } actor && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _providers = await ReadAsync(_providers, actor => Credentials.ListAsync(actor, stop));
        if (Connect is { } slug && _mayManage && _form is null)
        {
            Navigation.NavigateTo("/settings/providers", replace: true);
            if (_providers.Value?.FirstOrDefault(p => p.Provider == slug) is { } wanted)
            {
                Show(ProviderForm.Of(wanted));
            }
        }
    }

    private void Show(ProviderForm form)
    {
        _errors.Clear();
        _form = form;
    }

    private async Task SaveAsync()
    {
        if (_form is not { } form)
        {
            return;
        }

        Outcome<ProviderView> answered;
        if (form.Exists && form.ToPatch(_errors) is { } patch)
        {
            answered = await TryAsync(actor => Credentials.PatchAsync(actor, form.Slug, patch, Closed));
        }
        else if (!form.Exists && form.ToDraft(_errors) is { } draft)
        {
            answered = await TryAsync(actor => Credentials.PutAsync(actor, form.Slug.Trim(), draft, Closed));
        }
        else
        {
            return;
        }

        if (answered.Refusal is { } no)
        {
            _errors.Add(no, ProviderForm.Fields);
            return;
        }

        _form = null;
        Toasts.Done(form.Exists ? $"{answered.Value.Name} saved" : $"{answered.Value.Name} connected");
        await ReloadAsync();
        if (answered.Value.Enabled)
        {
            // The one thing everybody does next; the row shows how it went.
            await TestAsync(answered.Value);
        }
    }

    private async Task TestAsync(ProviderView provider)
    {
        if (!_testing.Add(provider.Provider))
        {
            return;
        }

        _results.Remove(provider.Provider);
        StateHasChanged();
        var result = await TryAsync(actor => Credentials.TestAsync(actor, provider.Provider, Closed));
        _testing.Remove(provider.Provider);
        _results[provider.Provider] = result;
        await ReloadAsync();
    }

    private async Task ToggleAsync(ProviderView provider)
    {
        var toggled = await TryAsync(actor => Credentials.PatchAsync(actor, provider.Provider, new CredentialPatch(Enabled: !provider.Enabled), Closed));
        if (toggled.Refusal is { } no)
        {
            Toasts.Failed($"{provider.Name} stays as it was", no.Message);
            return;
        }

        Toasts.Done(toggled.Value.Enabled ? $"{provider.Name} is on" : $"{provider.Name} is off: no call goes there");
        await ReloadAsync();
    }

    private void StartDelete(ProviderView provider) => (_deleting, _problem) = (provider, null);

    private async Task DeleteAsync()
    {
        if (_deleting is not { } provider)
        {
            return;
        }

        var deleted = await TryAsync(actor => Credentials.DeleteAsync(actor, provider.Provider, Closed));
        if (deleted.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _deleting = null;
        _results.Remove(provider.Provider);
        Toasts.Done($"{provider.Name} removed");
        await ReloadAsync();
    }
}
