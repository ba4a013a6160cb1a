using HiWay.Domain.Alerts;
using HiWay.Domain.Fallback;
using HiWay.Domain.Health;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Health;

/// <summary>Takes how attempts went, keeps the circuits, and tells people when a provider goes down and when it is back.</summary>
public sealed class HealthMonitor(HealthRegistry registry, HealthIncidents incidents, IAlerts alerts, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Workspace, string Provider), HashSet<string>> _down = [];

    /// <summary>Now, as the health records count time: UTC ticks.</summary>
    public long Now => clock.GetUtcNow().UtcTicks;

    /// <summary>Takes the one place of a probe when the circuit is half open; false when the deployment is to be left alone.</summary>
    public bool TryEnter(Deployment deployment)
    {
        var now = Now;
        return deployment.Credential.IsUsable(now) && registry.For(deployment).TryEnter(now);
    }

    /// <summary>The client left before the deployment had answered.</summary>
    public void Left(Deployment deployment) => deployment.Health?.Left();

    /// <summary>The first content of an answer is here.</summary>
    public void Began(Deployment deployment, double firstContentMs) =>
        Tell(deployment, registry.For(deployment).Began(firstContentMs, Now), null, null);

    /// <summary>The answer came whole, or as far as its reader wanted it.</summary>
    public void Succeeded(Deployment deployment, double latencyMs)
    {
        Tell(deployment, registry.For(deployment).Succeeded(latencyMs, Now), null, null);
        if (deployment.Credential.Accepted())
        {
            Up(deployment, deployment.CredentialId, "takes the key again");
        }
    }

    public void Failed(Deployment deployment, FailureClass failure, TimeSpan? retryAfter, string? error)
    {
        var now = Now;
        Tell(deployment, registry.For(deployment).Failed(failure, retryAfter, error, now), failure, error);
        if (failure is FailureClass.CredentialRejected or FailureClass.CredentialUnfunded && deployment.Credential.Refused(error, now))
        {
            Down(deployment, deployment.CredentialId, failure, error);
        }
    }

    /// <summary>Forgets what speaks against deployments, because a person says so.</summary>
    public void TryAgain(IEnumerable<Deployment> deployments)
    {
        foreach (var deployment in deployments)
        {
            if (registry.Known(deployment.Id) is { } health)
            {
                Tell(deployment, health.Reset(Now), null, null);
            }

            if (deployment.Credential.Accepted())
            {
                Up(deployment, deployment.CredentialId, "is tried again");
            }
        }
    }

    private void Tell(Deployment deployment, CircuitChange change, FailureClass? failure, string? error)
    {
        switch (change)
        {
            case CircuitChange.Opened:
                Down(deployment, deployment.Id, failure, error);
                break;
            case CircuitChange.Closed:
                Up(deployment, deployment.Id, "answers again");
                break;
        }
    }

    private void Down(Deployment deployment, string what, FailureClass? failure, string? error)
    {
        var at = clock.GetUtcNow();
        incidents.Began(what, registry.For(deployment).Subject, failure, error, at);
        bool first;
        lock (_gate)
        {
            var key = (deployment.WorkspaceId, deployment.Provider.Slug);
            if (!_down.TryGetValue(key, out var causes))
            {
                _down[key] = causes = new HashSet<string>(StringComparer.Ordinal);
            }

            first = causes.Count == 0;
            causes.Add(what);
        }

        if (first)
        {
            var refused = failure is FailureClass.CredentialRejected or FailureClass.CredentialUnfunded;
            alerts.Raise(new AlertEvent(AlertTypes.ProviderDown, deployment.WorkspaceId, at,
                refused ? $"{deployment.Provider.Name} refuses the workspace's key" : $"{deployment.Provider.Name} is failing",
                refused
                    ? $"{error} Calls go to other providers where they may; replace the key under Settings > Providers."
                    : $"{deployment.Model.Id} failed repeatedly, last with: {error} Calls go to other models where they may, and one at a time tries it again.",
                [
                    new("provider", deployment.Provider.Slug), new("model", deployment.Model.Id), new("credential_id", deployment.CredentialId),
                    new("failure", failure?.Text()), new("error", error),
                ]));
        }
    }

    private void Up(Deployment deployment, string what, string how)
    {
        var at = clock.GetUtcNow();
        incidents.Ended(what, at);
        bool last;
        lock (_gate)
        {
            var key = (deployment.WorkspaceId, deployment.Provider.Slug);
            last = _down.TryGetValue(key, out var causes) && causes.Remove(what) && causes.Count == 0 && _down.Remove(key);
        }

        if (last)
        {
            alerts.Raise(new AlertEvent(AlertTypes.ProviderUp, deployment.WorkspaceId, at,
                $"{deployment.Provider.Name} is back", $"{deployment.Model.Id} {how}; calls go there as before.",
                [new("provider", deployment.Provider.Slug), new("model", deployment.Model.Id), new("credential_id", deployment.CredentialId)]));
        }
    }
}
