using HiWay.Domain.Fallback;

namespace HiWay.Domain.Health;

/// <summary>How a deployment stands.</summary>
public enum CircuitState
{
    /// <summary>Calls go there.</summary>
    Closed,

    /// <summary>It has failed too often; nobody asks it.</summary>
    Open,

    /// <summary>Its time has passed; one call at a time tries it.</summary>
    HalfOpen,

    /// <summary>It asked to be left alone for a while, or does not know the model; it is not broken.</summary>
    Cooling,
}

/// <summary>What a call's outcome did to the circuit.</summary>
public enum CircuitChange { None, Opened, Closed }

/// <summary>Whose health it is.</summary>
/// <param name="Model">The model's catalogue id.</param>
public sealed record HealthSubject(string WorkspaceId, string Provider, string Model, string CredentialId);

/// <summary>
/// What this node knows of one deployment: a circuit breaker, the last minute's error rate and smoothed latencies. Asking whether it is
/// usable reads two or three numbers; a success adds to a few and takes no lock.
/// </summary>
public sealed class DeploymentHealth(HealthSubject subject)
{
    /// <summary>Weight of the newest latency in the smoothed one.</summary>
    private const double Newest = 0.2;

    private readonly CallWindow _window = new();
    private readonly Lock _gate = new();
    private long _openUntil;
    private long _probeUntil;
    private long _cooledUntil;
    private int _streak;
    private int _opens;
    private double _firstContentMs;
    private double _latencyMs;
    private long _since;
    private long _lastUsed;
    private string? _lastError;
    private FailureClass _lastFailure;
    private long _calls;
    private long _failed;
    private long _rateLimited;
    private long _latencyMicros;

    public HealthSubject Subject { get; } = subject;

    /// <summary>Whether a call may go there now. Several may see a half-open circuit as usable; <see cref="TryEnter"/> lets one in.</summary>
    /// <param name="now">UTC ticks.</param>
    public bool IsUsable(long now)
    {
        var openUntil = Volatile.Read(ref _openUntil);
        return now >= Volatile.Read(ref _cooledUntil) && (openUntil == 0 || (now >= openUntil && now >= Volatile.Read(ref _probeUntil)));
    }

    /// <summary>Takes the place of a probe when the circuit is half open; true at once when it is closed.</summary>
    public bool TryEnter(long now)
    {
        if (now < Volatile.Read(ref _cooledUntil))
        {
            return false;
        }

        var openUntil = Volatile.Read(ref _openUntil);
        if (openUntil == 0)
        {
            return true;
        }

        var probing = Volatile.Read(ref _probeUntil);
        return now >= openUntil && now >= probing
            && Interlocked.CompareExchange(ref _probeUntil, now + BreakerRules.ProbeLease.Ticks, probing) == probing;
    }

    /// <summary>The first content of an answer is here: how long it took, and a half-open circuit closes.</summary>
    public CircuitChange Began(double firstContentMs, long now)
    {
        Volatile.Write(ref _firstContentMs, Smooth(_firstContentMs, firstContentMs));
        Volatile.Write(ref _lastUsed, now);
        return Volatile.Read(ref _openUntil) == 0 ? CircuitChange.None : Close(now);
    }

    /// <summary>An answer came whole, or as far as its reader wanted it.</summary>
    public CircuitChange Succeeded(double latencyMs, long now)
    {
        _window.Add(now, failed: false);
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _latencyMicros, (long)(latencyMs * 1000));
        Volatile.Write(ref _latencyMs, Smooth(_latencyMs, latencyMs));
        Volatile.Write(ref _lastUsed, now);
        if (Volatile.Read(ref _streak) != 0)
        {
            Volatile.Write(ref _streak, 0);
        }

