using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Privacy;

namespace HiWay.Infrastructure.Contents;

/// <summary>Prompts and answers of the workspaces that want them kept: masked, encrypted per workspace, for a while.</summary>
public interface ICallContents
{
    /// <summary>Takes the texts over and returns at once; they are masked, sealed and written behind the call.</summary>
    void Record(CallContent content);

    /// <returns>Null where none is kept: the workspace keeps none, the call carried none, its time is over, or its master key is gone.</returns>
    Task<Outcome<CallTexts?>> FindAsync(Actor actor, string requestId, CancellationToken cancellationToken);

    /// <summary>Deletes what is past its time, and what workspaces hold that keep none any more.</summary>
    Task<int> PurgeAsync(CancellationToken cancellationToken);

    /// <summary>How long texts are kept.</summary>
    TimeSpan KeepFor { get; }
}

/// <summary>What one call carried, as it was.</summary>
/// <param name="Masking">Finds what is masked before anything is kept.</param>
/// <param name="Request">The body, JSON.</param>
/// <param name="Answer">What the client got; empty when the call failed.</param>
/// <param name="ReadAnswer">Makes JSON of the answer, away from the call; a stream is put together there.</param>
public sealed record CallContent(
    string WorkspaceId, string RequestId, DateTimeOffset At, PiiScanner Masking, byte[] Request, byte[] Answer, Func<byte[], byte[]> ReadAnswer)
{
    public int Bytes => Request.Length + Answer.Length;
}

/// <param name="Request">The body as it was sent, masked; JSON unless it was cut.</param>
/// <param name="Answer">What the client got, masked; of a stream its text. Null when the call failed.</param>
/// <param name="Truncated">One of them was longer than what is kept.</param>
public sealed record CallTexts(string Request, string? Answer, bool Truncated, DateTimeOffset ExpiresAt);
