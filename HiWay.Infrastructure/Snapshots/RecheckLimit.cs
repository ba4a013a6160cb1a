namespace HiWay.Infrastructure.Snapshots;

/// <summary>How often the database may be asked about unknown keys, over all callers of this node: a bucket of tokens.</summary>
internal sealed class RecheckLimit
{
    private const double PerSecond = 20;
    private const double Burst = 20;

    private readonly Lock _lock = new();
    private double _tokens = Burst;
    private DateTimeOffset _at;

    public bool TryTake(DateTimeOffset now)
    {
        lock (_lock)
        {
            _tokens = Math.Min(Burst, _tokens + Math.Max(0, (now - _at).TotalSeconds) * PerSecond);
            _at = now;
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }
}
