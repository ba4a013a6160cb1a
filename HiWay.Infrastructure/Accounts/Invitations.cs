using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Accounts;

/// <summary>The rules of invitation links, shared by those who make them and those who use them.</summary>
internal static class Invitations
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>256 random bits, written so that they fit into an address.</summary>
    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether this is the token that only the invitation's mail carries: who has it reads the mailbox.</summary>
    public static bool CameByMail(InvitationRow row, string token) => row.MailTokenHash is { } mailed && mailed.AsSpan().SequenceEqual(Hash(token));

    public static string StatusOf(InvitationRow row, DateTimeOffset now) =>
        row.AcceptedAt is not null ? "accepted" : row.RevokedAt is not null ? "revoked" : row.ExpiresAt <= now ? "expired" : "pending";

    /// <summary>The invitation behind a token, with its workspace, if it can still be used.</summary>
    public static async Task<Outcome<InvitationRow>> FindAsync(HiWayDb db, string token, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hash = Hash(token);
        var row = await db.Invitations.Include(invitation => invitation.Workspace).SingleOrDefaultAsync(invitation => invitation.TokenHash == hash || invitation.MailTokenHash == hash, cancellationToken);
        if (row is null || row.Workspace!.DeletedAt is not null)
        {
            return new Refusal(RefusalKind.NotFound, "This invitation does not exist. Check that the whole link was copied.");
        }

        return StatusOf(row, now) switch
        {
            "pending" => row,
            "accepted" => new Refusal(RefusalKind.Conflict, "This invitation has already been used. Ask for a new one."),
            "revoked" => new Refusal(RefusalKind.Conflict, "This invitation was withdrawn. Ask for a new one."),
            _ => new Refusal(RefusalKind.Conflict, "This invitation has expired. Ask for a new one."),
        };
    }

    /// <summary>Says no to an address that an invitation by mail is not for.</summary>
    public static Refusal? NotFor(InvitationRow row, string email) => row.Email is null || string.Equals(row.Email, email, StringComparison.OrdinalIgnoreCase)
        ? null
        : new(RefusalKind.Forbidden, $"This invitation is for {row.Email}. Sign in with that address, or ask for an invitation of your own.", "email");

    public static Refusal AlreadyMember(InvitationRow row) => new(RefusalKind.Conflict, $"You are already a member of {row.Workspace!.Name}.");

    /// <summary>Uses the invitation up inside the caller's transaction; of two that try at once, one is told that it is gone.</summary>
    public static async Task<Outcome<InvitationRow>> TakeAsync(HiWayDb db, string token, string email, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await FindAsync(db, token, now, cancellationToken);
        if (!found.Succeeded)
        {
            return found;
        }

        var row = found.Value;
        if (NotFor(row, email) is { } other)
        {
            return other;
        }

        var taken = await db.Invitations
            .Where(invitation => invitation.Id == row.Id && invitation.AcceptedAt == null && invitation.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(invitation => invitation.AcceptedAt, now), cancellationToken);
        return taken == 1 ? row : new Refusal(RefusalKind.Conflict, "This invitation has already been used. Ask for a new one.");
    }
}
