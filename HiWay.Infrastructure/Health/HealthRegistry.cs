using System.Collections.Concurrent;
using HiWay.Domain.Health;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Health;

/// <summary>What this node knows of deployments and credentials. Outlives snapshots, which hold references into it.</summary>
public sealed class HealthRegistry
{
    private readonly ConcurrentDictionary<string, DeploymentHealth> _deployments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Stamped> _credentials = new(StringComparer.Ordinal);

    private long _begun;

    private sealed record Stamped(DateTimeOffset KeySavedAt, CredentialHealth Health, bool Replaced = false);

    public ICollection<KeyValuePair<string, DeploymentHealth>> All => _deployments;

    /// <summary>The deployment's record, begun with its first call.</summary>
    public DeploymentHealth For(Deployment deployment) => deployment.Health ??= Begin(deployment);

    /// <summary>The record if there is one.</summary>
    public DeploymentHealth? Known(string deploymentId) => _deployments.GetValueOrDefault(deploymentId);

    /// <summary>The same for a deployment that remembers it. Looks only when some record has begun since the last look: those who ask are on the path of calls.</summary>
    /// <param name="seen">How many had begun then; -1 before the first look.</param>
    internal DeploymentHealth? KnownSince(string deploymentId, ref long seen)
    {
        var begun = Volatile.Read(ref _begun);
        if (Volatile.Read(ref seen) == begun)
        {
            return null;
        }

        var known = Known(deploymentId);
        Volatile.Write(ref seen, begun);
        return known;
    }

    private DeploymentHealth Begin(Deployment deployment)
    {
        var record = _deployments.GetOrAdd(deployment.Id, static (_, of) =>
            new DeploymentHealth(new HealthSubject(of.WorkspaceId, of.Provider.Slug, of.Model.Id, of.CredentialId)), deployment);
        Interlocked.Increment(ref _begun);   // after it can be found, so nobody counts it and misses it
        return record;
    }

    /// <summary>A credential's record. When its key was replaced it is tried at once: nothing speaks against the new one yet.</summary>
    public CredentialHealth Credential(string credentialId, DateTimeOffset keySavedAt)
    {
        var known = _credentials.AddOrUpdate(
            credentialId,
            static (_, at) => new Stamped(at, new CredentialHealth()),
            static (_, known, at) => known.KeySavedAt == at ? known : known with { KeySavedAt = at, Replaced = true },
            keySavedAt);
        if (known.Replaced)
        {
            known.Health.Replaced();
            _credentials.TryUpdate(credentialId, known with { Replaced = false }, known);
        }

        return known.Health;
    }
}
