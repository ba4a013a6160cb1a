using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Keys;
using HiWay.Web.Components;
using HiWay.Web.Components.Choosing;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Keys;

/// <summary>The workspace's keys: make, change, rotate, revoke.</summary>
public sealed partial class KeysPage : DashboardPage
{
    /// <summary>Keys read at once; the page reads on until it has all, since it filters by itself.</summary>
    private const int PageSize = 200;

    /// <summary>Rows drawn at once: thousands of them with their menus would hold up the browser. The search looks at all keys.</summary>
    private const int RowsAtOnce = 100;

    private readonly FieldErrors _errors = new();
    private Remote<IReadOnlyList<KeyView>> _keys = Remote<IReadOnlyList<KeyView>>.Loading;
    private KeyFilter _filter = KeyFilter.Of(null, null);
    private IReadOnlyList<Choice> _choices = [];
    private int _room = RowsAtOnce;
    private bool _mayManage;

    // While somebody types, the field is ahead of the address and must not be set back by it.
    private string _typed = "";
    private bool _typing;

    private KeyForm? _form;
    private KeyView? _editing;
    private KeyView? _rotating;
    private KeyView? _revoking;
    private TimeSpan _overlap = TimeSpan.FromDays(1);
    private IssuedKey? _secret;
    private string _secretTitle = "";
    private string _secretText = "";
    private string? _problem;
    private bool _busy;

    [Inject] public required IKeys Keys { get; init; }

    [Inject] public required IModels Models { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    [SupplyParameterFromQuery] public string? Search { get; set; }

    [SupplyParameterFromQuery] public string? Status { get; set; }

    /// <summary>Set by links elsewhere that lead straight to making a key: <c>/keys?new=1</c>.</summary>
    [SupplyParameterFromQuery] public string? New { get; set; }

    /// <summary>A model that the new key's example calls can name whatever providers there are.</summary>
    private string SnippetModel => _secret?.View.AllowedModels is [var first, ..] ? first : "auto";

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _filter = KeyFilter.Of(Search, Status);
        _typed = _typing ? _typed : _filter.Search;
        _mayManage = await Current.GetAsync(stop) is { } actor && RoleRules.Allows(actor.Role, Permission.ManageKeys);
        if (_keys.Value is null || _keys.Problem is not null)
        {
            _keys = await ReadAsync(_keys, actor => ListAsync(actor, stop));
        }

        if (New is not null && _mayManage && _form is null)
        {
            Navigation.NavigateTo(Address(_filter.Search, _filter.Status), replace: true);
            await StartNew();
        }
    }

    private async Task<Outcome<IReadOnlyList<KeyView>>> ListAsync(Actor actor, CancellationToken stop)
    {
        List<KeyView> all = [];
        string? cursor = null;
        do
        {
            var page = await Keys.ListAsync(actor, cursor, PageSize, stop);
            if (page.Refusal is { } refusal)
            {
                return refusal;
            }

            all.AddRange(page.Value.Data);
            cursor = page.Value.NextCursor;
        }
        while (cursor is not null);

        return all;
    }

    private async Task RefreshAsync() => _keys = await ReadAsync(_keys, actor => ListAsync(actor, Closed));

    private void FollowTyping() => Navigation.NavigateTo(Address(_typed, _filter.Status), replace: true);

    private string Address(string search, string status) => Navigation.GetUriWithQueryParameters("/keys", new Dictionary<string, object?>
    {
        ["search"] = search.Length > 0 ? search : null,
        ["status"] = status == "current" ? null : status,
    });

    private Task StartNew() => ShowFormAsync(new KeyForm(), null);

    private Task StartEdit(KeyView key) => ShowFormAsync(KeyForm.Of(key), key);

    private async Task ShowFormAsync(KeyForm form, KeyView? editing)
    {
        _errors.Clear();
        (_form, _editing) = (form, editing);
        if (_choices.Count == 0)
        {
            var models = await TryAsync(actor => Models.ListAsync(actor, Closed));
            _choices = ModelChoices.ForKeys(models.Succeeded ? models.Value : []);
        }
    }

    private void CloseForm() => (_form, _editing) = (null, null);

    private async Task SaveAsync()
    {
        if (_form?.ToDraft(Clock.GetUtcNow(), _errors) is not { } draft)
        {
            return;
        }

        if (_editing is { } key)
        {
            var changed = await TryAsync(actor => Keys.UpdateAsync(actor, key.Id, draft, Closed));
            if (changed.Refusal is { } no)
            {
                _errors.Add(no, KeyForm.Fields);
                return;
            }

            CloseForm();
            Toasts.Done($"{changed.Value.Name} saved");
        }
        else
        {
            var made = await TryAsync(actor => Keys.CreateAsync(actor, draft, "dashboard", Closed));
            if (made.Refusal is { } no)
            {
                _errors.Add(no, KeyForm.Fields);
                return;
            }

            CloseForm();
            ShowSecret(made.Value, $"{made.Value.View.Name} is ready", "This is the only time that HiWay shows this secret. Copy it and keep it where only your program finds it.");
        }

        await RefreshAsync();
    }

    private void StartRotate(KeyView key) => (_rotating, _problem, _overlap) = (key, null, TimeSpan.FromDays(1));

    private async Task RotateAsync()
    {
        if (_rotating is not { } key || _busy)
        {
            return;
        }

        _busy = true;
        var rotated = await TryAsync(actor => Keys.RotateAsync(actor, key.Id, _overlap, Closed));
        _busy = false;
        if (rotated.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _rotating = null;
        ShowSecret(rotated.Value, "The new secret", rotated.Value.View.PreviousSecretExpiresAt is { } until
            ? $"The old one goes on working until {Format.Instant(until, Zone, Clock.GetUtcNow())}. This is the only time that HiWay shows the new one."
            : "The old one has stopped working. This is the only time that HiWay shows the new one.");
        await RefreshAsync();
    }

    private void ShowSecret(IssuedKey key, string title, string text) => (_secret, _secretTitle, _secretText) = (key, title, text);

    private void StartRevoke(KeyView key) => (_revoking, _problem) = (key, null);

    private async Task RevokeAsync()
    {
        if (_revoking is not { } key)
        {
            return;
        }

        var revoked = await TryAsync(actor => Keys.RevokeAsync(actor, key.Id, Closed));
        if (revoked.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _revoking = null;
        Toasts.Done($"{key.Name} revoked");
        await RefreshAsync();
    }

    private async Task RestoreAsync(KeyView key)
    {
        var restored = await TryAsync(actor => Keys.RestoreAsync(actor, key.Id, Closed));
        if (restored.Refusal is { } no)
        {
            Toasts.Failed($"{key.Name} could not be restored", no.Message);
            return;
        }

        Toasts.Done($"{key.Name} works again");
        await RefreshAsync();
    }
}
