using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Privacy;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Privacy;

/// <summary>What is masked, how far, and how it looks.</summary>
public sealed partial class PrivacyPage : DashboardPage
{
    private readonly FieldErrors _errors = new();
    private Remote<PrivacyView> _privacy = Remote<PrivacyView>.Loading;
    private PrivacyForm? _form;
    private PrivacyPreview? _preview;
    private string _text = "Hi, I am Jane Doe, jane.doe@example.com, +1 415 555 0132. My card is 4242 4242 4242 4242.";
    private string? _problem;
    private bool _mayManage;
    private bool _busy;
    private int _previews;

    [Inject] public required IPrivacy Privacy { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    protected override async Task LoadAsync(CancellationToken stop)
    {
        var actor = await Current.GetAsync(stop);
        _mayManage = actor is not null && RoleRules.Allows(actor.Role, Permission.ManageWorkspace);
        _privacy = await ReadAsync(_privacy, who => Privacy.GetAsync(who, stop));
        Undo();
        await PreviewAsync();
    }

    private void Undo()
    {
        _errors.Clear();
        _form = _privacy.Value is { } saved ? new PrivacyForm(saved) : null;
    }

    private async Task SaveAsync()
    {
        if (_form is not { IsChanged: true } form || _busy)
        {
            return;
        }

        _busy = true;
        _errors.Clear();
        var sent = Entries.Of(form);
        var saved = await TryAsync(actor => Privacy.UpdateAsync(actor, form.ToPatch(), Closed));
        _busy = false;
        if (saved.Refusal is { } no)
        {
            _errors.Add(no, PrivacyForm.Fields);
            return;
        }

        _privacy = Remote<PrivacyView>.Of(saved.Value);
        _form = sent.Meanwhile(form, new PrivacyForm(saved.Value));
        Toasts.Done("Masking saved");
        await PreviewAsync();
    }

    private async Task PreviewAsync()
    {
        if (_form is not { } form)
        {
            return;
        }

        var mine = ++_previews;
        var preview = await TryAsync(actor => Privacy.PreviewAsync(actor, _text, form.ToPatch(), Closed));
        if (mine != _previews)
        {
            return;   // something newer was asked; answers may overtake each other
        }

        (_preview, _problem) = preview.Refusal is { } no ? (_preview, no.Message) : (preview.Value, null);
    }
}
