using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Batches;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Contents;

/// <summary>The rows of <c>request_contents</c>: masked, sealed and written behind the calls, opened for who may read them.</summary>
internal sealed partial class CallContents(
    IDbContextFactory<HiWayDb> contexts, TextVault vault, ISnapshots snapshots, IOptions<ContentOptions> options, TimeProvider clock, ILogger<CallContents> log)
    : BatchedRecorder<CallContent>(batchSize: 50), ICallContents
{
    private const string Purpose = "content";

    /// <summary>What waits for the database at most. Texts beyond it are let go: a call does not wait, and memory has an end.</summary>
    private const long MaxWaitingBytes = 64L * 1024 * 1024;

    private long _waitingBytes;

    public TimeSpan KeepFor => TimeSpan.FromDays(options.Value.RetentionDays);

    public void Record(CallContent content)
    {
        if (Interlocked.Add(ref _waitingBytes, content.Bytes) > MaxWaitingBytes || !TryAdd(content))
        {
            Interlocked.Add(ref _waitingBytes, -content.Bytes);
            LogLost(log, content.RequestId);
        }
    }

    public async Task<Outcome<CallTexts?>> FindAsync(Actor actor, string requestId, CancellationToken cancellationToken)
    {
        if (actor.Lacks(Permission.ReadContent) is { } refusal)
        {
            return refusal;
        }

        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.RequestContents.AsNoTracking()
            .FirstOrDefaultAsync(row => row.WorkspaceId == actor.WorkspaceId && row.RequestId == requestId && row.ExpiresAt > now, cancellationToken);
        return row is not null && vault.Open(Purpose, row.WorkspaceId, row.RequestId, new(row.KeyVersion, row.Nonce, row.Ciphertext, row.AuthTag)) is { } plain
            && JsonSerializer.Deserialize<KeptTexts>(plain) is { } texts
            ? new CallTexts(texts.Request, texts.Answer, texts.Truncated, row.ExpiresAt)
            : (CallTexts?)null;
    }

    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.RequestContents
            .Where(row => row.ExpiresAt <= now || !db.Workspaces.Any(workspace => workspace.Id == row.WorkspaceId && workspace.LogContent && workspace.DeletedAt == null))
            .ExecuteDeleteAsync(cancellationToken);
    }

    protected override async Task WriteAsync(List<CallContent> batch, CancellationToken stop)
    {
        var rows = new List<RequestContentRow>(batch.Count);
        foreach (var content in batch)
        {
            if (Seal(content) is { } row)
            {
                rows.Add(row);
            }

            Interlocked.Add(ref _waitingBytes, -content.Bytes);
        }

        await UntilDoneAsync(
            async () =>
            {
                await using var db = await contexts.CreateDbContextAsync(stop);
                db.RequestContents.AddRange(rows);
                await db.SaveChangesAsync(stop);
            },
            rows.Count, stop);
    }

    protected override void NotWritten(int count, Exception failure) => LogNotWritten(log, count, failure);

    /// <returns>Null when the workspace has switched keeping off meanwhile, or the texts could not be masked for certain.</returns>
    private RequestContentRow? Seal(CallContent content)
    {
        if (snapshots.Workspace(content.WorkspaceId) is not { LogContent: true })
        {
            return null;
        }

        try
        {
            var texts = KeptTexts.Of(content, options.Value.MaxCharacters);
            var text = vault.Seal(Purpose, content.WorkspaceId, content.RequestId, JsonSerializer.SerializeToUtf8Bytes(texts));
            return new RequestContentRow
            {
                WorkspaceId = content.WorkspaceId,
                RequestId = content.RequestId,
                CreatedAt = content.At,
                ExpiresAt = content.At + KeepFor,
                KeyVersion = text.KeyVersion,
                Nonce = text.Nonce,
                Ciphertext = text.Ciphertext,
                AuthTag = text.AuthTag,
            };
        }
        catch (Exception failure) when (failure is PatternTooSlowException or JsonException or InvalidOperationException)
        {
            LogNotMasked(log, content.RequestId, failure);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The texts of {RequestId} are not kept: too many wait for the database.")]
    private static partial void LogLost(ILogger log, string requestId);

    [LoggerMessage(LogLevel.Warning, "The texts of {RequestId} are not kept: they could not be looked through for personal data.")]
    private static partial void LogNotMasked(ILogger log, string requestId, Exception failure);

    [LoggerMessage(LogLevel.Warning, "The texts of {Count} calls could not be written.")]
    private static partial void LogNotWritten(ILogger log, int count, Exception failure);
}
