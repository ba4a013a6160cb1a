using System.Collections.Concurrent;
using System.Threading.Channels;
using HiWay.Domain.Judging;
using HiWay.Domain.Privacy;
using HiWay.Domain.Routing;
using HiWay.Domain.Shield;

namespace HiWay.Web.Gateway.Judging;

/// <summary>An answer that is to be rated, with its prompt: in memory until then, stored nowhere.</summary>
/// <param name="Model">The model that gave it.</param>
/// <param name="Prompt">As the provider got it: with placeholders where values were masked.</param>
/// <param name="Answer">As the client got it, in its dialect.</param>
/// <param name="Masked">Puts masked values back into the prompt where the answer has them; null where neither has any, or both have placeholders.</param>
/// <param name="Settings">As they were when the call was answered.</param>
internal sealed record JudgeJob(
    string WorkspaceId, string RequestId, string Model, TaskType Task, string? IpAddress, bool Streamed, PromptCopy Prompt, byte[] Answer, MaskedValues? Masked, JudgeSettings Settings) : IDisposable
{
    public int Bytes { get; } = Prompt.Length + Answer.Length;

    public void Dispose() => Prompt.Dispose();
}

/// <summary>Answers that wait to be rated: few, and those that come when it is full are let go. Knows which workspaces' judges rest.</summary>
internal sealed class JudgeQueue(TimeProvider time)
{
    private const int MostWaiting = 256;
    private const int MostWaitingPerWorkspace = 32;
    private const long MostWaitingBytes = 16L * 1024 * 1024;

    private readonly Channel<JudgeJob> _waiting = Channel.CreateBounded<JudgeJob>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait });
    private readonly ConcurrentDictionary<string, int> _perWorkspace = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Rest> _resting = new(StringComparer.Ordinal);
    private long _waitingBytes;

    private readonly record struct Rest(JudgeSettings Settings, DateTimeOffset Until);

    public ChannelReader<JudgeJob> Jobs => _waiting.Reader;

    /// <summary>Takes the job over and returns at once; false when it was let go.</summary>
    public bool TryAdd(JudgeJob job)
    {
        var bytes = job.Bytes;
        if (_perWorkspace.AddOrUpdate(job.WorkspaceId, 1, static (_, waiting) => waiting + 1) <= MostWaitingPerWorkspace
            && Interlocked.Add(ref _waitingBytes, bytes) is var all)
        {
            if (all <= MostWaitingBytes && _waiting.Writer.TryWrite(job))
            {
                return true;
            }

            Interlocked.Add(ref _waitingBytes, -bytes);
        }

        Leave(job.WorkspaceId);
        job.Dispose();
        return false;
    }

    /// <summary>A job that was read is over; its texts are gone.</summary>
    public void Done(JudgeJob job)
    {
        Interlocked.Add(ref _waitingBytes, -job.Bytes);
        Leave(job.WorkspaceId);
        job.Dispose();
    }

    /// <summary>The workspace's answers are not rated until then, or until its settings change.</summary>
    public void RestUntil(string workspaceId, JudgeSettings settings, DateTimeOffset until) => _resting[workspaceId] = new(settings, until);

    public bool IsResting(string workspaceId, JudgeSettings settings)
    {
        if (!_resting.TryGetValue(workspaceId, out var rest))
        {
            return false;
        }

        if (rest.Settings == settings && rest.Until > time.GetUtcNow())
        {
            return true;
        }

        _resting.TryRemove(KeyValuePair.Create(workspaceId, rest));
        return false;
    }

    private void Leave(string workspaceId)
    {
        if (_perWorkspace.AddOrUpdate(workspaceId, 0, static (_, waiting) => waiting - 1) <= 0)
        {
            _perWorkspace.TryRemove(KeyValuePair.Create(workspaceId, 0));
        }
    }
}
