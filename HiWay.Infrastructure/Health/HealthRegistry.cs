using System.Collections.Concurrent;
using HiWay.Domain.Health;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Health;

/// <summary>What this node knows of deployments and credentials. Outlives snapshots, which hold references into it.</summary>
public sealed class HealthRegistry
{
    private readonly ConcurrentDictionary<string, DeploymentHealth> _deployments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Stamped> _credentials = new(StringComparer.Ordinal);

    private sealed record Stamped(DateTimeOffset KeySavedAt, CredentialHealth Health, bool Replaced = false);

    public ICollection<KeyValuePair<string, DeploymentHealth>> All => _deployments;

    /// <summary>The deployment's record, begun with its first call.</summary>
    public DeploymentHealth For(Deployment deployment) => deployment.Health ??= _deployments.GetOrAdd(deployment.Id, static (_, of) =>
        new DeploymentHealth(new HealthSubject(of.WorkspaceId, of.Provider.Slug, of.Model.Id, of.CredentialId)), deployment);

    /// <summary>The record if there is one.</summary>
    public DeploymentHealth? Known(string deploymentId) => _deployments.GetValueOrDefault(deploymentId);

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
