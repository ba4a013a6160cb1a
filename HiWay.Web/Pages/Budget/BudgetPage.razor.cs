using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Budget;

/// <summary>Budget Control: how much of the cap is used, where the month goes, what thresholds were reached, and the caps themselves.</summary>
public sealed partial class BudgetPage : DashboardPage
{
    private static readonly TimeSpan s_live = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(1);

    private readonly FieldErrors _errors = new();
    private readonly FieldErrors _userErrors = new();
    private Remote<BudgetPageView> _page = Remote<BudgetPageView>.Loading;
    private BudgetForm? _form;
    private LiveUsage? _live;
    private ITimer? _watch;
    private BudgetState? _node;
    private string? _workspaceId;
    private bool _mayManage;
    private bool _busy;
    private string _user = "";
    private string _userCap = "";

    [Inject] public required IBudgets Budgets { get; init; }

    [Inject] public required IUsageFeed Feed { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var actor = await Current.GetAsync(stop);
        _mayManage = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _workspaceId = actor?.WorkspaceId;
        await ReadFiguresAsync(stop);
        Undo();
        if (_live is null && actor is not null)
        {
            _live = new LiveUsage(Feed, actor.WorkspaceId, Clock, s_live, _ => InvokeAsync(RefreshAsync));
            _watch = Clock.CreateTimer(_ => _ = InvokeAsync(WatchAsync), null, s_watch, s_watch);
        }
    }

    protected override void Leave()
    {
        _live?.Dispose();
        _watch?.Dispose();
    }

    /// <summary>While the database is away nothing can be read, and just then people want to know what is at risk.</summary>
    private async Task WatchAsync()
    {
        var before = _node;
        ReadNode();
        if (_node?.ExposureUsd == before?.ExposureUsd && _node?.DatabaseLostAt == before?.DatabaseLostAt)
        {
            return;
        }

        if (_node?.DatabaseLostAt is null && !Closed.IsCancellationRequested)
        {
            await ReadFiguresAsync(Closed);
        }

        StateHasChanged();
    }

    private async Task ReadFiguresAsync(CancellationToken stop)
    {
        _page = await ReadAsync(_page, actor => Budgets.PageAsync(actor, stop));
        ReadNode();
    }

    private void ReadNode() => _node = _page.Value is { } page && _workspaceId is { } workspace ? Budgets.NodeOf(workspace, page) : null;

    /// <summary>New figures; what is typed into the form stays.</summary>
    private async Task RefreshAsync()
    {
        await ReadFiguresAsync(Closed);
        StateHasChanged();
    }

    private void Undo()
    {
        _errors.Clear();
        _form = _page.Value is { } page ? new BudgetForm(page.Budget) : null;
    }

    private async Task SaveAsync()
    {
        if (_busy || _form is not { } form || form.ToDraft(_errors) is not { } draft)
        {
            return;
        }

        _busy = true;
        var sent = Entries.Of(form);
        var saved = await TryAsync(actor => Budgets.PutAsync(actor, draft, Closed));
        _busy = false;
        if (saved.Refusal is { } no)
        {
            _errors.Add(no, BudgetForm.Fields);
            return;
        }

        await ReadFiguresAsync(Closed);
        _form = sent.Meanwhile(form, new BudgetForm(_page.Value?.Budget ?? saved.Value));
        Toasts.Done("Budget saved");
    }

    private async Task AddUserAsync()
    {
        _userErrors.Clear();
        var cap = FieldText.Usd(_userCap, "cap_usd", _userErrors);
        if (_busy || _userErrors.Any)
        {
            return;
        }

        _busy = true;
        var (user, userCap) = (_user, _userCap);
        var saved = await TryAsync(actor => Budgets.PutUserAsync(actor, user.Trim(), cap, Closed));
        _busy = false;
        if (saved.Refusal is { } no)
        {
            _userErrors.Add(no, "user", "cap_usd");
            return;
        }

        (_user, _userCap) = (_user == user ? "" : _user, _userCap == userCap ? "" : _userCap);   // what was typed meanwhile is the next one
        await ReadFiguresAsync(Closed);
        Toasts.Done("Cap set");
    }

    private async Task RemoveUserAsync(string user)
    {
        var removed = await TryAsync(actor => Budgets.DeleteUserAsync(actor, user, Closed));
        if (removed.Refusal is { } no)
        {
            _userErrors.Add(no);
            return;
        }

        await ReadFiguresAsync(Closed);
        Toasts.Done("Cap removed");
    }
}
