using HiWay.Domain.Health;

namespace HiWay.Infrastructure.Providers;

/// <summary>One model through several credentials of its provider; spreads calls by their weights and by how well each one does.</summary>
public sealed class DeploymentKeys(Deployment[] all)
{
    private const int OnStack = 16;

    private uint _nth;

    /// <summary>In the order in which the credentials were added.</summary>
    public IReadOnlyList<Deployment> All => all;

    /// <param name="now">UTC ticks.</param>
    public bool AnyUsable(long now)
    {
        foreach (var one in all)
        {
            if (one.IsUsableItself(now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The credential for the next call; null when none may be asked now, or all have been.</summary>
    /// <param name="mayTry">False for credentials that the call has tried already.</param>
    public Deployment? Pick(long now, Func<Deployment, bool>? mayTry = null)
    {
        Span<double> shares = all.Length <= OnStack ? stackalloc double[all.Length] : new double[all.Length];
        var (any, reserve) = (false, -1);
        for (var i = 0; i < all.Length; i++)
        {
            var able = all[i].IsUsableItself(now) && (mayTry is null || mayTry(all[i]));
            shares[i] = able ? KeySpread.Share(all[i].Weight, all[i].Health?.ErrorRate(now) ?? 0) : 0;
            any |= shares[i] > 0;
            reserve = able && reserve < 0 ? i : reserve;
        }

        return any ? all[KeySpread.Pick(shares, Interlocked.Increment(ref _nth))] : reserve >= 0 ? all[reserve] : null;
    }

    /// <summary>The one with this credential; null when it is not (or no longer) among them.</summary>
    public Deployment? Of(string credentialId)
    {
        foreach (var one in all)
        {
            if (one.CredentialId == credentialId)
            {
                return one;
            }
        }

        return null;
    }
}
