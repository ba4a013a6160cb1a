using HiWay.Domain.Errors;

namespace HiWay.Domain.Accounts;

/// <summary>Who asks the application to do something in one workspace: a signed-in member or a key with the `manage` scope.</summary>
/// <param name="UserId">The member; for a key the user who made it, where known.</param>
/// <param name="KeyId">The key, when one was shown instead of a session.</param>
/// <param name="Role">A key with `manage` acts as <see cref="WorkspaceRole.Admin"/>.</param>
/// <param name="Label">How the audit log names the actor: an e-mail address or a key's name.</param>
/// <param name="IpAddress">Where the call came from, for the audit log.</param>
public sealed record Actor(string WorkspaceId, string? UserId, string? KeyId, WorkspaceRole Role, string Label, string? IpAddress)
{
    /// <summary>Null when allowed, else the refusal to return.</summary>
    public Refusal? Lacks(Permission permission) => RoleRules.Allows(Role, permission)
        ? null
        : new Refusal(RefusalKind.Forbidden, $"This needs the role {RoleRules.LeastFor(permission).ToString().ToLowerInvariant()} or higher; yours is {Role.ToString().ToLowerInvariant()}. Ask an owner of the workspace.");
}
