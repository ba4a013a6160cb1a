using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Alerts;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Guardian;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Guardian;

/// <summary>Guardian's rules with live counts, the keys that it suspended, and what ran into it.</summary>
public sealed partial class GuardianPage : DashboardPage
{
    private const int PageSize = 50;
    private static readonly TimeSpan s_live = TimeSpan.FromSeconds(2);

    private readonly FieldErrors _errors = new();
    private Remote<GuardianView> _guardian = Remote<GuardianView>.Loading;
    private Remote<IReadOnlyList<KeyView>> _suspended = Remote<IReadOnlyList<KeyView>>.Loading;
    private Remote<Page<GuardianEventView>> _events = Remote<Page<GuardianEventView>>.Loading;
    private Dictionary<string, string> _keys = [];
    private IReadOnlyList<WebhookView> _endpoints = [];
    private GuardianForm? _form;
    private LiveUsage? _live;
    private bool _readOn;
    private bool _mayManage;
    private bool _mayRestore;
    private bool _busy;

    [Inject] public required IGuardian Guardian { get; init; }

    [Inject] public required IKeys Keys { get; init; }

    [Inject] public required IWebhooks Webhooks { get; init; }

    [Inject] public required IUsageFeed Feed { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary>Shows the events of one rule; nothing shows all.</summary>
    [SupplyParameterFromQuery] public string? Rule { get; set; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var actor = await Current.GetAsync(stop);
        _mayManage = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _mayRestore = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageKeys);
        _readOn = false;
        _guardian = await ReadAsync(_guardian, actor => Guardian.GetAsync(actor, stop));
        await ReadListsAsync(stop);
        var endpoints = await TryAsync(who => Webhooks.ListAsync(who, stop));
        _endpoints = endpoints.Succeeded ? endpoints.Value : [];
        if (_form is not { IsChanged: true })
        {
            Undo();
        }

        if (_live is null && actor is not null)
        {
            _live = new LiveUsage(Feed, actor.WorkspaceId, Clock, s_live, _ => InvokeAsync(RefreshAsync));
        }
    }

    private void ShowRule(ChangeEventArgs chosen) =>
        Navigation.NavigateTo(chosen.Value is string { Length: > 0 } rule ? $"/guardian?rule={rule}" : "/guardian");

    protected override void Leave() => _live?.Dispose();

    private async Task ReadListsAsync(CancellationToken stop)
    {
        _suspended = await ReadAsync(_suspended, actor => SuspendedAsync(actor, stop));
        if (!_readOn)
        {
            _events = await ReadAsync(_events, actor => Guardian.EventsAsync(actor, new(Rule), null, PageSize, stop));
        }
    }

    /// <summary>New figures, and the lists when something has happened; what is typed into the form stays, and so does a list that was read further.</summary>
    private async Task RefreshAsync()
    {
        var before = Hits();
        _guardian = await ReadAsync(_guardian, actor => Guardian.GetAsync(actor, Closed));
        if (Hits() != before)
        {
            await ReadListsAsync(Closed);
        }

        StateHasChanged();
    }

    private long Hits() => _guardian.Value?.Rules.Sum(rule => rule.HitsLastDay) ?? 0;

    private async Task<Outcome<IReadOnlyList<KeyView>>> SuspendedAsync(Actor actor, CancellationToken stop)
    {
        var (suspended, names) = (new List<KeyView>(), new Dictionary<string, string>());
        string? cursor = null;
        do
        {
            var page = await Keys.ListAsync(actor, cursor, 200, stop);
            if (page.Refusal is { } refusal)
            {
                return refusal;
            }

            foreach (var key in page.Value.Data)
            {
                names[key.Id] = key.Name;
                if (key.Status is "suspended")
                {
                    suspended.Add(key);
                }
            }

            cursor = page.Value.NextCursor;
        }
        while (cursor is not null);

        _keys = names;
        return suspended;
    }

    private void Undo()
    {
        _errors.Clear();
        _form = _guardian.Value is { } saved ? new GuardianForm(saved) : null;
    }

    private async Task SaveAsync()
    {
        if (_form is not { IsChanged: true } form || _busy || form.ToPatches(_errors) is not { } patches)
        {
            return;
        }

        _busy = true;
        var sent = form.Rules.Select(Entries.Of).ToArray();
        var saved = await TryAsync(actor => Guardian.UpdateAsync(actor, patches, Closed));
        _busy = false;
        if (saved.Refusal is { } no)
        {
            GuardianForm.Place(no, patches, _errors);
            return;
        }

        _guardian = Remote<GuardianView>.Of(saved.Value);
        _form = new GuardianForm(saved.Value);
        for (var i = 0; i < sent.Length; i++)
        {
            sent[i].Meanwhile(form.Rules[i], _form.Rules[i]);
        }

        Toasts.Done("Rules saved");
    }

    private async Task RestoreAsync(KeyView key)
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        var restored = await TryAsync(actor => Keys.RestoreAsync(actor, key.Id, Closed));
        _busy = false;
        if (restored.Refusal is { } no)
        {
            Toasts.Failed($"{key.Name} could not be restored", no.Message);
        }
        else
        {
            Toasts.Done($"{key.Name} works again");
        }

        _suspended = await ReadAsync(_suspended, actor => SuspendedAsync(actor, Closed));
    }

    private async Task MoreAsync()
    {
        if (_events.Value is not { NextCursor: { } cursor } before || _busy)
        {
            return;
        }

        _busy = true;
        var older = await TryAsync(actor => Guardian.EventsAsync(actor, new(Rule), cursor, PageSize, Closed));
        _busy = false;
        if (older.Refusal is { } no)
        {
            Toasts.Failed("Older events could not be read", no.Message);
            return;
        }

        _readOn = true;
        _events = Remote<Page<GuardianEventView>>.Of(new([.. before.Data, .. older.Value.Data], older.Value.NextCursor));
    }
}
