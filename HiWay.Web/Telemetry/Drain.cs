namespace HiWay.Web.Telemetry;

/// <summary>
/// Leaving well: on SIGTERM new calls are refused while those that run may finish, and only then the server closes. It keeps accepting
/// connections meanwhile, because a refusal that says "try the next node" is worth more than a connection that is not taken.
/// </summary>
internal sealed partial class Drain(DrainOptions options, ILogger<Drain> log) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _limit = new();
    private readonly SemaphoreSlim _idle = new(0);
    private int _running;
    private volatile bool _draining;

    /// <summary>New calls are to be refused with <c>shutting_down</c>.</summary>
    public bool IsDraining => _draining;

    /// <summary>Calls that run right now.</summary>
    public int InFlight => Volatile.Read(ref _running);

    /// <summary>Fires when running calls have had their time; whoever still streams ends now, saying so.</summary>
    public CancellationToken LimitReached => _limit.Token;

    /// <summary>How long a caller who is refused should wait: until another node or the next version has taken over.</summary>
    public TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Counts a call in; false, and not counted, while draining. Whoever got true calls <see cref="Leave"/> at the end.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _running);
        if (!_draining)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0 && _draining)
        {
            _idle.Release();
        }
    }

    // The host calls "stopping" on everyone before it calls "stop" on anyone, and the web server stops in "stop".
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        LogDraining(log, InFlight, options.Limit.TotalSeconds);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Limit);
        try
        {
            while (InFlight > 0)
            {
                await _idle.WaitAsync(patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            LogLimit(log, InFlight, options.Limit.TotalSeconds);
            await _limit.CancelAsync();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        LogStopped(log);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _limit.Dispose();
        _idle.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Stopping: {InFlight} calls may finish within {LimitSeconds} s, new ones are refused.")]
    private static partial void LogDraining(ILogger log, int inFlight, double limitSeconds);

    [LoggerMessage(LogLevel.Warning, "{InFlight} calls did not finish within {LimitSeconds} s and are cut. Drain:Limit gives them longer.")]
    private static partial void LogLimit(ILogger log, int inFlight, double limitSeconds);

    [LoggerMessage(LogLevel.Information, "Stopped.")]
    private static partial void LogStopped(ILogger log);
}

/// <summary>The section <c>Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>How long running calls may take to finish after SIGTERM.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What the host needs after that to cut what is left, write the journal down and close.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
}
