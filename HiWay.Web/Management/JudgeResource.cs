using HiWay.Infrastructure.Judging;

namespace HiWay.Web.Management;

/// <summary><c>routing/judge</c>: whether a model rates a sample of the workspace's answers, and what came of it.</summary>
internal static class JudgeResource
{
    /// <summary>A field left out stays. What GET answers may be sent back: figures that nobody sets are ignored.</summary>
    internal sealed record JudgeBody
    {
        public bool? Enabled { get; init; }

        public double? SampleRate { get; init; }

        public string? Model { get; init; }

        public decimal? DailyLimitUsd { get; init; }

        public double? ExpectedPerDay { get; init; }

        public decimal? ExpectedUsdPerDay { get; init; }

        public long? JudgedToday { get; init; }

        public decimal? SpentTodayUsd { get; init; }

        public JudgeFailureView? LastFailure { get; init; }

        public JudgeAgreementView? Agreement { get; init; }
    }

    public static void MapJudge(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/routing/judge", async (ManagementCall call, IJudge judge, CancellationToken cancellationToken) =>
            (await judge.GetAsync(call.Actor, cancellationToken)).Ok())
            .WithName("GetJudge").WithSummary("Whether a model rates a sample of the answers, what that costs, and how far it agrees with people.");
        workspace.MapPut("/routing/judge", async (ManagementCall call, JsonBody<JudgeBody> body, IJudge judge, CancellationToken cancellationToken) =>
            (await judge.UpdateAsync(call.Actor, new()
            {
                Enabled = body.Value.Enabled, SampleRate = body.Value.SampleRate, Model = body.Value.Model, DailyLimitUsd = body.Value.DailyLimitUsd,
            }, cancellationToken)).Ok())
            .WithName("SetJudge").WithSummary("Switches the judge on or off, and sets its model, its share of the answers and its daily limit.");
    }
}
