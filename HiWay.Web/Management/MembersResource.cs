using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Management;

/// <summary>Who belongs to a workspace, and who is asked to.</summary>
internal static class MembersResource
{
    internal sealed record RoleBody(WorkspaceRole? Role = null);

    /// <param name="Email">Left out, the answer's link serves whoever opens it first.</param>
    internal sealed record InviteBody(string? Email = null, WorkspaceRole? Role = null);

    public static void MapMembers(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/members", ListAsync);
        workspace.MapPatch("/members/{userId}", SetRoleAsync);
        workspace.MapDelete("/members/{userId}", RemoveAsync);
        workspace.MapGet("/invitations", InvitationsAsync);
        workspace.MapPost("/invitations", InviteAsync);
        workspace.MapDelete("/invitations/{id}", RevokeAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, IMembers members, CancellationToken cancellationToken) =>
        (await members.ListAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> SetRoleAsync(ManagementCall call, string userId, JsonBody<RoleBody> body, IMembers members, CancellationToken cancellationToken) =>
        body.Value.Role is { } role ? (await members.SetRoleAsync(call.Actor, userId, role, cancellationToken)).Ok() : RoleMissing();

    private static async Task<IResult> RemoveAsync(ManagementCall call, string userId, IMembers members, CancellationToken cancellationToken) =>
        (await members.RemoveAsync(call.Actor, userId, cancellationToken)).NoContent();

    private static async Task<IResult> InvitationsAsync(ManagementCall call, IMembers members, CancellationToken cancellationToken) =>
        (await members.InvitationsAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> InviteAsync(ManagementCall call, JsonBody<InviteBody> body, IMembers members, CancellationToken cancellationToken)
    {
        if (body.Value.Role is not { } role)
        {
            return RoleMissing();
        }

        var issued = await members.InviteAsync(call.Actor, body.Value.Email, role, call.BaseUrl, cancellationToken);
        return issued.Created(invitation => new
        {
            invitation.View.Id, invitation.View.Email, invitation.View.Role, invitation.View.Status, invitation.View.InvitedBy,
            invitation.View.CreatedAt, invitation.View.ExpiresAt, invitation.Link,
        });
    }

    private static async Task<IResult> RevokeAsync(ManagementCall call, string id, IMembers members, CancellationToken cancellationToken) =>
        (await members.RevokeInvitationAsync(call.Actor, id, cancellationToken)).NoContent();

    private static IResult RoleMissing() =>
        new Refusal(RefusalKind.Invalid, "Say which role: owner, admin, developer or viewer.", "role").Refused();
}
