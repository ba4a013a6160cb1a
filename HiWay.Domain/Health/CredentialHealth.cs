namespace HiWay.Domain.Health;

/// <summary>Whether a provider still takes a credential: an account's 401, 402 or 403 leaves all of its models alone for a while.</summary>
public sealed class CredentialHealth
{
    private long _cooledUntil;
    private int _refusals;
    private string? _error;

    /// <param name="now">UTC ticks.</param>
    public bool IsUsable(long now) => now >= Volatile.Read(ref _cooledUntil);

    /// <summary>When it is tried again and why it was left alone; null while it is in use.</summary>
    public (DateTimeOffset Until, string? Error)? Cooling(long now)
    {
        var until = Volatile.Read(ref _cooledUntil);
        return now >= until ? null : (new DateTimeOffset(until, TimeSpan.Zero), Volatile.Read(ref _error));
    }

    /// <summary>The provider refused it.</summary>
    /// <returns>True for the first refusal since it last worked.</returns>
    public bool Refused(string? error, long now)
    {
        // Calls that were under way together are one refusal.
        if (!IsUsable(now))
        {
            return false;
        }

        var nth = Interlocked.Increment(ref _refusals);
        Volatile.Write(ref _error, error);
        Volatile.Write(ref _cooledUntil, now + BreakerRules.CoolFor(nth).Ticks);
        return nth == 1;
    }

    /// <summary>Its key is another one now, which is tried at once; whether that works, its first call shows.</summary>
    public void Replaced() => Volatile.Write(ref _cooledUntil, 0);

    /// <summary>It worked.</summary>
    /// <returns>True when it had been refused before.</returns>
    public bool Accepted()
    {
        if (Volatile.Read(ref _refusals) == 0)
        {
            return false;
        }

        Volatile.Write(ref _cooledUntil, 0);
        return Interlocked.Exchange(ref _refusals, 0) > 0;
    }
}
