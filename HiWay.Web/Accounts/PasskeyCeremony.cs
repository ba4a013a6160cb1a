using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;

namespace HiWay.Web.Accounts;

/// <summary>What a browser needs to make a passkey or to show one.</summary>
/// <param name="Options">For <c>navigator.credentials</c>, in the JSON of the Web Authentication standard.</param>
/// <param name="State">The challenge, when it was made and for whom, sealed; it comes back with the browser's answer.</param>
public sealed record PasskeyChallenge(JsonNode Options, string State);

/// <summary>A passkey that has just been shown, and proved to be the one that is stored.</summary>
/// <param name="ChallengedAt">When the challenge was made that it answers.</param>
public sealed record ShownPasskey(UserRow User, UserPasskeyInfo Passkey, DateTimeOffset ChallengedAt);

/// <summary>Why an answer of a browser does not count.</summary>
public enum PasskeyFault
{
    /// <summary>The challenge is too old, or not one of ours.</summary>
    Expired,

    /// <summary>Wrong signature, wrong address, not known here, nobody verified: the log says which.</summary>
    NotAccepted,
}

/// <summary>
/// The two conversations of Web Authentication, making a passkey and showing one. The framework's handler judges them. The state between question
/// and answer travels with the page and is sealed, so that every tab has a challenge of its own and no other cookie is in the way.
/// </summary>
public sealed partial class PasskeyCeremony(
    IPasskeyHandler<UserRow> handler, IDataProtectionProvider protection, IHttpContextAccessor requests, TimeProvider clock, ILogger<PasskeyCeremony> log)
{
    /// <summary>How long an answer may take; browsers are told to wait for five minutes at most.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>No answer of a browser is nearly as long; the rest would be work for nothing.</summary>
    private const int MaxAnswerLength = 64 * 1024;

    private const string Making = "make";
    private const string Showing = "show";

    private HttpContext Http => requests.HttpContext ?? throw new InvalidOperationException("Passkeys are made and shown in requests.");

    /// <summary>Asks for whichever passkey of this address the person has: nobody has to type who they are.</summary>
    public async Task<PasskeyChallenge> AskForAnyAsync()
    {
        var asked = await handler.MakeRequestOptionsAsync(null, Http);
        return new PasskeyChallenge(JsonNode.Parse(asked.RequestOptionsJson)!, Seal(Showing, asked.AssertionState));
    }

    public async Task<(ShownPasskey? Shown, PasskeyFault Fault)> JudgeShownAsync(string? answer, string? state)
    {
        if (Open(Showing, state) is not { } challenge)
        {
            return (null, PasskeyFault.Expired);
        }

        if (answer is not { Length: > 0 and <= MaxAnswerLength })
        {
            return (null, PasskeyFault.NotAccepted);
        }

        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = Http, CredentialJson = answer, AssertionState = challenge.State });
        if (!result.Succeeded)
        {
            Refused(log, "sign-in", result.Failure.Message);
            return (null, PasskeyFault.NotAccepted);
        }

        return (new ShownPasskey(result.User, result.Passkey, challenge.MadeAt), default);
    }

    /// <summary>Asks for a new passkey of this user; devices that hold one already say so by themselves.</summary>
    public async Task<PasskeyChallenge> AskForNewAsync(UserRow user)
    {
        var asked = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id, Name = user.Email!, DisplayName = user.Email! }, Http);
        var options = JsonNode.Parse(asked.CreationOptionsJson)!;
        options["rp"]!["name"] = "HiWay";   // the handler writes the domain, which browsers show in any case
        return new PasskeyChallenge(options, Seal(Making + user.Id, asked.AttestationState));
    }

    public async Task<(UserPasskeyInfo? Made, PasskeyFault Fault)> JudgeNewAsync(UserRow user, string? answer, string? state)
    {
        if (Open(Making + user.Id, state) is not { } challenge)
        {
            return (null, PasskeyFault.Expired);
        }

        if (answer is not { Length: > 0 and <= MaxAnswerLength })
        {
            return (null, PasskeyFault.NotAccepted);
        }

        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = Http, CredentialJson = answer, AttestationState = challenge.State });
        if (!result.Succeeded || result.UserEntity.Id != user.Id)
        {
            Refused(log, "new passkey", result.Failure?.Message ?? "made for another account");
            return (null, PasskeyFault.NotAccepted);
        }

        return (result.Passkey, default);
    }

    private string Seal(string purpose, string? state) =>
        Protector(purpose).Protect(string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow().ToUnixTimeMilliseconds()} {state}"));

    private (DateTimeOffset MadeAt, string State)? Open(string purpose, string? sealedState)
    {
        try
        {
            var opened = Protector(purpose).Unprotect(sealedState ?? "");
            var space = opened.IndexOf(' ', StringComparison.Ordinal);
            var madeAt = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(opened.AsSpan(0, space), CultureInfo.InvariantCulture));
            return clock.GetUtcNow() - madeAt > Lifetime ? null : (madeAt, opened[(space + 1)..]);
        }
        catch (CryptographicException)
        {
            return null;   // made up, of another purpose, or sealed with a key that is gone
        }
    }

    private IDataProtector Protector(string purpose) => protection.CreateProtector("HiWay.Passkeys", purpose);

    [LoggerMessage(Level = LogLevel.Information, Message = "A passkey was not accepted ({Occasion}): {Reason}")]
    private static partial void Refused(ILogger log, string occasion, string reason);
}
