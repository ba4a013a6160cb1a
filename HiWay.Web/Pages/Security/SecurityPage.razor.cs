using System.Net;
using HiWay.Domain.Accounts;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Shield;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Security;

/// <summary>The Shield's settings, IP rules, and what was seen.</summary>
public sealed partial class SecurityPage : DashboardPage
{
    private const int PageSize = 50;

    private readonly FieldErrors _errors = new();
    private readonly FieldErrors _ruleErrors = new();
    private Remote<SecurityConfigView> _config = Remote<SecurityConfigView>.Loading;
    private Remote<IReadOnlyList<IpRuleView>> _rules = Remote<IReadOnlyList<IpRuleView>>.Loading;
    private Remote<Page<SecurityEventView>> _events = Remote<Page<SecurityEventView>>.Loading;
    private Dictionary<string, string> _keys = [];
    private SecurityForm? _form;
    private string? _workspaceId;
    private bool _mayManage;
    private bool _busy;
    private string _cidr = "";
    private string _action = "allow";
    private string _comment = "";
    private IpRuleView? _removing;
    private string? _problem;
    private string? _askingAllow;
    private bool _shutsOutMyself;
    private string? _myAddress;

    [Inject] public required ISecurity Security { get; init; }

    [Inject] public required IKeys Keys { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary><c>blocked</c> or <c>logged</c>; nothing shows both.</summary>
    [SupplyParameterFromQuery] public string? Action { get; set; }

    private SecurityEventFilter Filter => new(Action: Action);

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var actor = await Current.GetAsync(stop);
        _workspaceId = actor?.WorkspaceId;
        _myAddress = actor?.IpAddress;
        _mayManage = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _config = await ReadAsync(_config, who => Security.ConfigAsync(who, stop));
        Undo();
        _rules = await ReadAsync(_rules, who => Security.IpRulesAsync(who, stop));
        _events = await ReadAsync(_events, who => Security.EventsAsync(who, Filter, null, PageSize, stop));
        var keys = await TryAsync(who => Keys.ListAsync(who, null, 200, stop));
        _keys = keys.Succeeded ? keys.Value.Data.ToDictionary(key => key.Id, key => key.Name) : [];
    }

    private string ExportHref(string workspace, string format) =>
        $"/api/v1/workspaces/{workspace}/security/export?fmt={format}&days=30{(Action is null ? "" : $"&action={Action}")}";

    private void Undo()
    {
        _errors.Clear();
        _form = _config.Value is { } saved ? new SecurityForm(saved) : null;
    }

    private async Task SaveAsync()
    {
        if (_form is not { IsChanged: true } form || _busy || form.ToPatch(_errors) is not { } patch)
        {
            return;
        }

        _busy = true;
        var sent = Entries.Of(form);
        var saved = await TryAsync(actor => Security.ConfigureAsync(actor, patch, Closed));
        _busy = false;
        if (saved.Refusal is { } no)
        {
            _errors.Add(no, SecurityForm.Fields);
            return;
        }

        _config = Remote<SecurityConfigView>.Of(saved.Value);
        _form = sent.Meanwhile(form, new SecurityForm(saved.Value));
        Toasts.Done("Shield saved");
    }

    /// <summary>The first allow rule shuts everybody else out, so it is asked for twice.</summary>
    private Task SubmitRuleAsync()
    {
        _ruleErrors.Clear();
        if (_action != "allow" || _rules.Value?.Any(rule => rule.Action == "allow") is true || !IpRules.TryParse(_cidr, out var network))
        {
            return AddRuleAsync();
        }

        _askingAllow = network.ToString();
        _shutsOutMyself = !new IpRules([(network, true)]).Admits(IPAddress.TryParse(_myAddress, out var mine) ? mine : null);
        return Task.CompletedTask;
    }

    private bool IsLastAllowRule(IpRuleView? rule) => rule is { Action: "allow" } && (_rules.Value ?? []).Count(other => other.Action == "allow") == 1;

    private async Task AddAllowRuleAsync()
    {
        await AddRuleAsync();
        _askingAllow = null;
    }

    private async Task AddRuleAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        _ruleErrors.Clear();
        var (cidr, comment) = (_cidr, _comment);
        var added = await TryAsync(actor => Security.AddIpRuleAsync(actor, cidr.Trim(), _action, comment, Closed));
        _busy = false;
        if (added.Refusal is { } no)
        {
            _ruleErrors.Add(no, "cidr", "comment");
            return;
        }

        (_cidr, _comment) = (_cidr == cidr ? "" : _cidr, _comment == comment ? "" : _comment);   // what was typed meanwhile is the next one
        _rules = Remote<IReadOnlyList<IpRuleView>>.Of([.. _rules.Value ?? [], added.Value]);
        Toasts.Done($"Rule for {added.Value.Cidr} added");
    }

    private async Task RemoveRuleAsync()
    {
        if (_removing is not { } rule)
        {
            return;
        }

        var removed = await TryAsync(actor => Security.RemoveIpRuleAsync(actor, rule.Id, Closed));
        if (removed.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _removing = null;
        _rules = Remote<IReadOnlyList<IpRuleView>>.Of([.. (_rules.Value ?? []).Where(other => other.Id != rule.Id)]);
        Toasts.Done("Rule removed");
    }

    private async Task MoreAsync()
    {
        if (_events.Value is not { NextCursor: { } cursor } before || _busy)
        {
            return;
        }

        _busy = true;
        var older = await TryAsync(actor => Security.EventsAsync(actor, Filter, cursor, PageSize, Closed));
        _busy = false;
        if (older.Refusal is { } no)
        {
            Toasts.Failed("Older events could not be read", no.Message);
            return;
        }

        _events = Remote<Page<SecurityEventView>>.Of(new([.. before.Data, .. older.Value.Data], older.Value.NextCursor));
    }
}
