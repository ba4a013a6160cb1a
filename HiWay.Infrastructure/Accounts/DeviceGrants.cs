using System.Buffers.Text;
using System.Security.Cryptography;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Keys;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Accounts;

internal sealed class DeviceGrants(
    IDbContextFactory<HiWayDb> databases, IWorkspaces workspaces, IKeys keys, IAuditLog audit, AttemptThrottle throttle, TimeProvider clock) : IDeviceGrants
{
    private const int MaxPerAddressPerHour = 30;

    /// <summary>No vowels, so no words, and nothing that looks like something else (RFC 8628, section 6.1).</summary>
    private const string UserCodeLetters = "BCDFGHJKLMNPQRSTVWXZ";

    private const int UserCodeLength = 8;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    public async Task<Outcome<DeviceCodes>> StartAsync(string? client, string? ipAddress, CancellationToken cancellationToken)
    {
        if (throttle.WaitFor("device", ipAddress, MaxPerAddressPerHour) is { } wait)
        {
            return new Refusal(RefusalKind.TooMany, "Too many device codes from this address within an hour.") { RetryAfter = wait };
        }

        throttle.Count("device", ipAddress, TimeSpan.FromHours(1));
        var now = clock.GetUtcNow();
        var deviceCode = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var userCode = RandomNumberGenerator.GetString(UserCodeLetters, UserCodeLength);
        var name = new string([.. (client ?? "").Where(letter => !char.IsControl(letter)).Take(80)]).Trim();
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await db.DeviceGrants.Where(row => row.ExpiresAt < now - TimeSpan.FromDays(1)).ExecuteDeleteAsync(cancellationToken);
        db.DeviceGrants.Add(new DeviceGrantRow
        {
            Id = Ulid.New("dev", now),
            DeviceCodeHash = Invitations.Hash(deviceCode),
            UserCode = userCode,
            Client = name.Length > 0 ? name : "A program",
            IpAddress = ipAddress,
            CreatedAt = now,
            ExpiresAt = now + s_lifetime,
        });
        await db.SaveChangesAsync(cancellationToken);
        return new DeviceCodes(deviceCode, Written(userCode), s_lifetime, s_interval);
    }

    public async Task<Outcome<DeviceRequest>> FindAsync(string userCode, CancellationToken cancellationToken)
    {
        var code = Bare(userCode);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await Waiting(db, code).AsNoTracking().SingleOrDefaultAsync(cancellationToken) is { } row
            ? new DeviceRequest(Written(row.UserCode), row.Client, row.IpAddress, row.CreatedAt)
            : NoSuchCode();
    }

    public async Task<Outcome<bool>> ApproveAsync(Actor actor, string userCode, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ManageKeys) is { } refusal)
        {
            return refusal;
        }

        if (actor.UserId is null || actor.KeyId is not null)
        {
            return new Refusal(RefusalKind.Forbidden, "A person approves a device, not a key.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var code = Bare(userCode);
        var row = await Waiting(db, code).SingleOrDefaultAsync(cancellationToken);
        var taken = row is null ? 0 : await Waiting(db, code).ExecuteUpdateAsync(
            set => set.SetProperty(grant => grant.ApprovedByUserId, actor.UserId).SetProperty(grant => grant.WorkspaceId, actor.WorkspaceId), cancellationToken);
        if (row is null || taken == 0)
        {
            return NoSuchCode();
        }

        audit.Record(db, actor, "device.approved", row.Id, row.Client, newValues: new Dictionary<string, string?> { ["asked_from"] = row.IpAddress });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public async Task DenyAsync(string userCode, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var now = clock.GetUtcNow();
        await Waiting(db, Bare(userCode)).ExecuteUpdateAsync(set => set.SetProperty(grant => grant.DeniedAt, now), cancellationToken);
    }

    public async Task<(DeviceAnswer Answer, IssuedKey? Key)> TakeAsync(string deviceCode, CancellationToken cancellationToken)
    {
        var hash = Invitations.Hash(deviceCode);
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.DeviceGrants.AsNoTracking().SingleOrDefaultAsync(grant => grant.DeviceCodeHash == hash, cancellationToken) is not { UsedAt: null } row)
        {
            return (DeviceAnswer.Unknown, null);
        }

        await db.DeviceGrants.Where(grant => grant.Id == row.Id).ExecuteUpdateAsync(set => set.SetProperty(grant => grant.PolledAt, now), cancellationToken);
        if (row.DeniedAt is not null)
        {
            return (DeviceAnswer.Denied, null);
        }

        if (row.ExpiresAt <= now)
        {
            return (DeviceAnswer.Expired, null);
        }

        if (row.WorkspaceId is null)
        {
            return (now - row.PolledAt < s_interval ? DeviceAnswer.SlowDown : DeviceAnswer.Pending, null);
        }

        // The person may have lost the workspace between approving and now.
        if (await workspaces.ActorAsync(row.ApprovedByUserId!, row.WorkspaceId, row.IpAddress, cancellationToken) is not { } actor)
        {
            return (DeviceAnswer.Denied, null);
        }

        // Of two questions at once, one gets the key.
        var used = await db.DeviceGrants.Where(grant => grant.Id == row.Id && grant.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.UsedAt, now), cancellationToken);
        if (used == 0)
        {
            return (DeviceAnswer.Unknown, null);
        }

        // As much as the person may do: a key with `manage` acts as an administrator.
        string[] scopes = RoleRules.Allows(actor.Role, Permission.ManageWorkspace) ? ["inference", "manage"] : ["inference"];
        var issued = await keys.CreateAsync(actor, new KeyDraft { Name = row.Client, Scopes = scopes }, "cli", cancellationToken);
        return issued.Succeeded ? (DeviceAnswer.Approved, issued.Value) : (DeviceAnswer.Denied, null);
    }

    private IQueryable<DeviceGrantRow> Waiting(HiWayDb db, string code)
    {
        var now = clock.GetUtcNow();
        return db.DeviceGrants.Where(row => row.UserCode == code && row.ExpiresAt > now && row.WorkspaceId == null && row.DeniedAt == null);
    }

    /// <summary>Typed codes come in any case, with or without the hyphen.</summary>
    private static string Bare(string userCode) => new([.. userCode.Where(char.IsAsciiLetter).Select(char.ToUpperInvariant)]);

    private static string Written(string code) => $"{code[..4]}-{code[4..]}";

    private static Refusal NoSuchCode() => new(RefusalKind.NotFound, "No program waits with this code. Check it letter by letter; codes are valid for ten minutes.", "user_code");
}
