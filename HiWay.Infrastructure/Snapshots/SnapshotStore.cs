using System.Collections.Concurrent;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>
/// All workspaces of the installation in memory. Readers take no lock and see, per workspace, one whole snapshot or the next;
/// writers (the feed, management calls) come one at a time.
/// </summary>
internal sealed partial class SnapshotStore(
    SnapshotReader reader, SnapshotBuilder builder, CatalogueStore catalogueStore, RecheckLimit recheckLimit, TimeProvider clock, ILogger<SnapshotStore> log)
    : ISnapshots, IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<KeyHash, KeyGrant> _grants = new();
    private readonly ConcurrentDictionary<string, Held> _workspaces = new(StringComparer.Ordinal);
    private volatile CatalogueSnapshot _catalogue = CatalogueSnapshot.Empty;
    private long _freshAtTicks;

    /// <summary>A snapshot and the secrets under which it is found, for taking them away again.</summary>
    private sealed record Held(WorkspaceSnapshot Snapshot, IReadOnlyList<KeyHash> Secrets);

    public IReadOnlyList<ModelEntry> Catalogue => _catalogue.Listed;

    public DateTimeOffset FreshAt => new(Interlocked.Read(ref _freshAtTicks), TimeSpan.Zero);

    internal CatalogueSnapshot CurrentCatalogue => _catalogue;

    public KeyGrant? Find(ReadOnlySpan<byte> secretHash) => _grants.TryGetValue(KeyHash.From(secretHash), out var grant) ? grant : null;

    public WorkspaceSnapshot? Workspace(string workspaceId) => _workspaces.TryGetValue(workspaceId, out var held) ? held.Snapshot : null;

    public async ValueTask<KeyGrant?> FindOrAskAsync(byte[] secretHash, CancellationToken cancellationToken)
    {
        if (Find(secretHash) is { } known)
        {
            return known;
        }

        // Another node may have made the key a moment ago. Guessed keys come here too, so the database is asked rarely and briefly.
        if (!recheckLimit.TryTake(clock.GetUtcNow()))
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMilliseconds(500));
        try
        {
            if (await reader.WorkspaceOfKeyAsync(secretHash, limit.Token) is not { } workspaceId)
            {
                return null;
            }

            await LoadAsync([workspaceId], limit.Token);
            return Find(secretHash);
        }
        catch (Exception e) when (e is OperationCanceledException || DatabaseFault.IsAway(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    public async Task RefreshAsync(string workspaceId, CancellationToken cancellationToken)
    {
        try
        {
            await LoadAsync([workspaceId], cancellationToken);
        }
        catch (Exception e) when (DatabaseFault.IsAway(e))
        {
            // The change is committed, so the call that made it has succeeded; the feed brings it as soon as the database answers.
            LogRefreshFailed(log, workspaceId, e);
        }
    }

    /// <summary>Reads some workspaces anew, or all, and swaps each in; those that are gone take their keys with them.</summary>
    internal async Task LoadAsync(IReadOnlyCollection<string>? workspaceIds, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await LoadHoldingAsync(workspaceIds, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Reads the catalogue anew and with it every workspace, since each holds entries of it.</summary>
    internal async Task LoadCatalogueAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            _catalogue = await catalogueStore.ReadAsync(cancellationToken);
            await LoadHoldingAsync(null, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    internal void MarkFresh(DateTimeOffset at) => Interlocked.Exchange(ref _freshAtTicks, at.UtcTicks);

    public void Dispose() => _one.Dispose();

    private async Task LoadHoldingAsync(IReadOnlyCollection<string>? workspaceIds, CancellationToken cancellationToken)
    {
        var found = await reader.ReadAsync(workspaceIds, cancellationToken);
        foreach (var rows in found)
        {
            try
            {
                Publish(builder.Build(rows, _catalogue));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One workspace's broken row must not stop the others; it keeps its last snapshot.
                LogBuildFailed(log, rows.Workspace.Id, e);
            }
        }

        var there = found.Select(rows => rows.Workspace.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in (workspaceIds ?? [.. _workspaces.Keys]).Where(id => !there.Contains(id)))
        {
            Remove(gone);
        }
    }

    private void Publish(BuiltWorkspace built)
    {
        var id = built.Snapshot.Id;
        var before = _workspaces.GetValueOrDefault(id);
        if (before?.Snapshot.Version > built.Snapshot.Version)
        {
            return;
        }

        _workspaces[id] = new Held(built.Snapshot, [.. built.Grants.Select(grant => grant.Key)]);
        foreach (var (secret, grant) in built.Grants)
        {
            _grants[secret] = grant;
        }

        foreach (var secret in before?.Secrets ?? [])
        {
            // Revoked, or replaced by a rotation whose overlap was ended.
            if (_grants.TryGetValue(secret, out var grant) && !ReferenceEquals(grant.Workspace, built.Snapshot))
            {
                _grants.TryRemove(secret, out _);
            }
        }
    }

    private void Remove(string id)
    {
        if (_workspaces.TryRemove(id, out var held))
        {
            foreach (var secret in held.Secrets)
            {
                _grants.TryRemove(secret, out _);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Workspace {WorkspaceId} was changed, but could not be read anew at once.")]
    private static partial void LogRefreshFailed(ILogger log, string workspaceId, Exception e);

    [LoggerMessage(LogLevel.Error, "Workspace {WorkspaceId} could not be turned into a snapshot; the last one stays in use.")]
    private static partial void LogBuildFailed(ILogger log, string workspaceId, Exception e);
}
