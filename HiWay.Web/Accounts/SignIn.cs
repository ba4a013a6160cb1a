using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Web.Accounts;

/// <summary>How a try to sign in ended.</summary>
public enum SignInEnd
{
    Done,
    NeedsSecondFactor,

    /// <summary>Unknown address, wrong password or wrong code: which of them is not told.</summary>
    Wrong,

    /// <summary>A code of the authenticator app that was right, and has counted before.</summary>
    CodeUsed,

    /// <summary>Too many wrong tries at this account; 15 minutes.</summary>
    LockedOut,

    /// <summary>Too many wrong tries from this network address.</summary>
    Throttled,

    /// <summary>The first step is too long ago, or never was.</summary>
    StartAgain,
}

/// <summary>Signing in from a static page, where the response can still set a cookie.</summary>
public sealed class SignIn(
    SignInManager<UserRow> identity, UserManager<UserRow> users, HiWayDb db, IAuditLog audit, AttemptThrottle throttle, PasskeyCeremony passkeys, AuthenticatorCodes codes, TimeProvider clock,
    IHttpContextAccessor requests)
{
    /// <summary>Wrong tries from one network address within <see cref="s_window"/>, whatever the account.</summary>
    public const int MaxFailuresPerAddress = 30;

    public const string CodeUsedText = "This code has been used. Wait for the next one in your app, at most half a minute.";

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);

    /// <summary>Verified for unknown addresses, so that they take as long as known ones.</summary>
    private static string? s_nobodysHash;

    private string? IpAddress => requests.HttpContext?.Connection.RemoteIpAddress?.ToString();

    public async Task<SignInEnd> WithPasswordAsync(string email, string password, bool remember)
    {
        if (IsThrottled())
        {
            return SignInEnd.Throttled;
        }

        if (await users.FindByEmailAsync(email.Trim()) is not { } user)
        {
            var nobody = new UserRow();
            s_nobodysHash ??= users.PasswordHasher.HashPassword(nobody, Guid.NewGuid().ToString());
            _ = users.PasswordHasher.VerifyHashedPassword(nobody, s_nobodysHash, password);
            return Failed();
        }

        var result = await identity.PasswordSignInAsync(user, password, remember, lockoutOnFailure: true);
        return await JudgeAsync(result, user, "password");
    }

    /// <param name="code">Six digits from the authenticator app; spaces do not matter.</param>
    /// <param name="rememberDevice">Asks this browser for the password only, for two weeks.</param>
    public async Task<SignInEnd> WithAuthenticatorAsync(string code, bool remember, bool rememberDevice)
    {
        if (IsThrottled())
        {
            return SignInEnd.Throttled;
        }

        if (await identity.GetTwoFactorAuthenticationUserAsync() is not { } user)
        {
            return SignInEnd.StartAgain;
        }

        var digits = Digits(code);
        var end = await JudgeAsync(await identity.TwoFactorAuthenticatorSignInAsync(digits, remember, rememberDevice), user, "password and authenticator");
        return end is SignInEnd.Wrong && await codes.WasUsedAsync(digits, user) ? SignInEnd.CodeUsed : end;
    }

    public async Task<SignInEnd> WithRecoveryCodeAsync(string code)
    {
        if (IsThrottled())
        {
            return SignInEnd.Throttled;
        }

        if (await identity.GetTwoFactorAuthenticationUserAsync() is not { } user)
        {
            return SignInEnd.StartAgain;
        }

        if (await users.IsLockedOutAsync(user))
        {
            return SignInEnd.LockedOut;
        }

        var result = await identity.TwoFactorRecoveryCodeSignInAsync(AsRecoveryCode(code));
        if (!result.Succeeded && !result.IsLockedOut)
        {
            await users.AccessFailedAsync(user);   // Identity counts wrong passwords and authenticator codes, but not these
        }

        return await JudgeAsync(result, user, "password and recovery code");
    }

    /// <summary>
    /// With a passkey alone: the device is something that the person has, and it asks for a fingerprint, a face or a PIN before it signs, which is
    /// required here. So it counts as both factors, and the authenticator app is not asked for.
    /// </summary>
    /// <param name="answer">What the browser made of <see cref="PasskeyCeremony.AskForAnyAsync"/>, as JSON.</param>
    public async Task<SignInEnd> WithPasskeyAsync(string? answer, string? state, bool remember)
    {
        if (IsThrottled())
        {
            return SignInEnd.Throttled;
        }

        var (shown, fault) = await passkeys.JudgeShownAsync(answer, state);
        if (shown is not { User: var user, Passkey: var passkey })
        {
            return fault is PasskeyFault.Expired ? SignInEnd.StartAgain : Failed();
        }

        if (await users.IsLockedOutAsync(user))
        {
            return await JudgeAsync(SignInResult.LockedOut, user, "passkey");
        }

        if (!await identity.CanSignInAsync(user))
        {
            return Failed();
        }

        // One challenge opens once: an answer that somebody has recorded is worth nothing after the sign-in that it was made for.
        var now = clock.GetUtcNow();
        if (await db.UserPasskeys.Where(row => row.CredentialId == passkey.CredentialId && (row.LastUsedAt == null || row.LastUsedAt < shown.ChallengedAt))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, now)) == 0)
        {
            return SignInEnd.StartAgain;
        }

        (await db.UserPasskeys.SingleAsync(row => row.CredentialId == passkey.CredentialId)).LastUsedAt = now;   // the row that is tracked still has the old time
        if (!(await users.AddOrUpdatePasskeyAsync(user, passkey)).Succeeded)
        {
            return SignInEnd.StartAgain;   // the account was changed at this very moment
        }

        await users.ResetAccessFailedCountAsync(user);
        await identity.SignInAsync(user, remember, "passkey");
        return await JudgeAsync(SignInResult.Success, user, "passkey");
    }

    /// <summary>After sign-up or a reset, where the password has just been shown.</summary>
    public async Task ByIdAsync(string userId, bool remember)
    {
        if (await users.FindByIdAsync(userId) is { } user)
        {
            await identity.SignInAsync(user, remember);
        }
    }

    /// <summary>What to say to somebody who has tried too often, whatever was shown; null for every other end.</summary>
    public static string? WhyBarred(SignInEnd end) => end switch
    {
        SignInEnd.LockedOut => "Too many wrong tries: this account is locked for 15 minutes. Resetting the password unlocks it at once.",
        SignInEnd.Throttled => "Too many failed tries from your network. Wait a quarter of an hour and try again.",
        _ => null,
    };

    /// <summary>The digits of a code that was typed or pasted as <c>123 456</c>.</summary>
    public static string Digits(string code) => new([.. code.Where(char.IsAsciiDigit)]);

    /// <summary>Recovery codes read <c>ABCDE-FGHJK</c>; small letters, spaces and a missing hyphen are forgiven.</summary>
    private static string AsRecoveryCode(string code)
    {
        string bare = new([.. code.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);
        return bare.Length == 10 ? $"{bare[..5]}-{bare[5..]}" : bare;
    }

    private bool IsThrottled() => throttle.WaitFor("sign-in", IpAddress, MaxFailuresPerAddress) is not null;

    private SignInEnd Failed()
    {
        throttle.Count("sign-in", IpAddress, s_window);
        return SignInEnd.Wrong;
    }

    private async Task<SignInEnd> JudgeAsync(SignInResult result, UserRow user, string method)
    {
        if (result.RequiresTwoFactor)
        {
            return SignInEnd.NeedsSecondFactor;
        }

        if (!result.Succeeded && !result.IsLockedOut)
        {
            return Failed();
        }

        if (result.IsLockedOut)
        {
            throttle.Count("sign-in", IpAddress, s_window);
        }

        audit.Record(db, AccountService.ForUser(user, IpAddress), result.Succeeded ? "user.signed_in" : "user.locked_out", user.Id, user.Email,
            newValues: new Dictionary<string, string?> { ["method"] = method });
        await db.SaveChangesAsync();
        return result.Succeeded ? SignInEnd.Done : SignInEnd.LockedOut;
    }
}
