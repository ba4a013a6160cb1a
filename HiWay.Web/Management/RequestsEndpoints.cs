using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Contents;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Replay;

namespace HiWay.Web.Management;

/// <summary><c>requests</c>: the log, and one request with its decision trace.</summary>
internal static class RequestsEndpoints
{
    public static void MapRequests(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/requests", async (ManagementCall call, RequestFilterParameters parameters, Paging paging, IRequestLog log) =>
            (await log.ReadAsync(call.Actor, parameters.Filter, paging.Cursor, paging.Limit, call.Http.RequestAborted)).Page())
            .WithName("ListRequests").WithSummary("Requests, newest first.");

        workspace.MapGet("/requests/{id}", GetAsync)
            .WithName("GetRequest").WithSummary("One request with every stage and every attempt.");
    }

    private static async Task<IResult> GetAsync(ManagementCall call, string id, IRequestLog log, IDecisions decisions, ICallContents contents, CancellationToken cancellationToken)
    {
        var found = await log.GetAsync(call.Actor, id, cancellationToken);
        if (found.Refusal is not null)
        {
            return found.Ok();
        }

        var decision = await decisions.ExplainAsync(call.Actor, found.Value, cancellationToken);
        var texts = await contents.FindAsync(call.Actor, id, cancellationToken);
        return found.Ok(detail => Shape(detail, decision.Succeeded ? decision.Value : null, texts.Succeeded ? texts.Value : null));
    }

    /// <summary>The fields of the row, and behind them those that only the detail has.</summary>
    /// <param name="texts">Null where none are kept, or the caller's role does not read them.</param>
    private static JsonObject Shape(RequestDetail detail, DecisionView? decision, CallTexts? texts)
    {
        var json = JsonSerializer.SerializeToNode(detail.Row, ManagementJson.Options)!.AsObject();
        json["upstream_dialect"] = detail.UpstreamDialect;
        json["score"] = detail.Score;
        json["reason"] = detail.Reason;
        json["decision"] = decision is null ? null : JsonSerializer.SerializeToNode(
            new
            {
                decision.Base,
                decision.Analyzers,
                decision.Task,
                decision.Profile,
                decision.Budget,
                decision.CachedTokens,
                decision.SomebodyWasUnwell,
                Candidates = decision.Candidates.Select(candidate => new { candidate.Model, Price = PriceBody.From(candidate.Price), candidate.Quality, candidate.ExcludedBecause }),
            },
            ManagementJson.Options);
        json["usage_estimated"] = detail.UsageEstimated;
        json["dropped"] = JsonSerializer.SerializeToNode(detail.Dropped, ManagementJson.Options);
        json["stages"] = JsonSerializer.SerializeToNode(detail.Stages, ManagementJson.Options);
        json["attempts_list"] = JsonSerializer.SerializeToNode(
            detail.AttemptList.Select(attempt => new
            {
                attempt.Model,
                attempt.Provider,
                attempt.CredentialId,
                attempt.Status,
                attempt.Failure,
                attempt.Error,
                attempt.LatencyMs,
                attempt.TtftMs,
                InputTokens = attempt.Usage.Input + attempt.Usage.AudioInput + attempt.Usage.ImageInput,
                OutputTokens = attempt.Usage.Output + attempt.Usage.AudioOutput + attempt.Usage.ImageOutput,
                CacheReadTokens = attempt.Usage.CacheRead,
                CacheWriteTokens = attempt.Usage.CacheWrite5m + attempt.Usage.CacheWrite1h,
                ReasoningTokens = attempt.Usage.Reasoning,
                attempt.CostUsd,
                attempt.Unpriced,
            }),
            ManagementJson.Options);
        json["content"] = texts is null ? null : JsonSerializer.SerializeToNode(texts, ManagementJson.Options);
        return json;
    }
}

/// <summary>The log's filters: <c>?from=&amp;to=&amp;model=&amp;key_id=&amp;provider=&amp;tier=&amp;status=&amp;end_user=&amp;tag=</c>.</summary>
internal sealed record RequestFilterParameters(RequestFilter Filter, Refusal? Refusal) : IRefusable
{
    public static ValueTask<RequestFilterParameters?> BindAsync(HttpContext http)
    {
        var range = new UsageRange(http.Request.Query);
        var filter = new RequestFilter
        {
            From = range.Instant("from"),
            To = range.Instant("to"),
            Model = range.Text("model"),
            KeyId = range.Text("key_id"),
            Provider = range.Text("provider"),
            Tier = range.Text("tier"),
            Status = range.Text("status"),
            EndUser = range.Text("end_user"),
            Tag = range.Text("tag"),
        };
        return ValueTask.FromResult<RequestFilterParameters?>(new(filter, range.Refusal));
    }
}
