using System.Threading.Channels;
using HiWay.Domain.Privacy;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Shield;

namespace HiWay.Web.Gateway.Shield;

/// <summary>
/// Looks at prompts and answers aside, on a thread of its own below the calls' priority, and writes down what it sees. What comes faster
/// than it can look at is let go and counted: a call never waits for it.
/// </summary>
internal sealed partial class ShieldMonitor(ISecurityEvents events, TimeProvider time, ILogger<ShieldMonitor> log) : IHostedService
{
    private const int MaxWaiting = 2_048;
    private const long MaxWaitingBytes = 64L * 1024 * 1024;

    /// <summary>How long jobs gather before they are looked at: to wake this thread for each would cost a call more than all the rest here does.</summary>
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(10);

    private readonly Channel<Job> _waiting = Channel.CreateBounded<Job>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _waitingBytes;
    private long _skipped;

    private readonly record struct Job(ShieldCall Call, PromptCopy Texts, IReadOnlyList<PiiFamily> Masked, bool Output);

    /// <summary>Texts that were not looked at because too many waited.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Takes the texts over and returns at once.</summary>
    public void Watch(ShieldCall call, PromptCopy texts, IReadOnlyList<PiiFamily> masked, bool output)
    {
        var bytes = texts.Length;
        if (texts.Count == 0 || Interlocked.Add(ref _waitingBytes, bytes) > MaxWaitingBytes || !_waiting.Writer.TryWrite(new(call, texts, masked, output)))
        {
            if (texts.Count > 0)
            {
                Interlocked.Add(ref _waitingBytes, -bytes);
                Interlocked.Increment(ref _skipped);
            }

            texts.Dispose();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Run) { IsBackground = true, Name = "shield-monitor", Priority = ThreadPriority.BelowNormal }.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // What waits is looked at first; the events' writer stops after this.
        _waiting.Writer.TryComplete();
        await _ended.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Run()
    {
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Thread.Sleep(s_gather);
            while (_waiting.Reader.TryRead(out var job))
            {
                try
                {
                    Look(job);
                }
                catch (Exception failure)
                {
                    LogFailed(log, job.Call.RequestId, failure);
                }
                finally
                {
                    Interlocked.Add(ref _waitingBytes, -job.Texts.Length);
                    job.Texts.Dispose();
                }
            }
        }

        _ended.TrySetResult();
    }

    private void Look(Job job)
    {
        var threats = job.Output ? PromptJudge.JudgeAnswer(job.Texts) : PromptJudge.Judge(job.Texts, job.Masked);
        if (threats.Count == 0)
        {
            return;
        }

        var sha256 = job.Texts.Sha256();
        foreach (var threat in threats)
        {
            events.Record(job.Call.Event(threat, sha256, blocked: false, job.Output, time.GetUtcNow()));
        }
    }

    [LoggerMessage(LogLevel.Warning, "The texts of {RequestId} could not be looked at for threats.")]
    private static partial void LogFailed(ILogger log, string requestId, Exception failure);
}
