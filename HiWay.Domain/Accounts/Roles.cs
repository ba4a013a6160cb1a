namespace HiWay.Domain.Accounts;

/// <summary>What a member may do in a workspace, least first.</summary>
public enum WorkspaceRole
{
    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Reads, keys, experiments, playground.</summary>
    Developer,

    /// <summary>Everything but billing and deletion.</summary>
    Admin,

    /// <summary>Everything.</summary>
    Owner,
}

/// <summary>One thing that needs leave.</summary>
public enum Permission
{
    /// <summary>See pages and lists of the workspace.</summary>
    Read,

    /// <summary>Create, edit, rotate, revoke keys.</summary>
    ManageKeys,

    /// <summary>Call models from the playground.</summary>
    UsePlayground,

    /// <summary>Read prompts and answers, where the workspace keeps them.</summary>
    ReadContent,

    /// <summary>Provider credentials, models, routing, workspace settings.</summary>
    ManageWorkspace,

    /// <summary>Invite, remove, change roles.</summary>
    ManageMembers,

    /// <summary>Read the audit log.</summary>
    ReadAudit,

    /// <summary>Plan, cards, invoices.</summary>
    ManageBilling,

    /// <summary>Delete the workspace or hand it over.</summary>
    DeleteWorkspace,
}

public static class RoleRules
{
    /// <summary>The least role that holds a permission.</summary>
    public static WorkspaceRole LeastFor(Permission permission) => permission switch
    {
        Permission.Read => WorkspaceRole.Viewer,
        Permission.ManageKeys => WorkspaceRole.Developer,
        Permission.UsePlayground => WorkspaceRole.Developer,
        Permission.ReadContent => WorkspaceRole.Developer,
        Permission.ManageWorkspace => WorkspaceRole.Admin,
        Permission.ManageMembers => WorkspaceRole.Admin,
        Permission.ReadAudit => WorkspaceRole.Admin,
        Permission.ManageBilling => WorkspaceRole.Owner,
        Permission.DeleteWorkspace => WorkspaceRole.Owner,
    };

    public static bool Allows(WorkspaceRole role, Permission permission) => role >= LeastFor(permission);

    /// <summary>A member hands out at most the own role, and only an owner makes owners.</summary>
    public static bool MayAssign(WorkspaceRole assigner, WorkspaceRole assigned) =>
        Allows(assigner, Permission.ManageMembers) && assigned <= assigner;
}
