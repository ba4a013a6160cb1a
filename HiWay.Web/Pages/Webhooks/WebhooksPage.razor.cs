using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Alerts;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Webhooks;

/// <summary>Where the workspace's alerts go: test and remove; WebhookEditor makes and changes them.</summary>
public sealed partial class WebhooksPage : DashboardPage
{
    private Remote<IReadOnlyList<WebhookView>> _webhooks = Remote<IReadOnlyList<WebhookView>>.Loading;
    private WebhookEditor _editor = null!;   // set by @ref when first drawn
    private bool _mayManage;
    private WebhookView? _deleting;
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
