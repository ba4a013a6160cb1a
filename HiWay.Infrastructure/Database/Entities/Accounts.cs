using HiWay.Domain.Accounts;
using Microsoft.AspNetCore.Identity;

namespace HiWay.Infrastructure.Database.Entities;

/// <summary>A person; <c>usr_</c> + ULID.</summary>
public sealed class UserRow : IdentityUser
{
    /// <summary>Administers the installation; the first user does.</summary>
    public bool IsOperator { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The workspace that the dashboard opens next time.</summary>
    public string? LastWorkspaceId { get; set; }

    /// <summary>IANA time zone for the dashboard's times; null shows the browser's.</summary>
    public string? TimeZone { get; set; }
}

/// <summary>A way to sign in with a device instead of the password. Key, counter and name are Identity's and in one JSON column.</summary>
public sealed class PasskeyRow : IdentityUserPasskey<string>
{
    /// <summary>The last sign-in with it; a challenge that is older has been used up.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
}

/// <summary>The tenant; <c>ws_</c> + ULID.</summary>
public sealed class WorkspaceRow
{
    public required string Id { get; set; }

    public required string Name { get; set; }

    public string Plan { get; set; } = "free";

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? SuspendedAt { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary><c>budget</c>, <c>balanced</c> or <c>quality</c>.</summary>
    public string RoutingProfile { get; set; } = "balanced";

    /// <summary><c>global</c>, <c>eu</c>, <c>fr</c> or <c>strict</c>.</summary>
    public string SovereigntyZone { get; set; } = "global";

    public bool PromptCaching { get; set; } = true;

    public bool LogContent { get; set; }

    /// <summary>The model that savings are measured against; null takes the installation's.</summary>
    public string? FlagshipModel { get; set; }

    /// <summary>Workspace-defined aliases, a JSON object of name to model, or to a list of models in the order in which they are tried.</summary>
    public string Aliases { get; set; } = "{}";

    /// <summary>JSON of <see cref="HiWay.Domain.Routing.RoutingSettings"/>; what it leaves out is the default.</summary>
    public string Routing { get; set; } = "{}";

    /// <summary>Rises with every change to the workspace or anything in it; written by triggers.</summary>
    public long Version { get; set; }
}

public sealed class MembershipRow
{
    public required string WorkspaceId { get; set; }

    public required string UserId { get; set; }

    public WorkspaceRole Role { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public WorkspaceRow? Workspace { get; set; }

    public UserRow? User { get; set; }
}

/// <summary>An open or used invitation; <c>inv_</c> + ULID. The token itself is only in the link.</summary>
public sealed class InvitationRow
{
    public required string Id { get; set; }

    public required string WorkspaceId { get; set; }

    /// <summary>Null for a link that anyone may use once.</summary>
    public string? Email { get; set; }

    public WorkspaceRole Role { get; set; }

    /// <summary>SHA-256 of the token.</summary>
    public required byte[] TokenHash { get; set; }

    /// <summary>SHA-256 of the mailed link's token, where a mail was sent: it leads to the same invitation, and who has it reads that mailbox.</summary>
    public byte[]? MailTokenHash { get; set; }

    public string? InvitedByUserId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? AcceptedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public WorkspaceRow? Workspace { get; set; }
}

/// <summary>A program that asks a person for a key (RFC 8628); <c>dev_</c> + ULID. Rows that are over are deleted when new ones are made.</summary>
public sealed class DeviceGrantRow
{
    public required string Id { get; set; }

    /// <summary>SHA-256 of the code that the program holds.</summary>
    public required byte[] DeviceCodeHash { get; set; }

    /// <summary>What the person types, without the hyphen.</summary>
    public required string UserCode { get; set; }

    /// <summary>How the program calls itself; shown to the person, who must not believe it blindly.</summary>
    public required string Client { get; set; }

    /// <summary>Where the program asked from.</summary>
    public string? IpAddress { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The program's last question; asking again too soon is answered with <c>slow_down</c>.</summary>
    public DateTimeOffset? PolledAt { get; set; }

    public string? ApprovedByUserId { get; set; }

    /// <summary>The workspace that the person chose; null until approved.</summary>
    public string? WorkspaceId { get; set; }

    public DateTimeOffset? DeniedAt { get; set; }

    /// <summary>The key has been handed out.</summary>
    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>Who changed what; append-only (a trigger refuses UPDATE and DELETE). <c>aud_</c> + ULID.</summary>
public sealed class AuditRow
{
    public required string Id { get; set; }

    public string? WorkspaceId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public string? UserId { get; set; }

    public string? KeyId { get; set; }

    /// <summary>The actor as shown: an e-mail address or a key's name.</summary>
    public required string Actor { get; set; }

    public string? IpAddress { get; set; }

    /// <summary>What was done, <c>subject.verb</c>: <c>key.created</c>, <c>member.role_changed</c>.</summary>
    public required string Action { get; set; }

    /// <summary>The id of what it was done to.</summary>
    public string? SubjectId { get; set; }

    /// <summary>Its name at that time.</summary>
    public string? Subject { get; set; }

    /// <summary>Changed fields, old values; JSON object. Never secrets.</summary>
    public string? OldValues { get; set; }

    public string? NewValues { get; set; }
}

/// <summary>A setting of the installation that the operator can change while it runs.</summary>
public sealed class InstallationSettingRow
{
    public required string Name { get; set; }

    /// <summary>JSON.</summary>
    public required string Value { get; set; }
}

/// <summary>One ASP.NET Core data-protection key; shared by all nodes.</summary>
public sealed class DataProtectionKeyRow
{
    public int Id { get; set; }

    public string? FriendlyName { get; set; }

    public required string Xml { get; set; }
}
