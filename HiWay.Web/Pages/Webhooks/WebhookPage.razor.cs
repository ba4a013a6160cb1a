using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Alerts;
using HiWay.Infrastructure.Database;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Webhooks;

/// <summary>One webhook: what was sent to it and what it said.</summary>
public sealed partial class WebhookPage : DashboardPage
{
    private const int PageSize = 50;

    /// <summary>What is sent again is usually there within a moment; it is looked for as long as a busy machine may take.</summary>
    private const int Looks = 200;

    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(300);

    private Remote<WebhookView> _webhook = Remote<WebhookView>.Loading;
    private Remote<Page<DeliveryView>> _deliveries = Remote<Page<DeliveryView>>.Loading;
    private WebhookEditor _editor = null!;   // set by @ref when first drawn
    private DeliveryView? _tested;
    private string? _open;
    private bool _mayManage;
    private bool _busy;

    [Inject] public required IWebhooks Webhooks { get; init; }

    [Inject] public required IWebhookDeliveries Deliveries { get; init; }

    [Inject] public required AlertsOptions Options { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    [Parameter] public string Id { get; set; } = "";

    /// <summary>Shows only these; nothing shows all.</summary>
    [SupplyParameterFromQuery] public string? Status { get; set; }

    private static IReadOnlyList<(string? Value, string Text)> Filters { get; } =
        [(null, "All"), (DeliveryStatus.Delivered, "Delivered"), (DeliveryStatus.Failed, "Failed"), (DeliveryStatus.GivenUp, "Given up")];

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _mayManage = await Current.GetAsync(stop) is { } actor && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _webhook = await ReadAsync(_webhook, who => Webhooks.GetAsync(who, Id, stop));
        _deliveries = await ReadAsync(_deliveries, who => Deliveries.ListAsync(who, Id, Status, null, PageSize, stop));
    }

    private async Task TestAsync()
    {
        if (_busy)
        {
            return;
        }

        (_busy, _tested) = (true, null);
        var tested = await TryAsync(actor => Deliveries.TestAsync(actor, Id, Closed));
        _busy = false;
        if (tested.Refusal is { } no)
        {
            Toasts.Failed("The test could not be sent", no.Message);
            return;
        }

        _tested = tested.Value;
        await ReloadAsync();
    }

    private async Task ResendAsync(DeliveryView delivery)
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        var again = await TryAsync(actor => Deliveries.ResendAsync(actor, Id, delivery.Id, Closed));
        _busy = false;
        if (again.Refusal is { } no)
        {
            Toasts.Failed("It could not be sent again", no.Message);
            return;
        }

        try
        {
            await FollowAsync(again.Value);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private async Task FollowAsync(DeliveryView again)
    {
        for (var left = Looks; left > 0; left--)
        {
            await Task.Delay(s_betweenLooks, Closed);
            await ReloadAsync();
            if (_deliveries.Value?.Data.FirstOrDefault(delivery => delivery.Id == again.Id) is { Status: not DeliveryStatus.Pending } done)
            {
                if (done.Status == DeliveryStatus.Delivered)
                {
                    Toasts.Done("It has arrived");
                }
                else
                {
                    Toasts.Failed("It has not arrived", done.Error ?? "");
                }

                return;
            }
        }

        Toasts.Done("It is on its way");
    }

    private async Task MoreAsync()
    {
        if (_deliveries.Value is not { NextCursor: { } cursor } before || _busy)
        {
            return;
        }

        _busy = true;
        var older = await TryAsync(actor => Deliveries.ListAsync(actor, Id, Status, cursor, PageSize, Closed));
        _busy = false;
        if (older.Refusal is { } no)
        {
            Toasts.Failed("Older deliveries could not be read", no.Message);
            return;
        }

        _deliveries = Remote<Page<DeliveryView>>.Of(new([.. before.Data, .. older.Value.Data], older.Value.NextCursor));
    }
}
