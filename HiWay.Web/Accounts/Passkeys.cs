using System.Buffers.Text;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Web.Accounts;

/// <summary>A passkey as its owner sees it.</summary>
/// <param name="Id">The credential's id in base64url, as browsers write it.</param>
/// <param name="LastUsedAt">The last sign-in with it; null when it was never used.</param>
/// <param name="Synced">A password manager or an account keeps it, so the person's other devices have it too.</param>
public sealed record PasskeyView(string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, bool Synced);

/// <summary>The passkeys of the person who is signed in: nobody sees or touches anybody else's.</summary>
public sealed class Passkeys(
    UserManager<UserRow> users, SignInManager<UserRow> identity, HiWayDb db, IAuditLog audit, Profile profile, PasskeyCeremony ceremony, SecurityMails mails, IHttpContextAccessor requests)
{
    public const int MaxPerUser = 20;

    public const int MaxNameLength = 60;

    private string? IpAddress => requests.HttpContext?.Connection.RemoteIpAddress?.ToString();

    /// <summary>Oldest first.</summary>
    public async Task<Outcome<IReadOnlyList<PasskeyView>>> ListAsync()
    {
        if (await profile.UserAsync() is not { } user)
        {
            return Gone();
        }

        var rows = await db.UserPasskeys.AsNoTracking().Where(row => row.UserId == user.Id).ToListAsync();
        return rows.OrderBy(row => row.Data.CreatedAt).Select(View).ToList();
    }

    /// <summary>The first half of adding one.</summary>
    /// <param name="name">Judged here already, before a device makes what would then be thrown away.</param>
    /// <param name="password">Asked once more: whoever finds an open screen must not be able to make a way in for later.</param>
    public async Task<Outcome<PasskeyChallenge>> AskForNewAsync(string? name, string? password)
    {
        if (await profile.UserAsync() is not { } user)
        {
            return Gone();
        }

        if (NameFault(name) is { } wrong)
        {
            return wrong;
        }

        if (await PasswordProof.JudgeAsync(users, user, password, "password") is { } unproven)
        {
            return unproven;
        }

        return await TooManyAsync(user) is { } refusal ? refusal : await ceremony.AskForNewAsync(user);
    }

    /// <summary>The second half.</summary>
    /// <param name="answer">What the browser made of the challenge's options, as JSON.</param>
    /// <param name="state">The challenge's; it shows that the password was given.</param>
    public async Task<Outcome<PasskeyView>> AddAsync(string? name, string? answer, string? state)
    {
        if (await profile.UserAsync() is not { } user)
        {
            return Gone();
        }

        if (NameFault(name) is { } wrong)
        {
            return wrong;
        }

        if (await TooManyAsync(user) is { } refusal)
        {
            return refusal;
        }

        var (made, fault) = await ceremony.JudgeNewAsync(user, answer, state);
        if (made is null)
        {
            return fault is PasskeyFault.Expired
                ? new Refusal(RefusalKind.Invalid, "That took too long. Add the passkey once more.", "state")
                : new Refusal(RefusalKind.Invalid, "This passkey was not accepted. Open HiWay at its own address and add it once more.", "credential");
        }

        made.Name = name!.Trim();
        Note(user, "user.passkey_added", null, Named(made.Name));
        var result = await users.AddOrUpdatePasskeyAsync(user, made);
        if (!result.Succeeded)
        {
            return Meanwhile();
        }

        await mails.TellAsync(user, SecurityChange.PasskeyAdded, IpAddress, made.Name);
        return View(await FindAsync(user, made.CredentialId) ?? throw new InvalidOperationException("A passkey that was stored is not there."));
    }

    public async Task<Outcome<PasskeyView>> RenameAsync(string? id, string? name)
    {
        if (await profile.UserAsync() is not { } user)
        {
            return Gone();
        }

        if (NameFault(name) is { } wrong)
        {
            return wrong;
        }

        if (await OwnAsync(user, id) is not { } row)
        {
            return NotThere();
        }

        if (row.Data.Name != name!.Trim())
        {
            Note(user, "user.passkey_renamed", Named(row.Data.Name), Named(name.Trim()));
            row.Data.Name = name.Trim();
            await db.SaveChangesAsync();
        }

        return View(row);
    }

    /// <summary>Takes it away and ends the person's other sessions: whoever had the device may have one.</summary>
    public async Task<Outcome<bool>> RemoveAsync(string? id)
    {
        if (await profile.UserAsync() is not { } user)
        {
            return Gone();
        }

        if (await OwnAsync(user, id) is not { } row)
        {
            return NotThere();
        }

        var name = row.Data.Name;
        Note(user, "user.passkey_removed", Named(name), null);
        db.UserPasskeys.Remove(row);
        if (!(await users.UpdateSecurityStampAsync(user)).Succeeded)   // saves the same context
        {
            return Meanwhile();
        }

        await mails.TellAsync(user, SecurityChange.PasskeyRemoved, IpAddress, name);
        await identity.RefreshSignInAsync(user);
        return true;
    }

    private Task<PasskeyRow?> FindAsync(UserRow user, byte[] credentialId) =>
        db.UserPasskeys.SingleOrDefaultAsync(row => row.UserId == user.Id && row.CredentialId == credentialId);

    private async Task<PasskeyRow?> OwnAsync(UserRow user, string? id) =>
        id is { Length: > 0 } && Base64Url.IsValid(id) ? await FindAsync(user, Base64Url.DecodeFromChars(id)) : null;

    private async Task<Refusal?> TooManyAsync(UserRow user) => await db.UserPasskeys.CountAsync(row => row.UserId == user.Id) >= MaxPerUser
        ? new Refusal(RefusalKind.Conflict, $"An account has at most {MaxPerUser} passkeys. Remove one that you no longer use.")
        : null;

    private static Refusal? NameFault(string? name) => name?.Trim() switch
    {
        null or "" => new Refusal(RefusalKind.Invalid, "Give it a name that tells you where it is kept.", "name"),
        { Length: > MaxNameLength } => new Refusal(RefusalKind.Invalid, $"A name has at most {MaxNameLength} characters.", "name"),
        var one when one.Any(char.IsControl) => new Refusal(RefusalKind.Invalid, "A name is one line of text.", "name"),
        _ => null,
    };

    // Written with the change: all of this saves the same context.
    private void Note(UserRow user, string action, Dictionary<string, string?>? before, Dictionary<string, string?>? after) =>
        audit.Record(db, AccountService.ForUser(user, IpAddress), action, user.Id, user.Email, before, after);

    private static Dictionary<string, string?> Named(string? name) => new() { ["name"] = name };

    private static PasskeyView View(PasskeyRow row) =>
        new(Base64Url.EncodeToString(row.CredentialId), row.Data.Name ?? "Passkey", row.Data.CreatedAt, row.LastUsedAt, row.Data.IsBackedUp);

    private static Refusal Gone() => new(RefusalKind.Unauthenticated, "This account no longer exists.");

    private static Refusal NotThere() => new(RefusalKind.NotFound, "Your account has no such passkey.");

    private static Refusal Meanwhile() => new(RefusalKind.Conflict, "The account was changed at this very moment. Try again.");
}