        return Volatile.Read(ref _openUntil) == 0 ? CircuitChange.None : Close(now);
    }

    /// <summary>A call failed there.</summary>
    /// <param name="retryAfter">The wait that the upstream asked for.</param>
    /// <param name="error">The failure in words, for the board.</param>
    public CircuitChange Failed(FailureClass failure, TimeSpan? retryAfter, string? error, long now)
    {
        lock (_gate)
        {
            _lastUsed = now;
            (_lastFailure, _lastError) = (failure, error);
            Interlocked.Increment(ref _calls);
            Volatile.Write(ref _probeUntil, 0);   // a probe has been answered, if only with a no
            switch (failure)
            {
                case FailureClass.RateLimited:
                    Interlocked.Increment(ref _rateLimited);
                    Cool(now + BreakerRules.WaitFor(retryAfter).Ticks);
                    return CircuitChange.None;
                case FailureClass.ModelNotFound:
                    Interlocked.Increment(ref _failed);
                    Cool(now + BreakerRules.MissingModelWait.Ticks);
                    return CircuitChange.None;
            }

            var weight = BreakerRules.Weight(failure);
            if (weight == 0)
            {
                return CircuitChange.None;
            }

            Interlocked.Increment(ref _failed);
            _window.Add(now, failed: true);
            _streak += weight;
            if (failure == FailureClass.Overloaded && retryAfter is { } wait)
            {
                Cool(now + BreakerRules.WaitFor(wait).Ticks);
            }

            var (calls, failed) = _window.Read(now);
            return _openUntil != 0 || BreakerRules.Opens(_streak, calls, failed) ? Open(now) : CircuitChange.None;
        }
    }

    /// <summary>The call left before the deployment had answered; the next one may try it.</summary>
    public void Left() => Volatile.Write(ref _probeUntil, 0);

    /// <summary>Forgets what speaks against the deployment: its key was replaced, or a person wants it tried at once.</summary>
    public CircuitChange Reset(long now)
    {
        Volatile.Write(ref _cooledUntil, 0);
        return Close(now);
    }

    /// <summary>Everything at once, for the board.</summary>
    public HealthReading Read(long now)
    {
        lock (_gate)
        {
            var (calls, failed) = _window.Read(now);
            var state = now < _cooledUntil ? CircuitState.Cooling
                : _openUntil == 0 ? CircuitState.Closed
                : now < _openUntil ? CircuitState.Open
                : CircuitState.HalfOpen;
            return new(state, Instant(_since), Instant(state == CircuitState.Cooling ? _cooledUntil : _openUntil), calls, failed,
                _latencyMs > 0 ? _latencyMs : null, _firstContentMs > 0 ? _firstContentMs : null,
                _lastError is null ? null : _lastFailure, _lastError, Instant(_lastUsed));
        }
    }

    /// <summary>How long an answer takes lately, or its first content; null before the first. Reads one number.</summary>
    public double? ExpectedMs(bool firstContent) => Volatile.Read(ref firstContent ? ref _firstContentMs : ref _latencyMs) is var ms and > 0 ? ms : null;

    /// <summary>Calls since this node began to watch; differences of two readings are the minute rows of the history.</summary>
    public HealthTotals Totals => new(
        Interlocked.Read(ref _calls), Interlocked.Read(ref _failed), Interlocked.Read(ref _rateLimited), Interlocked.Read(ref _latencyMicros));

    /// <summary>Share of the calls of the last minute that failed, 0..1; 0 while there were too few to say.</summary>
    public double ErrorRate(long now)
    {
        var (calls, failed) = _window.Read(now);
        return calls < BreakerRules.CallsToJudge ? 0 : (double)failed / calls;
    }

    private CircuitChange Open(long now)
    {
        var wasClosed = _openUntil == 0;
        if (wasClosed)
        {
            _opens = 0;
            _since = now;
        }
        else if (now < _openUntil)
        {
            // A call that was under way when the circuit opened, or a pin: it says nothing new.
            return CircuitChange.None;
        }

        _opens++;
        Volatile.Write(ref _openUntil, now + BreakerRules.OpenFor(_opens).Ticks);
        return wasClosed ? CircuitChange.Opened : CircuitChange.None;
    }

    private CircuitChange Close(long now)
    {
        lock (_gate)
        {
            var was = _openUntil;
            _window.Clear();
            Volatile.Write(ref _streak, 0);
            Volatile.Write(ref _probeUntil, 0);
            Volatile.Write(ref _openUntil, 0);
            if (was == 0)
            {
                return CircuitChange.None;
            }

            _since = now;
            return CircuitChange.Closed;
        }
    }

    private void Cool(long until)
    {
        if (until > _cooledUntil)
        {
            Volatile.Write(ref _cooledUntil, until);
        }
    }

    private static double Smooth(double before, double newest) => before == 0 ? newest : before + ((newest - before) * Newest);

    private static DateTimeOffset? Instant(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
}

/// <summary>Counts since a node began to watch a deployment.</summary>
/// <param name="Failed">Broken calls; rate limits are counted by themselves, what the caller got wrong is no failure.</param>
/// <param name="LatencyMicros">Sum over the calls that succeeded.</param>
public readonly record struct HealthTotals(long Calls, long Failed, long RateLimited, long LatencyMicros)
{
    public static HealthTotals operator -(HealthTotals now, HealthTotals before) =>
        new(now.Calls - before.Calls, now.Failed - before.Failed, now.RateLimited - before.RateLimited, now.LatencyMicros - before.LatencyMicros);
}

/// <summary>A deployment's health as the board shows it.</summary>
/// <param name="Since">When the circuit last opened or closed; null when it never did.</param>
/// <param name="Until">When it is tried again; null while calls go there.</param>
/// <param name="Calls">In the last minute.</param>
/// <param name="Failed">In the last minute.</param>
/// <param name="LatencyMs">Smoothed time of whole answers; null before the first.</param>
/// <param name="FirstContentMs">Smoothed time to the first content.</param>
public sealed record HealthReading(
    CircuitState State, DateTimeOffset? Since, DateTimeOffset? Until, int Calls, int Failed, double? LatencyMs, double? FirstContentMs,
    FailureClass? LastFailure, string? LastError, DateTimeOffset? LastUsedAt);
