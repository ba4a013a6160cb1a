using HiWay.Infrastructure.Alerts;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Webhooks;

/// <summary>The dialogs in which a webhook is made, changed and given a new secret; the list and the webhook's own page share them.</summary>
public sealed partial class WebhookEditor : DashboardPage
{
    private static readonly TimeSpan s_overlap = TimeSpan.FromDays(1);

    private readonly FieldErrors _errors = new();
    private WebhookForm? _form;
    private WebhookView? _editing;
    private WebhookView? _rotating;
    private IssuedWebhook? _secret;
    private string _secretTitle = "";
    private string _secretText = "";
    private string? _problem;

    [Inject] public required IWebhooks Webhooks { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary>Something was saved; what the page shows is to be read again.</summary>
    [Parameter, EditorRequired] public EventCallback OnSaved { get; set; }

    public void New() => Show(new WebhookForm(), null);

    public void Edit(WebhookView webhook) => Show(WebhookForm.Of(webhook), webhook);

    public void Rotate(WebhookView webhook)
    {
        (_rotating, _problem) = (webhook, null);
        StateHasChanged();
    }

    private void Show(WebhookForm form, WebhookView? editing)
    {
        _errors.Clear();
        (_form, _editing) = (form, editing);
        StateHasChanged();
    }

    private void Close() => (_form, _editing) = (null, null);

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

        Close();
        await OnSaved.InvokeAsync();
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
        await OnSaved.InvokeAsync();
    }
}
