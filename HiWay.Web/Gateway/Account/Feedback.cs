using HiWay.Domain.Errors;
using HiWay.Infrastructure.Scores;
using HiWay.Web.Management;

namespace HiWay.Web.Gateway.Account;

/// <summary><c>POST /v1/feedback</c>: how good an answer was, from the program that asked for it.</summary>
internal static class Feedback
{
    internal sealed record FeedbackBody(string? RequestId = null, double? Score = null);

    public static void MapFeedback(this IEndpointRouteBuilder app) => app
        .MapPost("/v1/feedback", RecordAsync).For(Caller.AnyKey)
        .WithName("GiveFeedback").WithSummary("Scores the answer of a request of the key's workspace, 0 to 1; the last score counts.");

    private static async Task<IResult> RecordAsync(ManagementCall call, JsonBody<FeedbackBody> body, IScores scores, CancellationToken cancellationToken)
    {
        var key = call.Grant!.Key;
        if (key.Suspended || !key.CanInfer)
        {
            return new Refusal(RefusalKind.Forbidden, key.Suspended
                ? $"The key '{key.Name}' is suspended. A member can restore it in the dashboard."
                : $"The key '{key.Name}' lacks the scope 'inference'. Use one that has it.").Refused();
        }

        return body.Refusal is { } wrong
            ? wrong.Refused()
            : (await scores.RecordAsync(call.Grant.Workspace.Id, body.Value.RequestId, body.Value.Score, ScoreSource.Feedback, cancellationToken)).Ok();
    }
}
