using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Mail;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace HiWay.Web.Pages.Members;

/// <summary>Members of the workspace with their roles, and invitations to it.</summary>
public sealed partial class MembersPage : DashboardPage
{
    private readonly FieldErrors _errors = new();
    private Remote<IReadOnlyList<MemberView>> _members = Remote<IReadOnlyList<MemberView>>.Loading;
    private Remote<IReadOnlyList<InvitationView>> _invitations = Remote<IReadOnlyList<InvitationView>>.Loading;
    private Actor? _actor;
    private bool _mayManage;

    private bool _inviting;
    private IssuedInvitation? _issued;
    private MemberView? _removing;
    private InvitationView? _revoking;
    private (MemberView Member, WorkspaceRole Role)? _promoting;
    private string? _problem;

    // Counted up to draw a role list anew after a change that was called off: the browser shows what was picked.
    private int _asked;

    [Inject] public required IMembers Members { get; init; }

    [Inject] public required IMailer Mail { get; init; }

    [Inject] public required NotificationService Toasts { get; init; }

    /// <summary>Shows used, revoked and expired invitations too.</summary>
    [SupplyParameterFromQuery] public bool? All { get; set; }

    private bool Leaves => _removing is { } member && _actor is { } actor && MembersView.IsSelf(actor, member);

    private string RoleText => _promoting is not { } change
        ? ""
        : $"{change.Member.Email} becomes {MembersView.Name(change.Role).ToLowerInvariant()}. {MembersView.Roles.First(r => r.Role == change.Role).May}"
          + (_actor is { } actor && MembersView.IsSelf(actor, change.Member) ? " This is your own role: you may not be able to take it back." : "");

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _actor = await Current.GetAsync(stop);
        _mayManage = _actor is { } actor && RoleRules.Allows(actor.Role, Permission.ManageMembers);
        _members = await ReadAsync(_members, who => Members.ListAsync(who, stop));
        if (_mayManage)
        {
            _invitations = await ReadAsync(_invitations, who => Members.InvitationsAsync(who, stop));
        }
    }

    private void AskRole(MemberView member, string? role)
    {
        if (Enum.TryParse<WorkspaceRole>(role, out var wanted) && wanted != member.Role)
        {
            (_promoting, _problem) = ((member, wanted), null);
        }
    }

    private void CloseRole()
    {
        _promoting = null;
        _asked++;
    }

    private async Task SetAskedRoleAsync()
    {
        if (_promoting is not { } change)
        {
            return;
        }

        var changed = await TryAsync(actor => Members.SetRoleAsync(actor, change.Member.UserId, change.Role, Closed));
        if (changed.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        CloseRole();
        Toasts.Done($"{change.Member.Email} is now {MembersView.Name(change.Role).ToLowerInvariant()}");
        Current.Forget();
        await ReloadAsync();
    }

    private void StartRemove(MemberView member) => (_removing, _problem) = (member, null);

    private async Task RemoveAsync()
    {
        if (_removing is not { } member)
        {
            return;
        }

        var left = Leaves;
        var removed = await TryAsync(actor => Members.RemoveAsync(actor, member.UserId, Closed));
        if (removed.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _removing = null;
        if (left)
        {
            // Loaded anew: the whole frame belongs to a workspace that this person no longer sees.
            Navigation.NavigateTo("/", forceLoad: true);
            return;
        }

        Toasts.Done($"{member.Email} removed");
        await ReloadAsync();
    }

    private void StartInvite()
    {
        _errors.Clear();
        (_inviting, _issued) = (true, null);
    }

    private void CloseInvite() => (_inviting, _issued) = (false, null);

    private async Task InviteAsync((string? Email, WorkspaceRole Role) wish)
    {
        _errors.Clear();
        var issued = await TryAsync(actor => Members.InviteAsync(actor, wish.Email, wish.Role, Navigation.BaseUri.TrimEnd('/'), Closed));
        if (issued.Refusal is { } no)
        {
            _errors.Add(no, "email", "role");
            return;
        }

        _issued = issued.Value;
        await ReloadAsync();
    }

    private void StartRevoke(InvitationView invitation) => (_revoking, _problem) = (invitation, null);

    private async Task RevokeAsync()
    {
        if (_revoking is not { } invitation)
        {
            return;
        }

        var revoked = await TryAsync(actor => Members.RevokeInvitationAsync(actor, invitation.Id, Closed));
        if (revoked.Refusal is { } no)
        {
            _problem = no.Message;
            return;
        }

        _revoking = null;
        Toasts.Done("Invitation revoked");
        await ReloadAsync();
    }
}
