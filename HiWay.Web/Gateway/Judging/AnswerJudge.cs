using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Judging;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Scores;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Web.Gateway.Judging;

/// <summary>
/// Rates answers in the background. Each rating is a call of the workspace like any other, with the same checks, caps, masking and books, under a
/// stand-in key with a daily cap. A judge that fails rests for a while; the calls that it rates never know.
/// </summary>
internal sealed partial class AnswerJudge(
    JudgeQueue queue, InProcessCalls calls, ISnapshots snapshots, IScores scores, IJudgeFailures failures, TimeProvider time, ILogger<AnswerJudge> log) : BackgroundService
{
    private const int AtOnce = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_firstRest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, TimeSpan> _rests = new(StringComparer.Ordinal);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => RunAsync(stoppingToken)));

    private async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        await foreach (var job in queue.Jobs.ReadAllAsync(stop))
        {
            try
            {
                await RateAsync(job, stop);
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                LogNotRated(log, job.RequestId, failure);
            }
            finally
            {
                queue.Done(job);
            }
        }
    }

    private async Task RateAsync(JudgeJob job, CancellationToken stop)
    {
        // Settings may have changed while it waited, and a rest may have begun.
        if (snapshots.Workspace(job.WorkspaceId) is not { Judge: { } settings } workspace || queue.IsResting(job.WorkspaceId, settings)
            || AnswerWords.Of(job.Answer, job.Streamed) is not { } answer)
        {
            return;
        }

        var structured = workspace.Resolve(settings.Model, snapshots.Catalogue).Deployment?.Model.Can(ModelCapabilities.JsonSchema) is true;
        var body = JudgePrompt.Write(settings.Model, Conversation(job), answer, Mark(), structured);
        var said = await AskAsync(new(CallOrigin.Judge, "/v1/chat/completions", body, workspace, JudgeKey.Of(workspace.Id, settings), job.IpAddress), stop);
        if (said.IsError)
        {
            await FailedAsync(job.WorkspaceId, settings, JsonNode.Parse(said.Json)?["error"], stop);
        }
        else if (JudgePrompt.Read(Content(said.Json)) is { } rating)
        {
            _rests.TryRemove(job.WorkspaceId, out _);
            await scores.RecordAsync(job.WorkspaceId, job.RequestId, job.Model, job.Task, rating, stop);
        }
        else
        {
            await RestAsync(job.WorkspaceId, settings, JudgeRules.UnreadableRating, $"'{settings.Model}' answered without a rating that can be read.", null, stop);
        }
    }

    private async Task<InProcessEvent> AskAsync(InProcessCall call, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(s_patience);
        var last = default(InProcessEvent);
        try
        {
            await foreach (var said in calls.RunAsync(call, patience.Token))
            {
                last = said;
            }

            return last.Json is null ? TooSlow() : last;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return TooSlow();
        }
    }

    private Task FailedAsync(string workspaceId, JudgeSettings settings, JsonNode? error, CancellationToken stop)
    {
        var code = error?["code"]?.GetValue<string>() ?? "internal_error";
        if (code == "threat_blocked")
        {
            return Task.CompletedTask;   // the judge is well; the Shield did not want this prompt to go out twice
        }

        // The judge's own limit is no fault: it goes on when the day is over.
        var resetAt = code == "budget_exceeded" && error?["scope"]?.GetValue<string>() == "key" && DateTimeOffset.TryParse(error["reset_at"]?.GetValue<string>(), out var reset) ? reset : (DateTimeOffset?)null;
        return RestAsync(workspaceId, settings, code, error?["message"]?.GetValue<string>() ?? "The rating failed.", resetAt, stop);
    }

    private async Task RestAsync(string workspaceId, JudgeSettings settings, string code, string message, DateTimeOffset? until, CancellationToken stop)
    {
        var rest = _rests.AddOrUpdate(workspaceId, s_firstRest, static (_, before) => before * 2 < s_longestRest ? before * 2 : s_longestRest);
        queue.RestUntil(workspaceId, settings, until ?? time.GetUtcNow() + rest);
        LogFailed(log, workspaceId, code);
        await failures.RecordAsync(workspaceId, code, message, stop);
    }

    /// <summary>The prompt's texts with their roles, with values where the answer has values and placeholders where it has those.</summary>
    private static string Conversation(JudgeJob job)
    {
        var texts = new StringBuilder();
        for (var i = 0; i < job.Prompt.Count; i++)
        {
            texts.Append(job.Prompt.RoleOf(i).ToString().ToLowerInvariant()).Append(": ").Append(Encoding.UTF8.GetString(job.Prompt[i])).Append('\n');
        }

        return job.Masked is { } masked ? masked.Restore(texts.ToString(), final: true, inJson: false).Out : texts.ToString();
    }

    private static string? Content(string json) =>
        JsonNode.Parse(json)?["choices"] is JsonArray { Count: > 0 } choices && choices[0]?["message"]?["content"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Mark() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));

    private static InProcessEvent TooSlow() => new(
        StatusCodes.Status504GatewayTimeout, $$$"""{"error":{"code":"timeout","message":"The judge did not answer within {{{s_patience.TotalSeconds:0}}} s."}}""");

    [LoggerMessage(LogLevel.Warning, "The answer of {RequestId} could not be rated.")]
    private static partial void LogNotRated(ILogger log, string requestId, Exception failure);

    [LoggerMessage(LogLevel.Information, "The judge of {WorkspaceId} rests: {Code}")]
    private static partial void LogFailed(ILogger log, string workspaceId, string code);
}
