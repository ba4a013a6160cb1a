using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Management;

/// <summary><c>POST /signup</c>: an account, a workspace and a first key in one call.</summary>
internal static class SignupResource
{
    internal sealed record SignupBody(string? Email = null, string? Password = null, string? WorkspaceName = null);

    public static void MapSignup(this IEndpointRouteBuilder root) => root.MapPost("/signup", SignUpAsync).For(Caller.Anyone);

    private static async Task<IResult> SignUpAsync(ManagementCall call, JsonBody<SignupBody> body, IAccounts accounts, CancellationToken cancellationToken)
    {
        var request = new SignupRequest(body.Value.Email, body.Value.Password, body.Value.WorkspaceName);
        var made = await accounts.SignUpAsync(request, withApiKey: true, invitationToken: null, call.BaseUrl, call.IpAddress, cancellationToken);
        return made.Created(signedUp => new
        {
            User = new { Id = signedUp.UserId, signedUp.Email },
            Workspace = new { signedUp.Workspace.Id, signedUp.Workspace.Name, signedUp.Workspace.Plan },
            ApiKey = new { signedUp.ApiKey!.View.Id, signedUp.ApiKey.Key, signedUp.ApiKey.View.Prefix, signedUp.ApiKey.View.Scopes },
        });
    }
}
