using System.Security.Claims;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;

namespace HiWay.Web.Accounts;

/// <summary>Forms that are no page: signing out, choosing another workspace, and what the sign-in page asks before a passkey is shown.</summary>
internal static class SessionForms
{
    public static void MapSessionForms(this IEndpointRouteBuilder app)
    {
        app.MapPost("/logout", SignOutAsync).WithMetadata(new AllowAnonymousAttribute()).ExcludeFromDescription();
        app.MapPost("/login/passkey", AskForPasskeyAsync).WithMetadata(new AllowAnonymousAttribute()).ExcludeFromDescription();
        app.MapPost("/switch-workspace", SwitchAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, IAntiforgery antiforgery, SignInManager<UserRow> identity)
    {
        // Without the token another site could sign people out; with an ended session there is nothing left to protect.
        if (http.User.Identity is { IsAuthenticated: true } && !await antiforgery.IsRequestValidAsync(http))
        {
            return Results.Redirect("/");
        }

        await identity.SignOutAsync();
        return Results.Redirect(AccountsSetup.SignInPath);
    }

    private static async Task<IResult> AskForPasskeyAsync(HttpContext http, IAntiforgery antiforgery, PasskeyCeremony passkeys)
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Results.BadRequest();
        }

        http.Response.Headers.CacheControl = "no-store";   // each challenge is for one sign-in
        return Results.Json(await passkeys.AskForAnyAsync());
    }

    private static async Task<IResult> SwitchAsync(HttpContext http, IAntiforgery antiforgery, IWorkspaces workspaces)
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Results.Redirect("/");
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        await workspaces.SwitchAsync(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, form["workspace_id"].ToString(), http.RequestAborted);
        return Results.LocalRedirect(LocalUrl.OrHome(form["return_url"]));
    }
}
