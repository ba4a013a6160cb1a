using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Accounts;

/// <summary>Members of a workspace and invitations to it. A workspace always keeps an owner.</summary>
internal sealed partial class MemberService(
    IDbContextFactory<HiWayDb> databases, IAuditLog audit, IMailer mailer, TimeProvider clock, ILogger<MemberService> log) : IMembers
{
    /// <summary>Invitations that one person sends by mail within a day before the own address is confirmed.</summary>
    public const int MaxMailsUnconfirmed = 5;

    public async Task<Outcome<IReadOnlyList<MemberView>>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.Read) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = await db.Memberships.AsNoTracking().Include(row => row.User)
            .Where(row => row.WorkspaceId == actor.WorkspaceId)
            .OrderBy(row => row.CreatedAt).ThenBy(row => row.UserId)
            .ToListAsync(cancellationToken);
        return rows.ConvertAll(View);
    }

    public async Task<Outcome<MemberView>> SetRoleAsync(Actor actor, string userId, WorkspaceRole role, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageMembers) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(db, actor.WorkspaceId, userId, cancellationToken) is not { } row)
        {
            return NotAMember(userId);
        }

        if (!RoleRules.MayAssign(actor.Role, role) || row.Role > actor.Role)
        {
            return new Refusal(RefusalKind.Forbidden, "Only an owner makes owners or changes an owner's role.", "role");
        }

        if (row.Role == role)
        {
            return View(row);
        }

        if (row.Role is WorkspaceRole.Owner && await IsLastOwnerAsync(db, row, cancellationToken))
        {
            return LastOwner();
        }

        audit.Record(db, actor, "member.role_changed", userId, row.User!.Email,
            new Dictionary<string, string?> { ["role"] = Name(row.Role) }, new Dictionary<string, string?> { ["role"] = Name(role) });
        row.Role = role;
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return View(row);
    }

    public async Task<Outcome<bool>> RemoveAsync(Actor actor, string userId, CancellationToken cancellationToken)
    {
        // Everybody may leave; a key that somebody made is not that person.
        var leaves = actor.KeyId is null && actor.UserId == userId;
        if (!leaves && actor.Lacks(Permission.ManageMembers) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(db, actor.WorkspaceId, userId, cancellationToken) is not { } row)
        {
            return NotAMember(userId);
        }

        if (!leaves && row.Role > actor.Role)
        {
            return new Refusal(RefusalKind.Forbidden, "Only an owner removes an owner.");
        }

        if (row.Role is WorkspaceRole.Owner && await IsLastOwnerAsync(db, row, cancellationToken))
        {
            return LastOwner();
        }

        audit.Record(db, actor, leaves ? "member.left" : "member.removed", userId, row.User!.Email, new Dictionary<string, string?> { ["role"] = Name(row.Role) });
        db.Memberships.Remove(row);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public async Task<Outcome<IReadOnlyList<InvitationView>>> InvitationsAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageMembers) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = await db.Invitations.AsNoTracking()
            .Where(row => row.WorkspaceId == actor.WorkspaceId)
            .OrderByDescending(row => row.Id)
            .Select(row => new { Row = row, By = db.Users.Where(user => user.Id == row.InvitedByUserId).Select(user => user.Email).SingleOrDefault() })
            .ToListAsync(cancellationToken);
        return rows.ConvertAll(found => View(found.Row, found.By));
    }

    public async Task<Outcome<IssuedInvitation>> InviteAsync(Actor actor, string? email, WorkspaceRole role, string baseUrl, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageMembers) is { } refusal)
        {
            return refusal;
        }

        if (!RoleRules.MayAssign(actor.Role, role))
        {
            return new Refusal(RefusalKind.Forbidden, "Only an owner makes owners.", "role");
        }

        string? address = null;
        if (!string.IsNullOrWhiteSpace(email))
        {
            var judged = AccountRules.Email(email);
            if (judged.Refusal is { } wrong)
            {
                return wrong;
            }

            address = judged.Value;
        }

        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (address is not null)
        {
            if (await MustConfirmFirstAsync(db, actor, now, cancellationToken) is { } unconfirmed)
            {
                return unconfirmed;
            }

            var normalized = address.ToUpperInvariant();
            if (await db.Memberships.AnyAsync(row => row.WorkspaceId == actor.WorkspaceId && row.User!.NormalizedEmail == normalized, cancellationToken))
            {
                return new Refusal(RefusalKind.Conflict, $"{address} is already a member.", "email");
            }

            // A second mail replaces the first: one link a person, and it is the one on top of the mailbox.
            var earlier = await db.Invitations
                .Where(row => row.WorkspaceId == actor.WorkspaceId && row.Email != null && row.Email.ToUpper() == normalized && row.AcceptedAt == null && row.RevokedAt == null)
                .ToListAsync(cancellationToken);
            earlier.ForEach(row => row.RevokedAt = now);
        }

        var token = Invitations.NewToken();
        var mailed = address is not null && mailer.Delivers ? Invitations.NewToken() : null;
        var invitation = new InvitationRow
        {
            Id = Ulid.New("inv", now),
            WorkspaceId = actor.WorkspaceId,
            Email = address,
            Role = role,
            TokenHash = Invitations.Hash(token),
            MailTokenHash = mailed is null ? null : Invitations.Hash(mailed),
            InvitedByUserId = actor.UserId,
            CreatedAt = now,
            ExpiresAt = now + Invitations.Lifetime,
        };
        db.Invitations.Add(invitation);
        audit.Record(db, actor, "invitation.created", invitation.Id, address ?? "link", newValues: new Dictionary<string, string?> { ["role"] = Name(role), ["email"] = address });
        await db.SaveChangesAsync(cancellationToken);

        var link = $"{baseUrl}/invite/{token}";
        if (address is not null)
        {
            var workspaceName = await db.Workspaces.Where(row => row.Id == actor.WorkspaceId).Select(row => row.Name).SingleAsync(cancellationToken);
            // Of a key the reader of the mail knows nothing, of the person who made it perhaps the name.
            var by = actor.KeyId is null ? actor.Label : await db.Users.Where(user => user.Id == actor.UserId).Select(user => user.Email).SingleOrDefaultAsync(cancellationToken) ?? actor.Label;
            await MailAsync(address, workspaceName, by, role, $"{baseUrl}/invite/{mailed ?? token}", cancellationToken);
        }

        return new IssuedInvitation(View(invitation, actor.KeyId is null ? actor.Label : null), link);
    }

    public async Task<Outcome<bool>> RevokeInvitationAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageMembers) is { } refusal)
        {
            return refusal;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.Invitations.SingleOrDefaultAsync(row => row.Id == id && row.WorkspaceId == actor.WorkspaceId, cancellationToken) is not { } row)
        {
            return new Refusal(RefusalKind.NotFound, $"There is no invitation '{id}' in this workspace.");
        }

        if (row.AcceptedAt is not null)
        {
            return new Refusal(RefusalKind.Conflict, "This invitation has been accepted; remove the member instead.");
        }

        if (row.RevokedAt is null)
        {
            row.RevokedAt = clock.GetUtcNow();
            audit.Record(db, actor, "invitation.revoked", row.Id, row.Email ?? "link");
            await db.SaveChangesAsync(cancellationToken);
        }

        return true;
    }

    public async Task<Outcome<InvitationOffer>> PeekAsync(string token, string? userId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var found = await Invitations.FindAsync(db, token, clock.GetUtcNow(), cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var row = found.Value;
        var by = await db.Users.Where(user => user.Id == row.InvitedByUserId).Select(user => user.Email).SingleOrDefaultAsync(cancellationToken);
        var email = userId is null ? null : await db.Users.Where(user => user.Id == userId).Select(user => user.Email).SingleOrDefaultAsync(cancellationToken);
        var obstacle = email is null ? null
            : await db.Memberships.AnyAsync(member => member.WorkspaceId == row.WorkspaceId && member.UserId == userId, cancellationToken) ? Invitations.AlreadyMember(row)
            : Invitations.NotFor(row, email);
        return new InvitationOffer(row.Workspace!.Name, View(row, by), obstacle);
    }

    public async Task<Outcome<string>> AcceptAsync(string token, string userId, string? ipAddress, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Users.SingleOrDefaultAsync(row => row.Id == userId, cancellationToken) is not { Email: { } email } user)
        {
            return new Refusal(RefusalKind.Unauthenticated, "This account no longer exists.");
        }

        var taken = await Invitations.TakeAsync(db, token, email, now, cancellationToken);
        if (taken.Refusal is { } refusal)
        {
            return refusal;
        }

        var invitation = taken.Value;
        if (await db.Memberships.AnyAsync(row => row.WorkspaceId == invitation.WorkspaceId && row.UserId == userId, cancellationToken))
        {
            // Leaving without a commit gives the invitation back to somebody who needs it.
            return Invitations.AlreadyMember(invitation);
        }

        db.Memberships.Add(new MembershipRow { WorkspaceId = invitation.WorkspaceId, UserId = userId, Role = invitation.Role, CreatedAt = now });
        user.LastWorkspaceId = invitation.WorkspaceId;
        if (!user.EmailConfirmed && Invitations.CameByMail(invitation, token))
        {
            user.EmailConfirmed = true;
            audit.Record(db, AccountService.ForUser(user, ipAddress), "user.email_confirmed", userId, email, newValues: new Dictionary<string, string?> { ["by"] = "mailed invitation" });
        }

        audit.Record(db, new Actor(invitation.WorkspaceId, userId, null, invitation.Role, email, ipAddress), "member.joined", userId, email,
            newValues: new Dictionary<string, string?> { ["role"] = Name(invitation.Role), ["invitation"] = invitation.Id });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return invitation.WorkspaceId;
    }

    /// <summary>The member's row; changes to one workspace's owners take turns, or two could each demote the other.</summary>
    private static async Task<MembershipRow?> LockAsync(HiWayDb db, string workspaceId, string userId, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM workspaces WHERE id = {workspaceId} FOR NO KEY UPDATE", cancellationToken);
        return await db.Memberships.Include(row => row.User).SingleOrDefaultAsync(row => row.WorkspaceId == workspaceId && row.UserId == userId, cancellationToken);
    }

    private static async Task<bool> IsLastOwnerAsync(HiWayDb db, MembershipRow owner, CancellationToken cancellationToken) =>
        !await db.Memberships.AnyAsync(row => row.WorkspaceId == owner.WorkspaceId && row.Role == WorkspaceRole.Owner && row.UserId != owner.UserId, cancellationToken);

    /// <summary>Mail to strangers in a name that nobody has proved is kept to a trickle; links without a mail are not.</summary>
    private async Task<Refusal?> MustConfirmFirstAsync(HiWayDb db, Actor actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!mailer.Delivers || !await db.Users.AnyAsync(user => user.Id == actor.UserId && !user.EmailConfirmed, cancellationToken))
        {
            return null;
        }

        var today = await db.Invitations.CountAsync(row => row.InvitedByUserId == actor.UserId && row.Email != null && row.CreatedAt > now - TimeSpan.FromDays(1), cancellationToken);
        return today < MaxMailsUnconfirmed ? null : new Refusal(RefusalKind.Forbidden,
            $"Confirm your own e-mail address to invite more than {MaxMailsUnconfirmed} people a day by mail: open /confirm-email in the dashboard. An invitation without an address, whose link you hand over yourself, works now.", "email");
    }

    private async Task MailAsync(string address, string workspaceName, string by, WorkspaceRole role, string link, CancellationToken cancellationToken)
    {
        try
        {
            await mailer.SendAsync(address, $"You are invited to {workspaceName} on HiWay",
                $"{by} invites you to the workspace {workspaceName} on HiWay as {Name(role)}.\n\nJoin here within {Invitations.Lifetime.Days} days:\n{link}\n", cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The invitation stands: its link is on the inviter's screen and can be sent by other means.
            InvitationNotSent(fault);
        }
    }

    private InvitationView View(InvitationRow row, string? by) =>
        new(row.Id, row.Email, row.Role, Invitations.StatusOf(row, clock.GetUtcNow()), by, row.CreatedAt, row.ExpiresAt);

    private static MemberView View(MembershipRow row) =>
        new(row.UserId, row.User!.Email ?? row.UserId, row.Role, row.User.TwoFactorEnabled, row.CreatedAt, row.User.EmailConfirmed);

    private static string Name(WorkspaceRole role) => role.ToString().ToLowerInvariant();

    private static Refusal NotAMember(string userId) => new(RefusalKind.NotFound, $"'{userId}' is not a member of this workspace.");

    private static Refusal LastOwner() => new(RefusalKind.Conflict, "A workspace needs an owner. Make another member owner first, or delete the workspace.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "An invitation mail could not be sent; its link works all the same. Check the section Smtp")]
    private partial void InvitationNotSent(Exception fault);
}
