using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Mail;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Accounts;

/// <summary>Makes accounts and resets passwords. Each call works in a scope of its own: Identity's managers keep a database context.</summary>
internal sealed partial class AccountService(
    IServiceScopeFactory scopes, IOptionsMonitor<SignupOptions> options, AttemptThrottle throttle, IAuditLog audit, IMailer mailer,
    IEmailAddresses addresses, SecurityMails mails, TimeProvider clock, ILogger<AccountService> log) : IAccounts
{
    /// <summary>Any number, the same in every node: sign-ups take turns, so that exactly one of them finds an empty installation.</summary>
    private const long SignupLock = 0x4849_5741_5901;

    private static readonly TimeSpan s_signupWindow = TimeSpan.FromHours(1);
    private static readonly Refusal s_staleLink = new(RefusalKind.Invalid, "This link has been used or is too old. Ask for a new one.", "token");

    public async Task<Outcome<SignedUp>> SignUpAsync(
        SignupRequest request, bool withApiKey, string? invitationToken, string baseUrl, string? ipAddress, CancellationToken cancellationToken)
    {
        var limit = options.CurrentValue.MaxPerIpPerHour;
        if (throttle.WaitFor("signup", ipAddress, limit) is { } wait)
        {
            return new Refusal(RefusalKind.TooMany, $"More than {limit} sign-ups from this address within an hour. Try again later.") { RetryAfter = wait };
        }

        var email = AccountRules.Email(request.Email);
        if (email.Refusal is { } wrongEmail)
        {
            return wrongEmail;
        }

        if (PasswordRules.WhatIsWrong(request.Password, email.Value) is { } wrongPassword)
        {
            return new Refusal(RefusalKind.Invalid, wrongPassword, "password");
        }

        var name = invitationToken is null ? AccountRules.WorkspaceName(request.WorkspaceName, "workspace_name") : "";
        if (name.Refusal is { } wrongName)
        {
            return wrongName;
        }

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        if (invitationToken is null && !await IsOpenAsync(db, cancellationToken))
        {
            return new Refusal(RefusalKind.SignupDisabled, "Sign-up is closed on this installation. Ask its operator or a workspace owner for an invitation.");
        }

        throttle.Count("signup", ipAddress, s_signupWindow);
        var made = await CreateAsync(scope.ServiceProvider, db, email.Value, request.Password!, name.Value, invitationToken, ipAddress, cancellationToken);
        if (made.Refusal is { } refusal)
        {
            return refusal;
        }

        var (user, workspace, role) = made.Value;
        IssuedKey? key = null;
        if (withApiKey)
        {
            var actor = new Actor(workspace.Id, user.Id, null, role, email.Value, ipAddress);
            var keys = scope.ServiceProvider.GetRequiredService<IKeys>();
            var issued = await keys.CreateAsync(actor, new KeyDraft { Name = "First key", Scopes = ["inference", "manage"] }, "api", cancellationToken);
            if (issued.Refusal is { } noKey)
            {
                return noKey;
            }

            key = issued.Value;
        }

        await addresses.GreetAsync(user.Id, baseUrl, cancellationToken);
        return new SignedUp(user.Id, email.Value, WorkspaceService.View(workspace), key, mailer.Delivers && !user.EmailConfirmed);
    }

    public async Task<bool> IsSignupOpenAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await IsOpenAsync(scope.ServiceProvider.GetRequiredService<HiWayDb>(), cancellationToken);
    }

    public async Task RequestPasswordResetAsync(string email, string baseUrl, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<UserRow>>();
        if (AccountRules.Email(email) is not { Succeeded: true, Value: var address } || await users.FindByEmailAsync(address) is not { } user)
        {
            return;
        }

        var token = await users.GeneratePasswordResetTokenAsync(user);
        var link = $"{baseUrl}/reset-password?email={Uri.EscapeDataString(user.Email!)}&token={Uri.EscapeDataString(token)}";

        // Not awaited: how long the mail server takes would tell the asker that the address is known.
        _ = SendResetAsync(user.Email!, link);
    }

    public async Task<Refusal?> JudgeResetLinkAsync(string email, string token, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<UserRow>>();
        return await users.FindByEmailAsync(email) is { } user
            && await users.VerifyUserTokenAsync(user, users.Options.Tokens.PasswordResetTokenProvider, UserManager<UserRow>.ResetPasswordTokenPurpose, token) ? null : s_staleLink;
    }

    public async Task<Outcome<bool>> ResetPasswordAsync(string email, string token, string newPassword, string? ipAddress, CancellationToken cancellationToken)
    {
        if (PasswordRules.WhatIsWrong(newPassword, email) is { } wrong)
        {
            return new Refusal(RefusalKind.Invalid, wrong, "password");
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<UserRow>>();
        var db = scope.ServiceProvider.GetRequiredService<HiWayDb>();
        if (await users.FindByEmailAsync(email) is not { } user)
        {
            return s_staleLink;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        audit.Record(db, ForUser(user, ipAddress), "user.password_reset", user.Id, user.Email);
        var result = await users.ResetPasswordAsync(user, token, newPassword);
        if (!result.Succeeded)
        {
            return s_staleLink;   // the transaction goes with its audit row
        }

        // Whoever holds the mailbox is in: a lock-out from someone else's guessing ends with it.
        await users.SetLockoutEndDateAsync(user, null);
        await users.ResetAccessFailedCountAsync(user);
        if (mailer.Delivers && !user.EmailConfirmed)
        {
            // Without a mail server the link came from the operator, which proves no mailbox.
            user.EmailConfirmed = true;
            audit.Record(db, ForUser(user, ipAddress), "user.email_confirmed", user.Id, user.Email, newValues: new Dictionary<string, string?> { ["by"] = "password reset" });
            await users.UpdateAsync(user);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await mails.TellAsync(user, SecurityChange.PasswordChanged, ipAddress);
        return true;
    }

    /// <summary>A change to the account itself belongs to no workspace.</summary>
    internal static Actor ForUser(UserRow user, string? ipAddress) => new("", user.Id, null, WorkspaceRole.Viewer, user.Email ?? user.Id, ipAddress);

    private async Task<Outcome<(UserRow User, WorkspaceRow Workspace, WorkspaceRole Role)>> CreateAsync(
        IServiceProvider services, HiWayDb db, string email, string password, string workspaceName, string? invitationToken, string? ipAddress, CancellationToken cancellationToken)
    {
        var users = services.GetRequiredService<UserManager<UserRow>>();
        var now = clock.GetUtcNow();
        var user = new UserRow { Id = Ulid.New("usr", now), UserName = email, Email = email, CreatedAt = now };
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);   // the slow part, before others have to wait

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({SignupLock})", cancellationToken);
        user.IsOperator = !await db.Users.AnyAsync(cancellationToken);

        WorkspaceRow workspace;
        var role = WorkspaceRole.Owner;
        InvitationRow? invitation = null;
        if (invitationToken is not null)
        {
            var found = await Invitations.TakeAsync(db, invitationToken, email, now, cancellationToken);
            if (found.Refusal is { } refusal)
            {
                return refusal;
            }

            invitation = found.Value;
            (workspace, role) = (invitation.Workspace!, invitation.Role);
            user.EmailConfirmed = Invitations.CameByMail(invitation, invitationToken);
        }
        else
        {
            workspace = new WorkspaceRow { Id = Ulid.New("ws", now), Name = workspaceName, CreatedAt = now };
            db.Workspaces.Add(workspace);
        }

        user.LastWorkspaceId = workspace.Id;
        var result = await users.CreateAsync(user);
        if (!result.Succeeded)
        {
            return result.Errors.Any(error => error.Code.StartsWith("Duplicate", StringComparison.Ordinal))
                ? new Refusal(RefusalKind.Conflict, "There is already an account with this e-mail address. Sign in, or reset the password.", "email")
                : new Refusal(RefusalKind.Invalid, string.Join(" ", result.Errors.Select(error => error.Description)), "email");
        }

        db.Memberships.Add(new MembershipRow { WorkspaceId = workspace.Id, UserId = user.Id, Role = role, CreatedAt = now });
        var actor = new Actor(workspace.Id, user.Id, null, role, email, ipAddress);
        if (invitation is null)
        {
            audit.Record(db, actor, "workspace.created", workspace.Id, workspace.Name);
        }
        else
        {
            audit.Record(db, actor, "member.joined", user.Id, email, newValues: new Dictionary<string, string?> { ["role"] = role.ToString().ToLowerInvariant(), ["invitation"] = invitation.Id });
        }

        if (user.EmailConfirmed)
        {
            audit.Record(db, ForUser(user, ipAddress), "user.email_confirmed", user.Id, email, newValues: new Dictionary<string, string?> { ["by"] = "mailed invitation" });
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (user, workspace, role);
    }

    /// <summary>The operator's own setting counts before the settings file's.</summary>
    private async Task<bool> IsOpenAsync(HiWayDb db, CancellationToken cancellationToken)
    {
        var row = await db.InstallationSettings.AsNoTracking().SingleOrDefaultAsync(setting => setting.Name == "signup_enabled", cancellationToken);
        return row is null ? options.CurrentValue.Enabled : JsonSerializer.Deserialize<bool>(row.Value);
    }

    private async Task SendResetAsync(string email, string link)
    {
        try
        {
            await mailer.SendAsync(email, "Reset your HiWay password",
                $"Somebody, hopefully you, asked to reset the password of this HiWay account.\n\nChoose a new one here within two hours:\n{link}\n\nIf it was not you, leave this mail alone: nothing has changed.\n",
                CancellationToken.None);
        }
        catch (Exception fault)
        {
            ResetNotSent(fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The mail with a password reset link could not be sent; check the section Smtp")]
    private partial void ResetNotSent(Exception fault);
}
