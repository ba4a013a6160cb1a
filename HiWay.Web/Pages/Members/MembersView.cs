using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Pages.Members;

/// <summary>What one reader may do with members. The rules are the domain's; this only keeps buttons from promising what would be refused.</summary>
public static class MembersView
{
    /// <summary>Roles with what they allow, most first, for choosing.</summary>
    public static IReadOnlyList<(WorkspaceRole Role, string Name, string May)> Roles { get; } =
    [
        (WorkspaceRole.Owner, "Owner", "Everything, including deleting the workspace."),
        (WorkspaceRole.Admin, "Admin", "Providers, models, settings, members and the audit log."),
        (WorkspaceRole.Developer, "Developer", "Keys and the playground; sees everything else."),
        (WorkspaceRole.Viewer, "Viewer", "Sees pages and lists, changes nothing."),
    ];

    public static IEnumerable<(WorkspaceRole Role, string Name, string May)> AssignableBy(Actor actor) =>
        Roles.Where(role => RoleRules.MayAssign(actor.Role, role.Role));

    public static bool MayChangeRole(Actor actor, MemberView member) =>
        RoleRules.Allows(actor.Role, Permission.ManageMembers) && member.Role <= actor.Role;

    public static bool IsSelf(Actor actor, MemberView member) => actor.UserId == member.UserId;

    public static bool MayRemove(Actor actor, MemberView member) => IsSelf(actor, member) || MayChangeRole(actor, member);

    /// <summary>The last owner can neither go nor step down.</summary>
    public static bool IsLastOwner(IReadOnlyList<MemberView> members, MemberView member) =>
        member.Role is WorkspaceRole.Owner && members.Count(m => m.Role is WorkspaceRole.Owner) == 1;

    public static string Name(WorkspaceRole role) => role.ToString();

    /// <summary>Two letters that stand for a person: the parts of an address before the at sign.</summary>
    public static string Initials(string email)
    {
        var parts = email.Split('@')[0].Split(['.', '-', '_', '+'], StringSplitOptions.RemoveEmptyEntries);
        var letters = parts.Length switch
        {
            0 => "?",
            1 => parts[0][..Math.Min(2, parts[0].Length)],
            _ => $"{parts[0][0]}{parts[^1][0]}",
        };
        return letters.ToUpperInvariant();
    }
}
