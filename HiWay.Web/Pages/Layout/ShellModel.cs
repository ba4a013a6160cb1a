using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Pages.Layout;

/// <summary>What the frame around the pages shows. For display only: each read asks anew who is acting.</summary>
/// <param name="IsSuspended">The operator has stopped the workspace: its calls are refused.</param>
/// <param name="AsksToConfirm">The user's address is not confirmed, and there is a mail server to do it with.</param>
public sealed record ShellModel(
    string? UserId, string Email, bool IsOperator, string? WorkspaceId, WorkspaceRole? Role, IReadOnlyList<WorkspaceChoice> Workspaces, bool AsksToConfirm = false, bool IsSuspended = false)
{
    public static ShellModel Unknown { get; } = new(null, "", false, null, null, []);

    public string WorkspaceName => Workspaces.FirstOrDefault(choice => choice.Id == WorkspaceId)?.Name ?? "HiWay";

    public string Initial => InitialOf(WorkspaceName);

    public string UserInitial => InitialOf(Email);

    public bool MayOpen(NavigationItem item) => item switch
    {
        { Outside: true } => true,
        { OperatorOnly: true } => IsOperator,   // in a workspace or not
        _ => Role is { } role && RoleRules.Allows(role, item.Needs),
    };

    /// <summary>The first letter or digit, upper case; a dot when there is none.</summary>
    public static string InitialOf(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (System.Text.Rune.IsLetterOrDigit(rune))
            {
                return System.Text.Rune.ToUpperInvariant(rune).ToString();
            }
        }

        return "·";
    }
}
