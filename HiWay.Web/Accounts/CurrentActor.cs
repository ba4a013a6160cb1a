using System.Security.Claims;
using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Database;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Web.Accounts;

/// <summary>The person in front of the dashboard.</summary>
/// <param name="IsOperator">Administers the installation.</param>
/// <param name="EmailConfirmed">Has shown that the mailbox is read.</param>
/// <param name="TimeZone">IANA name for times on pages; null shows the browser's.</param>
public sealed record CurrentUser(string Id, string Email, bool IsOperator, string? TimeZone, bool TwoFactor, bool EmailConfirmed);

/// <summary>
/// Who is looking at a page, and as whom they act in the workspace that the dashboard shows. One per circuit or request.
/// Answers are kept for a few seconds only: a member who is removed, or whose role changes, loses access in an open page too.
/// </summary>
public sealed class CurrentActor(
    AuthenticationStateProvider authentication, IDbContextFactory<HiWayDb> databases, IWorkspaces workspaces, IHttpContextAccessor requests, TimeProvider clock)
{
    /// <summary>How long a removed member may still see pages.</summary>
    internal static readonly TimeSpan Trust = TimeSpan.FromSeconds(5);

    // A circuit outlives the request that opened it, so the address is taken while that is still there.
    private readonly string? _ipAddress = requests.HttpContext?.Connection.RemoteIpAddress?.ToString();
    private readonly SemaphoreSlim _once = new(1, 1);
    private DateTimeOffset _readAt = DateTimeOffset.MinValue;
    private CurrentUser? _user;
    private Actor? _actor;

    /// <summary>The signed-in user; null when nobody is signed in or the account is gone.</summary>
    public async ValueTask<CurrentUser?> UserAsync(CancellationToken cancellationToken = default)
    {
        await ReadAsync(cancellationToken);
        return _user;
    }

    /// <summary>The actor in the current workspace; null when nobody is signed in or the user is in no workspace.</summary>
    public async ValueTask<Actor?> GetAsync(CancellationToken cancellationToken = default)
    {
        await ReadAsync(cancellationToken);
        return _actor;
    }

    /// <summary>The operator, acting for the installation and in no workspace, as the management API has it; null for everybody else.</summary>
    public async ValueTask<Actor?> OperatorAsync(CancellationToken cancellationToken = default) =>
        await UserAsync(cancellationToken) is { IsOperator: true } user ? new Actor("", user.Id, null, WorkspaceRole.Owner, user.Email, _ipAddress) : null;

    /// <summary>For the switcher: the user's workspaces by name.</summary>
    public async Task<IReadOnlyList<WorkspaceChoice>> WorkspacesAsync(CancellationToken cancellationToken = default) =>
        await UserAsync(cancellationToken) is { } user ? await workspaces.OfUserAsync(user.Id, cancellationToken) : [];

    /// <summary>Makes the next read ask the database, after a change that this page made itself.</summary>
    public void Forget() => _readAt = DateTimeOffset.MinValue;

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (clock.GetUtcNow() - _readAt < Trust)
            {
                return;
            }

            var principal = (await authentication.GetAuthenticationStateAsync()).User;
            (_user, _actor) = principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } userId
                ? await LookUpAsync(userId, cancellationToken)
                : (null, null);
            _readAt = clock.GetUtcNow();
        }
        finally
        {
            _once.Release();
        }
    }

    private async Task<(CurrentUser? User, Actor? Actor)> LookUpAsync(string userId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var row = await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Id == userId, cancellationToken);
        if (row is null)
        {
            return (null, null);
        }

        var actor = row.LastWorkspaceId is { } last ? await workspaces.ActorAsync(userId, last, _ipAddress, cancellationToken) : null;
        if (actor is null && (await workspaces.OfUserAsync(userId, cancellationToken)) is [var first, ..])
        {
            actor = await workspaces.ActorAsync(userId, first.Id, _ipAddress, cancellationToken);
        }

        return (new CurrentUser(row.Id, row.Email ?? row.Id, row.IsOperator, row.TimeZone, row.TwoFactorEnabled, row.EmailConfirmed), actor);
    }
}
