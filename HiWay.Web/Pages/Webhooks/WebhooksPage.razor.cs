using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Alerts;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Webhooks;

/// <summary>Where the workspace's alerts go: make, change, test, remove.</summary>
public sealed partial class WebhooksPage : DashboardPage
{
    private static readonly TimeSpan s_overlap = TimeSpan.FromDays(1);

    private readonly FieldErrors _errors = new();
    private Remote<IReadOnlyList<WebhookView>> _webhooks = Remote<IReadOnlyList<WebhookView>>.Loading;
    private bool _mayManage;
    private WebhookForm? _form;
    private WebhookView? _editing;
    private WebhookView? _rotating;
    private WebhookView? _deleting;
    private IssuedWebhook? _secret;
    private string _secretTitle = "";
    private string _secretText = "";
    private string? _testing;
    private DeliveryView? _tested;
    private string? _problem;

    [Inject] public required IWebhooks Webhooks { get; init; }

    [Inject] public required IWebhookDeliveries Deliveries { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _mayManage = await Current.GetAsync(stop) is { } actor && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _webhooks = await ReadAsync(_webhooks, who => Webhooks.ListAsync(who, stop));
    }

    private void StartNew() => ShowForm(new WebhookForm(), null);

    private void StartEdit(WebhookView webhook) => ShowForm(WebhookForm.Of(webhook), webhook);

    private void ShowForm(WebhookForm form, WebhookView? editing)
    {
        _errors.Clear();
        (_form, _editing) = (form, editing);
    }

    private void CloseForm() => (_form, _editing) = (null, null);

    private async Task SaveAsync()
    {
        if (_form?.ToDraft(_errors) is not { } draft)
        {
            return;
        }

        if (_editing is { } webhook)
        {
            var changed = await TryAsync(actor => Webhooks.UpdateAsync(actor, webhook.Id, draft, Closed));
            if (changed.Refusal is { } no)
            {
                _errors.Add(no, WebhookForm.Fields);
                return;
            }

            Toasts.Done($"{changed.Value.Name} saved");
        }
        else
        {
            var made = await TryAsync(actor => Webhooks.CreateAsync(actor, draft, Closed));
            if (made.Refusal is { } no)
            {
                _errors.Add(no, WebhookForm.Fields);
                return;
            }

            if (made.Value.Secret is null || draft.Secret is not null)
            {
                Toasts.Done($"{made.Value.View.Name} is ready; send a test");
            }
            else
            {
                (_secret, _secretTitle, _secretText) = (made.Value, $"{made.Value.View.Name} is ready", "This is the only time that HiWay shows the signing secret.");
            }
        }

        CloseForm();
        await ReloadAsync();
    }

    private async Task TestAsync(WebhookView webhook)
    {
        if (_testing is not null)
        {
            return;
        }

        (_testing, _tested) = (webhook.Id, null);
        var tested = await TryAsync(actor => Deliveries.TestAsync(actor, webhook.Id, Closed));
        _testing = null;
        if (tested.Refusal is { } no)
        {
            Toasts.Failed($"{webhook.Name} could not be tested", no.Message);
            return;
        }

        _tested = tested.Value;
        await ReloadAsync();
    }

    private async Task RotateAsync()
    {
        if (_rotating is not { } webhook)
        {
            return;
        }

        var rotated = await TryAsync(actor => Webhooks.RotateAsync(actor, webhook.Id, s_overlap, Closed));
        if (rotated.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _rotating = null;
        (_secret, _secretTitle, _secretText) = (rotated.Value, "The new secret", "The old one still signs for a day. This is the only time that HiWay shows the new one.");
        await ReloadAsync();
    }

    private async Task DeleteAsync()
    {
        if (_deleting is not { } webhook)
        {
            return;
        }

        var deleted = await TryAsync(actor => Webhooks.DeleteAsync(actor, webhook.Id, Closed));
        if (deleted.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _deleting = null;
        Toasts.Done($"{webhook.Name} deleted");
        await ReloadAsync();
    }
}
