using HiWay.Domain.Errors;
using HiWay.Infrastructure.Keys;

namespace HiWay.Infrastructure.Accounts;

public sealed record SignupRequest(string? Email, string? Password, string? WorkspaceName);

/// <param name="ApiKey">Made only when asked for (the API's sign-up); it has both scopes.</param>
/// <param name="AsksToConfirm">A mail with a link is on its way to the address.</param>
public sealed record SignedUp(string UserId, string Email, WorkspaceView Workspace, IssuedKey? ApiKey, bool AsksToConfirm);

/// <summary>Making accounts; signing in and second factors are ASP.NET Core Identity's own services.</summary>
public interface IAccounts
{
    /// <summary>Makes a user, a workspace it owns, and on wish a key. The first user of an installation becomes its operator.</summary>
    /// <param name="invitationToken">Joins that workspace instead of making one; also lets a closed sign-up pass.</param>
    /// <param name="baseUrl">The dashboard's own address, for the link that confirms the e-mail address.</param>
    Task<Outcome<SignedUp>> SignUpAsync(
        SignupRequest request, bool withApiKey, string? invitationToken, string baseUrl, string? ipAddress, CancellationToken cancellationToken);

    /// <summary>Whether people may make accounts without an invitation.</summary>
    Task<bool> IsSignupOpenAsync(CancellationToken cancellationToken);

    /// <summary>Sends a reset link when the address is known; says nothing either way.</summary>
    Task RequestPasswordResetAsync(string email, string baseUrl, CancellationToken cancellationToken);

    /// <summary>Why a reset link would not be taken any more, null while it would; an unknown address looks like a link that has been used.</summary>
    Task<Refusal?> JudgeResetLinkAsync(string email, string token, CancellationToken cancellationToken);

    Task<Outcome<bool>> ResetPasswordAsync(string email, string token, string newPassword, string? ipAddress, CancellationToken cancellationToken);
}
