using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Keys;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Snapshots;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Web.Management;

/// <summary>
/// Decides who a management caller is. A key is looked up in the snapshot, so its revocation counts at once; a session's
/// membership is read from the database on every call, so a removed member is out at once too.
/// </summary>
internal sealed class Admission(ISnapshots snapshots, IWorkspaces workspaces, IAntiforgery antiforgery, IDbContextFactory<HiWayDb> databases, TimeProvider clock)
{
    private const string Scheme = "Bearer ";

    /// <summary>Null when the call may go on; its <see cref="ManagementCall"/> then knows the caller.</summary>
    public async Task<Refusal?> AdmitAsync(HttpContext http, Caller needs)
    {
        if (needs is Caller.Anyone)
        {
            return null;
        }

        var call = ManagementCall.Of(http);
        var workspaceId = http.GetRouteValue("ws") as string;
        var refusal = http.Request.Headers.Authorization.ToString() is { Length: > 0 } authorization
            ? await AdmitKeyAsync(call, authorization, needs, workspaceId)
            : await AdmitSessionAsync(call, needs, workspaceId);
        return refusal ?? (needs is Caller.Operator ? await AdmitOperatorAsync(call) : null);
    }

    private async ValueTask<Refusal?> AdmitKeyAsync(ManagementCall call, string authorization, Caller needs, string? workspaceId)
    {
        var secret = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : "";
        if (!ApiKeySecret.LooksLikeOne(secret) || await snapshots.FindOrAskAsync(ApiKeySecret.Hash(secret), call.Http.RequestAborted) is not { } grant)
        {
            return new Refusal(RefusalKind.Unauthenticated, "The key is unknown or revoked. Send 'Authorization: Bearer hw_live_…' with a key of this installation.");
        }

        var now = clock.GetUtcNow();
        if (grant.Key.ExpiresAt <= now || grant.ValidUntil <= now)
        {
            return new Refusal(RefusalKind.Unauthenticated, $"The key '{grant.Key.Name}' has expired. Make a new one or rotate it in the dashboard.");
        }

        call.Admit(grant);
        if (needs is Caller.AnyKey)
        {
            return null;
        }

        if (needs is Caller.User)
        {
            return new Refusal(RefusalKind.Forbidden, "This call belongs to a person, not to a key: sign in at the dashboard.");
        }

        // A foreign workspace does not exist for this caller; which ids are in use elsewhere is not told.
        if (needs is Caller.Member && !string.Equals(workspaceId, grant.Workspace.Id, StringComparison.Ordinal))
        {
            return WorkspaceNotFound(workspaceId);
        }

        if (grant.Key.Suspended)
        {
            return new Refusal(RefusalKind.Forbidden, $"The key '{grant.Key.Name}' is suspended. A member can restore it in the dashboard.");
        }

        if (!grant.Key.CanManage)
        {
            return new Refusal(RefusalKind.Forbidden, $"The key '{grant.Key.Name}' lacks the scope 'manage'. Use one that has it.");
        }

        if (needs is Caller.Operator)
        {
            return null;   // who made the key decides, and the database knows that
        }

        call.Admit(new Actor(grant.Workspace.Id, grant.Key.CreatedByUserId, grant.Key.Id, WorkspaceRole.Admin, grant.Key.Name, call.IpAddress));
        return null;
    }

    private async Task<Refusal?> AdmitSessionAsync(ManagementCall call, Caller needs, string? workspaceId)
    {
        var http = call.Http;
        if (needs is Caller.AnyKey || http.User.Identity is not { IsAuthenticated: true })
        {
            return new Refusal(RefusalKind.Unauthenticated, "No credentials. Send 'Authorization: Bearer hw_live_…' with a key that has the scope 'manage'.");
        }

        call.Admit(http.User);
        if (call.UserId is not { } userId)
        {
            return new Refusal(RefusalKind.Unauthenticated, "The session names no user. Sign in again.");
        }

        // A browser sends the cookie by itself, so a page elsewhere could make it write; the token proves that our own page asked.
        if (!IsSafe(http.Request.Method) && !await antiforgery.IsRequestValidAsync(http))
        {
            return new Refusal(RefusalKind.Forbidden, "Calls with the dashboard's cookie that change something need the anti-forgery header that GET /api/v1/session names.");
        }

        if (needs is Caller.User or Caller.Operator)
        {
            return null;
        }

        if (workspaceId is null || await workspaces.ActorAsync(userId, workspaceId, call.IpAddress, http.RequestAborted) is not { } actor)
        {
            return WorkspaceNotFound(workspaceId);
        }

        call.Admit(actor);
        return null;
    }

    /// <summary>Read from the database on every call, so that a dismissed operator is out at once.</summary>
    private async Task<Refusal?> AdmitOperatorAsync(ManagementCall call)
    {
        var userId = call.UserId ?? call.Grant?.Key.CreatedByUserId;
        await using var db = await databases.CreateDbContextAsync(call.Http.RequestAborted);
        var email = await db.Users.AsNoTracking().Where(user => user.Id == userId && user.IsOperator).Select(user => user.Email).SingleOrDefaultAsync(call.Http.RequestAborted);
        if (email is null)
        {
            return new Refusal(RefusalKind.Forbidden, "This call belongs to the operator of the installation.");
        }

        // An empty workspace: what the operator does belongs to the installation.
        call.Admit(new Actor("", userId, call.Grant?.Key.Id, WorkspaceRole.Owner, email, call.IpAddress));
        return null;
    }

    private static Refusal WorkspaceNotFound(string? id) => new(RefusalKind.NotFound, $"There is no workspace '{id}' that these credentials can see.");

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);
}
