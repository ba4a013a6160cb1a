using HiWay.Domain.Errors;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Providers;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Free models are shared by everybody, so a workspace may call them only so often, whichever of its keys asks. Looks at what is
/// really called, after routing: a routed call moves on to the next model of its chain, a pinned one is refused.
/// </summary>
internal sealed class GuardFree(RateWindows limits, IOptions<LimitOptions> options) : Stage("guard_free")
{
    /// <summary>How a free variant's name ends.</summary>
    private const string Free = ":free";

    private readonly RateLimits _limits = new(options.Value.FreeRequestsPerMinute, null, options.Value.FreeRequestsPerDay, null);

    public static string SubjectOf(GatewayCall call) => "free/" + call.Workspace.Id;

    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        if (call.Key.IsTest || !IsFree(call.Route.Chain[0]))
        {
            verdict = "no free model";
            return null;
        }

        var admission = limits.Admit(SubjectOf(call), _limits, 0);
        call.FreeAdmission = admission;
        if (admission.Admitted)
        {
            verdict = "within limits";
            return null;
        }

        IReadOnlyList<Deployment> paid = [.. call.Route.Chain.Where(deployment => !IsFree(deployment))];
        if (paid.Count > 0)
        {
            call.Route = call.Route with { Chain = paid, Warm = null };
            verdict = $"free models used up, {paid[0].Model.Id} instead";
            return null;
        }

        verdict = "over free_limit";
        var (limit, period) = admission.Refusal is RateRefusal.RequestsPerDay ? (_limits.Rpd, "a day (UTC)") : (_limits.Rpm, "a minute");
        return new GatewayError(GatewayErrorKind.RateLimitExceeded,
            $"This workspace may call free models {limit} times {period}. Wait {admission.RetryAfterSeconds} s, or name a model that is not free.")
        {
            RetryAfter = TimeSpan.FromSeconds(admission.RetryAfterSeconds),
            Details = [new("rule", "free_limit"), new("limit", limit)],
        };
    }

    private static bool IsFree(Deployment deployment) => deployment.Model.UpstreamModel.EndsWith(Free, StringComparison.OrdinalIgnoreCase);
}
