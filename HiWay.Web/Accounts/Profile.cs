using System.Globalization;
using System.Security.Claims;
using System.Text;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;
using QRCoder;

namespace HiWay.Web.Accounts;

/// <summary>What to scan or type into an authenticator app.</summary>
/// <param name="Key">The secret in groups of four, for typing.</param>
/// <param name="Svg">The same as a QR code, an <c>svg</c> element; the colours follow the text around it.</param>
public sealed record AuthenticatorSetup(string Key, string Svg);

/// <summary>What users change about themselves, from static pages: each change refreshes their cookie and ends their other sessions.</summary>
public sealed class Profile(
    UserManager<UserRow> users, SignInManager<UserRow> identity, HiWayDb db, IAuditLog audit, IEmailAddresses addresses, AuthenticatorCodes codes, SecurityMails mails, CurrentActor current, IHttpContextAccessor requests)
{
    public const int RecoveryCodes = 10;

    private UserRow? _user;

    private string? IpAddress => requests.HttpContext?.Connection.RemoteIpAddress?.ToString();

    /// <summary>The signed-in user; null when the account is gone.</summary>
    public async Task<UserRow?> UserAsync() =>
        _user ??= requests.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier) is { } id ? await users.FindByIdAsync(id) : null;

    public async Task<Outcome<bool>> ChangePasswordAsync(string? oldPassword, string? newPassword)
    {
        var user = await RequireAsync();
        if (PasswordRules.WhatIsWrong(newPassword, user.Email) is { } wrong)
        {
            return new Refusal(RefusalKind.Invalid, wrong, "new_password");
        }

        if (await PasswordProof.JudgeAsync(users, user, oldPassword, "old_password") is { } unproven)
        {
            return unproven;
        }

        Note(user, "user.password_changed");
        var result = await users.ChangePasswordAsync(user, oldPassword!, newPassword!);
        if (!result.Succeeded)
        {
            return new Refusal(RefusalKind.Invalid, string.Join(" ", result.Errors.Select(error => error.Description)), "new_password");
        }

        await mails.TellAsync(user, SecurityChange.PasswordChanged, IpAddress);
        await users.ResetAccessFailedCountAsync(user);
        await identity.RefreshSignInAsync(user);
        return true;
    }

    /// <inheritdoc cref="IEmailAddresses.ChangeAsync"/>
    public async Task<Outcome<EmailState>> ChangeEmailAsync(string? email, string? password, string baseUrl)
    {
        var user = await RequireAsync();
        var old = user.Email;
        var changed = await addresses.ChangeAsync(user.Id, email, password, baseUrl, IpAddress, requests.HttpContext!.RequestAborted);
        if (changed is { Succeeded: true, Value.Email: var now } && now != old)
        {
            await RenewSessionAsync();
        }

        return changed;
    }

    /// <summary>Keeps this session when the account has been changed elsewhere in a way that ends all others.</summary>
    public async Task RenewSessionAsync()
    {
        var user = await RequireAsync();
        await db.Entry(user).ReloadAsync();
        await identity.RefreshSignInAsync(user);
        current.Forget();
    }

    /// <param name="timeZone">An IANA name; empty takes the browser's.</param>
    public async Task<Outcome<bool>> SetTimeZoneAsync(string? timeZone)
    {
        var user = await RequireAsync();
        if (!string.IsNullOrEmpty(timeZone) && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
        {
            return new Refusal(RefusalKind.Invalid, $"'{timeZone}' is no time zone that this server knows.", "time_zone");
        }

        user.TimeZone = string.IsNullOrEmpty(timeZone) ? null : timeZone;
        await users.UpdateAsync(user);
        await identity.RefreshSignInAsync(user);   // the session carries the zone
        current.Forget();
        return true;
    }

    /// <summary>The key to scan; made at the first look, the same until it is in use.</summary>
    public async Task<AuthenticatorSetup> AuthenticatorAsync()
    {
        var user = await RequireAsync();
        var key = await users.GetAuthenticatorKeyAsync(user);
        if (string.IsNullOrEmpty(key))
        {
            await users.ResetAuthenticatorKeyAsync(user);
            await identity.RefreshSignInAsync(user);
            key = await users.GetAuthenticatorKeyAsync(user);
        }

        var address = string.Create(CultureInfo.InvariantCulture,
            $"otpauth://totp/HiWay:{Uri.EscapeDataString(user.Email!)}?secret={key}&issuer=HiWay&digits=6");
        using var code = QRCodeGenerator.GenerateQrCode(address, QRCodeGenerator.ECCLevel.M);
        // Dark on white in both themes: scanners fail on light-on-dark codes.
        var svg = new SvgQRCode(code).GetGraphic(4, "#111318", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
        return new AuthenticatorSetup(InGroups(key!), svg);
    }

    /// <summary>Turns the second factor on once a code proves that the app has the key; the recovery codes come back, this once.</summary>
    public async Task<Outcome<IReadOnlyList<string>>> EnableTwoFactorAsync(string? code)
    {
        var user = await RequireAsync();
        var digits = SignIn.Digits(code ?? "");
        if (!await users.VerifyTwoFactorTokenAsync(user, users.Options.Tokens.AuthenticatorTokenProvider, digits))
        {
            return new Refusal(RefusalKind.Invalid, await codes.WasUsedAsync(digits, user) ? SignIn.CodeUsedText : "This code does not fit. Check that the clock of your phone is right and enter the newest code.", "code");
        }

        Note(user, "user.two_factor_enabled");
        await users.SetTwoFactorEnabledAsync(user, true);
        await mails.TellAsync(user, SecurityChange.TwoFactorOn, IpAddress);
        return await NewCodesAsync(user);
    }

    public async Task<Outcome<IReadOnlyList<string>>> RenewRecoveryCodesAsync()
    {
        var user = await RequireAsync();
        if (!user.TwoFactorEnabled)
        {
            return new Refusal(RefusalKind.Conflict, "Two-factor authentication is off; recovery codes belong to it.");
        }

        Note(user, "user.recovery_codes_renewed");
        return await NewCodesAsync(user);
    }

    /// <param name="password">Asked again: whoever finds an open screen must not be able to take the second factor away.</param>
    public async Task<Outcome<bool>> DisableTwoFactorAsync(string? password)
    {
        var user = await RequireAsync();
        if (await PasswordProof.JudgeAsync(users, user, password, "password") is { } unproven)
        {
            return unproven;
        }

        Note(user, "user.two_factor_disabled");
        await users.SetTwoFactorEnabledAsync(user, false);
        await mails.TellAsync(user, SecurityChange.TwoFactorOff, IpAddress);
        await users.ResetAuthenticatorKeyAsync(user);   // the next set-up starts with a new secret
        await identity.ForgetTwoFactorClientAsync();
        await identity.RefreshSignInAsync(user);
        return true;
    }

    public async Task<int> RecoveryCodesLeftAsync() => await users.CountRecoveryCodesAsync(await RequireAsync());

    /// <summary>Ends every session of this user, this one too.</summary>
    public async Task SignOutEverywhereAsync()
    {
        var user = await RequireAsync();
        Note(user, "user.signed_out_everywhere");
        await users.UpdateSecurityStampAsync(user);
        await identity.SignOutAsync();
    }

    private async Task<Outcome<IReadOnlyList<string>>> NewCodesAsync(UserRow user)
    {
        var codes = await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodes) ?? [];
        await identity.RefreshSignInAsync(user);
        return codes.ToList();
    }

    // Written with the change: Identity saves the same context.
    private void Note(UserRow user, string action) =>
        audit.Record(db, AccountService.ForUser(user, IpAddress), action, user.Id, user.Email);

    private async Task<UserRow> RequireAsync() => await UserAsync() ?? throw new InvalidOperationException("Nobody is signed in on this page.");

    private static string InGroups(string key)
    {
        var text = new StringBuilder(key.Length * 5 / 4);
        for (var i = 0; i < key.Length; i++)
        {
            text.Append(i > 0 && i % 4 == 0 ? " " : "").Append(char.ToLowerInvariant(key[i]));
        }

        return text.ToString();
    }
}
