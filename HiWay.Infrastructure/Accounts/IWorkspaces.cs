using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Infrastructure.Accounts;

public sealed record WorkspaceView(
    string Id, string Name, string Plan, string RoutingProfile, string SovereigntyZone, bool PromptCaching, bool LogContent,
    string? FlagshipModel, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedAt);

/// <summary>What PATCH changes; null leaves a field as it is.</summary>
public sealed record WorkspacePatch(
    string? Name = null, string? RoutingProfile = null, string? SovereigntyZone = null, bool? PromptCaching = null, bool? LogContent = null, string? FlagshipModel = null);

/// <summary>A workspace in the switcher.</summary>
public sealed record WorkspaceChoice(string Id, string Name, string Plan, WorkspaceRole Role);

/// <param name="EmailConfirmed">Whether the member has shown that the mailbox is read; nobody is asked to without a mail server.</param>
public sealed record MemberView(string UserId, string Email, WorkspaceRole Role, bool TwoFactor, DateTimeOffset JoinedAt, bool EmailConfirmed);

/// <param name="Status"><c>pending</c>, <c>accepted</c>, <c>revoked</c>, <c>expired</c>.</param>
public sealed record InvitationView(string Id, string? Email, WorkspaceRole Role, string Status, string? InvitedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <param name="Link">The address to hand over, shown this once.</param>
public sealed record IssuedInvitation(InvitationView View, string Link);

/// <summary>An open invitation as its link shows it.</summary>
/// <param name="Obstacle">Why the one who looks cannot take it: a member already, or another address than the invited one.</param>
public sealed record InvitationOffer(string WorkspaceName, InvitationView Invitation, Refusal? Obstacle);

public interface IWorkspaces
{
    /// <summary>The workspaces of a user, by name.</summary>
    Task<IReadOnlyList<WorkspaceChoice>> OfUserAsync(string userId, CancellationToken cancellationToken);

    /// <summary>The actor for a signed-in user in a workspace; null when not a member.</summary>
    Task<Actor?> ActorAsync(string userId, string workspaceId, string? ipAddress, CancellationToken cancellationToken);

    Task<Outcome<WorkspaceView>> CreateAsync(string userId, string name, string? ipAddress, CancellationToken cancellationToken);

    Task<Outcome<WorkspaceView>> GetAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<WorkspaceView>> PatchAsync(Actor actor, WorkspacePatch patch, CancellationToken cancellationToken);

    /// <param name="confirmName">Must equal the workspace's name.</param>
    Task<Outcome<bool>> DeleteAsync(Actor actor, string confirmName, CancellationToken cancellationToken);

    /// <summary>Remembers what the dashboard opens next time.</summary>
    Task SwitchAsync(string userId, string workspaceId, CancellationToken cancellationToken);
}

public interface IMembers
{
    Task<Outcome<IReadOnlyList<MemberView>>> ListAsync(Actor actor, CancellationToken cancellationToken);

    /// <summary>Refused when it would leave the workspace without an owner.</summary>
    Task<Outcome<MemberView>> SetRoleAsync(Actor actor, string userId, WorkspaceRole role, CancellationToken cancellationToken);

    /// <summary>Removes a member, or lets the actor leave. Refused for the last owner.</summary>
    Task<Outcome<bool>> RemoveAsync(Actor actor, string userId, CancellationToken cancellationToken);

    Task<Outcome<IReadOnlyList<InvitationView>>> InvitationsAsync(Actor actor, CancellationToken cancellationToken);

    /// <param name="email">
    /// Null makes a link that anyone may use once; with an address a mail is sent too. Who has not confirmed the own address invites a few a day by mail.
    /// </param>
    /// <param name="baseUrl">The dashboard's own address, for the link.</param>
    Task<Outcome<IssuedInvitation>> InviteAsync(Actor actor, string? email, WorkspaceRole role, string baseUrl, CancellationToken cancellationToken);

    Task<Outcome<bool>> RevokeInvitationAsync(Actor actor, string id, CancellationToken cancellationToken);

    /// <summary>What an invitation link offers, before it is accepted; refused when used, revoked or expired.</summary>
    /// <param name="userId">Who looks at it; null for somebody who is not signed in.</param>
    Task<Outcome<InvitationOffer>> PeekAsync(string token, string? userId, CancellationToken cancellationToken);

    /// <summary>Makes the user a member; the workspace's id comes back.</summary>
    Task<Outcome<string>> AcceptAsync(string token, string userId, string? ipAddress, CancellationToken cancellationToken);
}
