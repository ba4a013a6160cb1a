using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Limits;

namespace HiWay.Web.Gateway.Limits;

/// <summary>A key's limits as the windows take them.</summary>
internal static class KeyLimits
{
    /// <summary>What the call's key may do. Requests a minute do not stand in the way where Guardian's rule about them is off or only tells.</summary>
    public static RateLimits Of(GatewayCall call) => new(
        call.Workspace.Guardian.RateLimit.Action is GuardianAction.Alert ? null : RpmOf(call), call.Key.Tpm, call.Key.Rpd, call.Key.Concurrency);

    /// <summary>Requests a minute by Guardian's rule `rate_limit`, which has a figure for keys without one of their own; null when nothing is counted.</summary>
    public static int? RpmOf(GatewayCall call) => call.Workspace.Guardian.RateLimit is { On: true } rule ? call.Key.Rpm ?? rule.Rpm : null;

    /// <summary>What a caller over a limit is told; the first detail is the rule.</summary>
    public static GatewayError Refusal(GatewayCall call, in RateAdmission admission)
    {
        var (rule, limit, what) = admission.Refusal switch
        {
            RateRefusal.Concurrency => ("concurrency_limit", call.Key.Concurrency, $"may have {call.Key.Concurrency} calls running at once. Wait for one of them to end"),
            RateRefusal.TokensPerMinute => ("token_limit", call.Key.Tpm, $"may use {call.Key.Tpm} tokens a minute and this call is estimated at {call.EstimatedTokens}. Wait {admission.RetryAfterSeconds} s"),
            RateRefusal.RequestsPerDay => ("daily_limit", call.Key.Rpd, $"may make {call.Key.Rpd} requests a day (UTC). Wait until midnight"),
            _ => ("rate_limit", RpmOf(call), $"may make {RpmOf(call)} requests a minute. Wait {admission.RetryAfterSeconds} s"),
        };
        return new GatewayError(GatewayErrorKind.RateLimitExceeded, $"This key {what}, or raise its limit under Keys.")
        {
            RetryAfter = TimeSpan.FromSeconds(admission.RetryAfterSeconds),
            Details = [new("rule", rule), new("limit", limit)],
        };
    }
}
