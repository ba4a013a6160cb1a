using System.Globalization;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Mail;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Accounts;

/// <summary>Confirms and changes addresses. Each call works in a scope of its own: Identity's managers keep a database context.</summary>
internal sealed partial class EmailAddresses(
    IServiceScopeFactory scopes, IAuditLog audit, IMailer mailer, TimeProvider clock, ILogger<EmailAddresses> log) : IEmailAddresses
{
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(24);

    /// <summary>Between two mails to the same address.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Mails that one account may send itself, whatever the addresses: it is no way to flood a mailbox.</summary>
    public const int MaxMailsPerHour = 6;

    private static readonly TimeSpan s_kept = TimeSpan.FromDays(30);

    public async Task<EmailState?> StateAsync(string userId, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(row => row.Id == userId, cancellationToken) is { } user ? await StateOfAsync(db, user, cancellationToken) : null;
    }

    public async Task GreetAsync(string userId, string baseUrl, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        if (!mailer.Delivers || await db.Users.SingleAsync(row => row.Id == userId, cancellationToken) is not { EmailConfirmed: false } user)
        {
            return;
        }

        var (_, token) = Add(db, user, user.Email!);
        await db.SaveChangesAsync(cancellationToken);

        // Not awaited: an account is not less made because a mail server is slow, and the page offers to send another one.
        _ = TryMailAsync(user.Email!, "Confirm your e-mail address for HiWay", ConfirmText(user.Email!, baseUrl, token));
    }

    public async Task<Outcome<EmailState>> SendAsync(string userId, string baseUrl, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        if (await db.Users.SingleOrDefaultAsync(row => row.Id == userId, cancellationToken) is not { } user)
        {
            return Gone();
        }

        var state = await StateOfAsync(db, user, cancellationToken);
        if (!state.Asks)
        {
            return new Refusal(RefusalKind.Conflict, mailer.Delivers
                ? "Your address is confirmed; there is nothing left to do."
                : "This installation sends no mail, so no address needs to be confirmed.");
        }

        return await MailLinkAsync(db, user, state.MailsTo, baseUrl, cancellationToken) is { } refusal ? refusal : await StateOfAsync(db, user, cancellationToken);
    }

    public async Task<Outcome<EmailState>> ChangeAsync(string userId, string? email, string? password, string baseUrl, string? ipAddress, CancellationToken cancellationToken)
    {
        var judged = AccountRules.Email(email);
        if (judged.Refusal is { } wrong)
        {
            return wrong;
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<UserRow>>();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        if (await users.FindByIdAsync(userId) is not { } user)
        {
            return Gone();
        }

        var (old, fresh) = (user.Email!, judged.Value);
        if (await PasswordProof.JudgeAsync(users, user, password, "password") is { } unproven)
        {
            return unproven;
        }

        if (string.Equals(old, fresh, StringComparison.OrdinalIgnoreCase))
        {
            return new Refusal(RefusalKind.Invalid, "This is your address already.", "email");
        }

        if (await users.FindByEmailAsync(fresh) is not null)
        {
            return Taken();
        }

        if (!mailer.Delivers)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            if (await TakeOverAsync(users, db, user, fresh, confirmed: false, ipAddress) is { } refusal)
            {
                return refusal;
            }

            await transaction.CommitAsync(cancellationToken);
            return await StateOfAsync(db, user, cancellationToken);
        }

        if (await MailLinkAsync(db, user, fresh, baseUrl, cancellationToken) is { } unsent)
        {
            return unsent;
        }

        audit.Record(db, AccountService.ForUser(user, ipAddress), "user.email_change_asked", user.Id, old, Address(old), Address(fresh));
        await db.SaveChangesAsync(cancellationToken);
        _ = TryMailAsync(old, "The address of your HiWay account is about to change",
            $"Somebody, hopefully you, asked to change the address of this HiWay account from {old} to {fresh}.\n\nIt changes once {fresh} has been confirmed. If it was not you, sign in, change your password and drop the change on your account page:\n{baseUrl}/account\n");
        return await StateOfAsync(db, user, cancellationToken);
    }

    public async Task<Outcome<EmailState>> CancelChangeAsync(string userId, string? ipAddress, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        if (await db.Users.SingleOrDefaultAsync(row => row.Id == userId, cancellationToken) is not { } user)
        {
            return Gone();
        }

        if (await StateOfAsync(db, user, cancellationToken) is not { PendingEmail: { } pending })
        {
            return new Refusal(RefusalKind.Conflict, "No new address waits for confirmation.");
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await ReplaceOthersAsync(db, user.Id, null, cancellationToken);
        audit.Record(db, AccountService.ForUser(user, ipAddress), "user.email_change_dropped", user.Id, user.Email, Address(pending));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await StateOfAsync(db, user, cancellationToken);
    }

    public async Task<Outcome<EmailLink>> PeekAsync(string token, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var found = await FindAsync(scope.ServiceProvider.GetRequiredService<HiWayDb>(), token, cancellationToken);
        return found.Refusal is { } refusal ? refusal : found.Value.Link;
    }

    public async Task<Outcome<EmailLink>> ConfirmAsync(string token, string? ipAddress, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<UserRow>>();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var found = await FindAsync(db, token, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var (row, link) = found.Value;
        if (link.Done)
        {
            return link;
        }

        // Of two that follow it at once, one confirms; the other finds it done.
        var now = clock.GetUtcNow();
        if (await db.EmailConfirmations.Where(one => one.Id == row.Id && one.UsedAt == null && one.ReplacedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.UsedAt, now), cancellationToken) == 0)
        {
            return link with { Done = true };
        }

        var user = row.User!;
        var old = user.Email!;
        if (link.Change)
        {
            if (await TakeOverAsync(users, db, user, row.Email, confirmed: true, ipAddress) is { } taken)
            {
                return taken;
            }
        }
        else
        {
            user.EmailConfirmed = true;
            audit.Record(db, AccountService.ForUser(user, ipAddress), "user.email_confirmed", user.Id, user.Email);
            if (await users.UpdateAsync(user) is { Succeeded: false })
            {
                return new Refusal(RefusalKind.Conflict, "The account was changed at this very moment. Follow the link once more.");
            }
        }

        await ReplaceOthersAsync(db, user.Id, row.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (link.Change)
        {
            _ = TryMailAsync(old, "The address of your HiWay account has changed",
                $"The address of this HiWay account is now {row.Email}; {old} opens it no longer.\n\nIf that was not you, ask the operator of this HiWay for help.\n");
        }

        return link;
    }

    /// <summary>Writes a link down and mails it, if that is not too often; a link whose mail did not go out is forgotten again.</summary>
    private async Task<Refusal?> MailLinkAsync(HiWayDb db, UserRow user, string address, string baseUrl, CancellationToken cancellationToken)
    {
        EmailConfirmationRow row;
        string token;
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            // Two clicks at once take turns, or both would find the pause over.
            await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {user.Id} FOR NO KEY UPDATE", cancellationToken);
            if (await TooOftenAsync(db, user.Id, address, cancellationToken) is { } refusal)
            {
                return refusal;
            }

            (row, token) = Add(db, user, address);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        if (await TryMailAsync(address, "Confirm your e-mail address for HiWay", ConfirmText(address, baseUrl, token)))
        {
            await ReplaceOthersAsync(db, user.Id, row.Id, cancellationToken);
            return null;
        }

        await db.EmailConfirmations.Where(one => one.Id == row.Id).ExecuteDeleteAsync(CancellationToken.None);
        db.Entry(row).State = EntityState.Detached;
        return new Refusal(RefusalKind.Unavailable, $"The mail to {address} could not be sent. Check the address and try again; if it stays so, tell the operator of this HiWay.", "email");
    }

    private async Task<Refusal?> TooOftenAsync(HiWayDb db, string userId, string address, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await db.EmailConfirmations.Where(row => row.UserId == userId && row.CreatedAt < now - s_kept).ExecuteDeleteAsync(cancellationToken);
        var recent = await db.EmailConfirmations.AsNoTracking()
            .Where(row => row.UserId == userId && row.CreatedAt > now - TimeSpan.FromHours(1))
            .OrderBy(row => row.CreatedAt)
            .Select(row => new { row.Email, row.CreatedAt })
            .ToListAsync(cancellationToken);
        if (recent.Count >= MaxMailsPerHour)
        {
            return Wait(recent[^MaxMailsPerHour].CreatedAt + TimeSpan.FromHours(1) - now, $"{MaxMailsPerHour} mails have been sent within an hour.");
        }

        var last = recent.LastOrDefault(row => string.Equals(row.Email, address, StringComparison.OrdinalIgnoreCase));
        return last is not null && last.CreatedAt + Pause > now ? Wait(last.CreatedAt + Pause - now, $"A mail to {address} was sent a moment ago.") : null;
    }

    private static Refusal Wait(TimeSpan wait, string why)
    {
        var text = wait > TimeSpan.FromMinutes(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(wait.TotalMinutes)} minutes")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(wait.TotalSeconds)} seconds");
        return new Refusal(RefusalKind.TooMany, $"{why} Look into your spam folder too; you can send another one in {text}.") { RetryAfter = wait };
    }

    private (EmailConfirmationRow Row, string Token) Add(HiWayDb db, UserRow user, string address)
    {
        var (token, now) = (Invitations.NewToken(), clock.GetUtcNow());
        var row = new EmailConfirmationRow
        {
            Id = Ulid.New("emc", now), UserId = user.Id, Email = address, TokenHash = Invitations.Hash(token), CreatedAt = now, ExpiresAt = now + LinkLifetime,
        };
        db.EmailConfirmations.Add(row);
        return (row, token);
    }

    private async Task ReplaceOthersAsync(HiWayDb db, string userId, string? exceptId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await db.EmailConfirmations.Where(row => row.UserId == userId && row.Id != exceptId && row.UsedAt == null && row.ReplacedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.ReplacedAt, now), cancellationToken);
    }

    /// <summary>Puts the new address in the old one's place, inside the caller's transaction. Links to the old mailbox (a password reset) and all sessions end with it.</summary>
    private async Task<Refusal?> TakeOverAsync(UserManager<UserRow> users, HiWayDb db, UserRow user, string email, bool confirmed, string? ipAddress)
    {
        audit.Record(db, AccountService.ForUser(user, ipAddress), "user.email_changed", user.Id, email, Address(user.Email!), Address(email));
        (user.Email, user.UserName, user.EmailConfirmed) = (email, email, confirmed);
        try
        {
            var result = await users.UpdateSecurityStampAsync(user);
            return result.Succeeded ? null : Taken();
        }
        catch (DbUpdateException e) when (e.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
        {
            return Taken();
        }
    }

    private async Task<Outcome<(EmailConfirmationRow Row, EmailLink Link)>> FindAsync(HiWayDb db, string token, CancellationToken cancellationToken)
    {
        var hash = Invitations.Hash(token);
        if (await db.EmailConfirmations.Include(one => one.User).SingleOrDefaultAsync(one => one.TokenHash == hash, cancellationToken) is not { User: { } user } row)
        {
            return new Refusal(RefusalKind.NotFound, "This link does not exist. Copy the whole of it from the mail, or sign in and ask for a new one.");
        }

        var own = string.Equals(user.Email, row.Email, StringComparison.OrdinalIgnoreCase);
        if (own && user.EmailConfirmed)
        {
            return (row, new EmailLink(user.Id, row.Email, Change: false, Done: true));
        }

        if (row.UsedAt is not null)
        {
            return new Refusal(RefusalKind.Conflict, $"This link has been used, and the account has another address than {row.Email} by now.");
        }

        if (row.ReplacedAt is not null)
        {
            return new Refusal(RefusalKind.Conflict, "A newer mail, or another address, has taken the place of this link. Use the newest mail, or sign in and ask for another one.");
        }

        return row.ExpiresAt <= clock.GetUtcNow()
            ? new Refusal(RefusalKind.Conflict, $"This link was good for {LinkLifetime.TotalHours} hours and is too old. Sign in and ask for a new one.")
            : (row, new EmailLink(user.Id, row.Email, Change: !own, Done: false));
    }

    private async Task<EmailState> StateOfAsync(HiWayDb db, UserRow user, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = await db.EmailConfirmations.AsNoTracking()
            .Where(row => row.UserId == user.Id && row.UsedAt == null && row.ReplacedAt == null && row.ExpiresAt > now)
            .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
            .FirstOrDefaultAsync(cancellationToken);
        var pending = open is not null && !string.Equals(open.Email, user.Email, StringComparison.OrdinalIgnoreCase) ? open.Email : null;
        return new EmailState(user.Email!, user.EmailConfirmed, pending, open?.CreatedAt, mailer.Delivers && (!user.EmailConfirmed || pending is not null));
    }

    private async Task<bool> TryMailAsync(string to, string subject, string text)
    {
        try
        {
            await mailer.SendAsync(to, subject, text, CancellationToken.None);
            return true;
        }
        catch (Exception fault)
        {
            NotSent(subject, fault);
            return false;
        }
    }

    private static string ConfirmText(string address, string baseUrl, string token) =>
        $"Please confirm that {address} is your address for HiWay:\n{baseUrl}/confirm-email/{token}\n\nThe link works once, within {LinkLifetime.TotalHours} hours, in any browser. If you have not asked for this, leave this mail alone.\n";

    private static Dictionary<string, string?> Address(string email) => new() { ["email"] = email };

    private static Refusal Gone() => new(RefusalKind.Unauthenticated, "This account no longer exists.");

    private static Refusal Taken() => new(RefusalKind.Conflict, "There is already an account with this e-mail address.", "email");

    [LoggerMessage(Level = LogLevel.Error, Message = "The mail '{Subject}' could not be sent; check the section Smtp")]
    private partial void NotSent(string subject, Exception fault);
}
