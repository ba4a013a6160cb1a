using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Web.Management;

/// <summary><c>GET /me</c>: what a key stands for. <c>GET /session</c>: the same question asked by a browser.</summary>
internal static class MeResource
{
    public static void MapMe(this IEndpointRouteBuilder root)
    {
        root.MapGet("/me", ReadAsync).For(Caller.AnyKey);
        root.MapGet("/session", ReadSessionAsync).For(Caller.User);
    }

    /// <summary>The same answer on the gateway's surface, where a program already has its base address.</summary>
    public static void MapGatewayMe(this IEndpointRouteBuilder app) => app.MapGet("/v1/me", ReadAsync).For(Caller.AnyKey);

    private static async Task<IResult> ReadAsync(ManagementCall call, IDbContextFactory<HiWayDb> databases, CancellationToken cancellationToken)
    {
        var (workspace, key) = (call.Grant!.Workspace, call.Grant.Key);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var user = await db.Users.AsNoTracking()
            .Where(row => row.Id == key.CreatedByUserId)
            .Select(row => new { row.Id, row.Email })
            .SingleOrDefaultAsync(cancellationToken);
        string[] scopes = [.. key.CanInfer ? ["inference"] : Array.Empty<string>(), .. key.CanManage ? ["manage"] : Array.Empty<string>()];
        return Answers.Ok<object>(new
        {
            User = user,
            Workspace = new { workspace.Id, workspace.Name, workspace.Plan },
            Key = new { key.Id, key.Name, Scopes = scopes },
        });
    }

    private static async Task<IResult> ReadSessionAsync(ManagementCall call, IAntiforgery antiforgery, IDbContextFactory<HiWayDb> databases, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var user = await db.Users.AsNoTracking()
            .Where(row => row.Id == call.UserId)
            .Select(row => new { row.Id, row.Email, row.IsOperator, row.TimeZone, TwoFactor = row.TwoFactorEnabled, Passkeys = db.UserPasskeys.Count(passkey => passkey.UserId == row.Id), row.EmailConfirmed })
            .SingleOrDefaultAsync(cancellationToken);
        if (user is null)
        {
            return new Refusal(RefusalKind.Unauthenticated, "This account no longer exists.").Refused();
        }

        var token = antiforgery.GetAndStoreTokens(call.Http);
        return Answers.Ok<object>(new { User = user, AntiForgery = new { Header = token.HeaderName, Token = token.RequestToken } });
    }
}
