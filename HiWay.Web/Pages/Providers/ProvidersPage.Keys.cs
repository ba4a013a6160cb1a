using HiWay.Domain.Errors;
using HiWay.Infrastructure.Credentials;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Providers;

/// <summary>The part about a provider's further keys.</summary>
public sealed partial class ProvidersPage
{
    private readonly Dictionary<string, Outcome<ProviderTestResult>?> _keyResults = [];
    private ProviderKeyForm? _keyForm;
    private (ProviderView Provider, ProviderKeyView Key)? _deletingKey;

    [Inject] public required IProviderKeys Keys { get; init; }

    private void ShowKey(ProviderKeyForm form)
    {
        _errors.Clear();
        _keyForm = form;
    }

    private async Task SaveKeyAsync()
    {
        if (_keyForm is not { } form)
        {
            return;
        }

        Outcome<ProviderKeyView> answered;
        if (form.Id is { } id && form.ToPatch(_errors) is { } patch)
        {
            answered = await TryAsync(actor => Keys.PatchAsync(actor, form.Provider, id, patch, Closed));
        }
        else if (form.Id is null && form.ToDraft(_errors) is { } draft)
        {
            answered = await TryAsync(actor => Keys.AddAsync(actor, form.Provider, draft, Closed));
        }
        else
        {
            return;
        }

        if (answered.Refusal is { } no)
        {
            _errors.Add(no, ProviderKeyForm.Fields);
            return;
        }

        _keyForm = null;
        Toasts.Done(form.Id is null ? $"{form.ProviderName} has another key" : "Key saved");
        await ReloadAsync();
        if (form.Id is null)
        {
            await TestKeyAsync(form.Provider, answered.Value);
        }
    }

    private async Task TestKeyAsync(string provider, ProviderKeyView key)
    {
        _keyResults[key.Id] = await TryAsync(actor => Keys.TestAsync(actor, provider, key.Id, Closed));
        await ReloadAsync();
    }

    private async Task ToggleKeyAsync(ProviderView provider, ProviderKeyView key)
    {
        var toggled = await TryAsync(actor => Keys.PatchAsync(actor, provider.Provider, key.Id, new ProviderKeyPatch(Enabled: !key.Enabled), Closed));
        if (toggled.Refusal is { } no)
        {
            Toasts.Failed("The key stays as it was", no.Message);
            return;
        }

        Toasts.Done(toggled.Value.Enabled ? "The key takes calls again" : "The key is paused: it takes no calls");
        await ReloadAsync();
    }

    private async Task DeleteKeyAsync()
    {
        if (_deletingKey is not { } deleting)
        {
            return;
        }

        var deleted = await TryAsync(actor => Keys.DeleteAsync(actor, deleting.Provider.Provider, deleting.Key.Id, Closed));
        if (deleted.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _deletingKey = null;
        Toasts.Done("Key removed");
        await ReloadAsync();
    }
}
