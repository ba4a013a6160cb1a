using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace HiWay.Infrastructure.Batches;

/// <summary>
/// Writes down behind the calls what they have seen, in batches and in the order in which it came. While the database is away it waits, up to a
/// limit; a call never does. What was taken in is written before the process goes.
/// </summary>
/// <param name="batchSize">Written together at most.</param>
internal abstract class BatchedRecorder<T>(int batchSize) : BackgroundService
{
    private const int MaxWaiting = 10_000;
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(2);

    private readonly Channel<T> _waiting = Channel.CreateBounded<T>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    /// <returns>False when too many wait already: it is lost, which the caller writes into the log.</returns>
    protected bool TryAdd(T seen) => _waiting.Writer.TryWrite(seen);

    /// <summary>Writes one batch, each step of it through <see cref="UntilDoneAsync"/>.</summary>
    protected abstract Task WriteAsync(List<T> batch, CancellationToken stop);

    /// <summary>A step failed; it is tried again unless the database itself refused it.</summary>
    protected abstract void NotWritten(int count, Exception failure);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<T>(batchSize);
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            while (batch.Count < batchSize && _waiting.Reader.TryRead(out var seen))
            {
                batch.Add(seen);
            }

            await WriteAsync(batch, stoppingToken);
            batch.Clear();
        }
    }

    protected async Task UntilDoneAsync(Func<Task> work, int count, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                NotWritten(count, failure);
                if (failure is PostgresException { IsTransient: false } or DbUpdateException { InnerException: PostgresException { IsTransient: false } })
                {
                    return;   // the database answers and refuses: trying again changes nothing
                }

                await Task.Delay(s_retryAfter, stop);
            }
        }
    }
}
