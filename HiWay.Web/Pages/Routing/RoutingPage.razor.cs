using System.Globalization;
using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Replay;
using HiWay.Infrastructure.Routing;
using HiWay.Web.Components;
using HiWay.Web.Components.Choosing;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Routing;

/// <summary>The workspace's routing settings; while they are changed, what they would have done with logged calls is shown beside.</summary>
public sealed partial class RoutingPage : DashboardPage
{
    /// <summary>A slider that moves asks only once it rests.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    private readonly FieldErrors _errors = new();
    private Remote<RoutingView> _saved = Remote<RoutingView>.Loading;
    private RoutingForm? _form;
    private IReadOnlyList<Choice> _choices = [];
    private IReadOnlyList<Choice> _models = [];
    private ReplayReport? _report;
    private string? _replayProblem;
    private CancellationTokenSource? _replay;
    private double _progress;
    private int _days = 7;
    private bool _replaying;
    private bool _mayManage;
    private bool _busy;
    private bool _judgeChanged;

    [Inject] public required IRouting Routings { get; init; }

    [Inject] public required IReplay Replays { get; init; }

    [Inject] public required IModels Models { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var actor = await Current.GetAsync(stop);
        _mayManage = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _saved = await ReadAsync(_saved, who => Routings.GetAsync(who, stop));
        var models = await TryAsync(who => Models.ListAsync(who, stop));
        _choices = [.. ModelChoices.ForChat(models.Succeeded ? models.Value : []).Where(choice => choice != ModelChoices.Test)];
        _models = ModelChoices.ForJudge(models.Succeeded ? models.Value : []);
        await UndoAsync();
    }

    protected override void Leave()
    {
        _replay?.Cancel();
        _replay?.Dispose();
    }

    private async Task UndoAsync()
    {
        _errors.Clear();
        if (_saved.Value is { } saved)
        {
            _form = new(saved);
            await ReplayAsync(TimeSpan.Zero);
        }
    }

    private Task Slide(string? moved, Action<double> set) =>
        double.TryParse(moved, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? Change(() => set(value)) : Task.CompletedTask;

    private Task Change(Action change)
    {
        change();
        return ReplayAsync(Rest);
    }

    private static void Add(AliasLine alias, IReadOnlyList<string> chosen)
    {
        if (chosen is [var model] && !alias.Models.Contains(model))
        {
            alias.Models.Add(model);
        }
    }

    private Task ChooseDays(int days)
    {
        _days = days;
        return ReplayAsync(TimeSpan.Zero);
    }

    private async Task ReplayAsync(TimeSpan rest)
    {
        if (_replay is not null)
        {
            await _replay.CancelAsync();
            _replay.Dispose();
        }

        _replay = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        var (stop, patch, days) = (_replay.Token, _form!.ToTry(), _days);
        try
        {
            await Task.Delay(rest, Clock, stop);
            (_replaying, _progress) = (true, 0);
            StateHasChanged();
            var progress = new Progress<double>(done =>
            {
                _progress = done;
                StateHasChanged();
            });

            // Off the page's own thread: fifty thousand decisions take their time.
            var outcome = await TryAsync(who => Task.Run(() => Replays.RunAsync(who, days, patch, progress, stop), stop));
            stop.ThrowIfCancellationRequested();
            (_report, _replayProblem, _replaying) = (outcome.Succeeded ? outcome.Value : _report, outcome.Refusal?.Message, false);
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // A newer one is on its way, or the page was left.
        }
    }

    private async Task SaveAsync()
    {
        if (_busy || _form is not { IsChanged: true, UnfinishedAlias: null } form)
        {
            return;
        }

        _busy = true;
        _errors.Clear();
        var sent = Entries.Of(form);
        var outcome = await TryAsync(actor => Routings.UpdateAsync(actor, form.ToPatch(), Closed));
        _busy = false;
        if (outcome.Refusal is { } refusal)
        {
            _errors.Add(refusal, RoutingForm.Fields);
            return;
        }

        _saved = Remote<RoutingView>.Of(outcome.Value);
        _form = sent.Meanwhile(form, new RoutingForm(outcome.Value));
        Toasts.Done("Routing is saved. The next call goes by it.");
        await ReplayAsync(TimeSpan.Zero);
    }
}
