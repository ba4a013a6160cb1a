using HiWay.Domain.Accounts;

namespace HiWay.Web.Pages.Account;

/// <summary>Roles in words, for those who are about to get one.</summary>
internal static class RoleWords
{
    public static string Meaning(WorkspaceRole role) => role switch
    {
        WorkspaceRole.Viewer => "you see everything and change nothing.",
        WorkspaceRole.Developer => "you make keys and use the playground.",
        WorkspaceRole.Admin => "you manage everything but billing and deletion.",
        WorkspaceRole.Owner => "everything is in your hands.",
    };
}
