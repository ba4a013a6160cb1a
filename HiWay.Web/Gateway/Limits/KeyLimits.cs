using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Limits;

namespace HiWay.Web.Gateway.Limits;

/// <summary>A key's limits as the windows take them.</summary>
internal static class KeyLimits
{
    /// <summary>What the call's key may do. Guardian's rule `rate_limit` does not stop a call where it only tells.</summary>
    public static RateLimits Of(GatewayCall call) => new(
        call.Workspace.Guardian.RateLimit is { On: true, Action: GuardianAction.Alert } ? null : RpmOf(call), call.Key.Tpm, call.Key.Rpd, call.Key.Concurrency);

    /// <summary>
    /// Requests a minute: the key's own limit, which holds like its other limits whether Guardian's rule `rate_limit` is on or off; while it is on,
    /// keys without one have the rule's. Null is none.
    /// </summary>
    public static int? RpmOf(GatewayCall call) => call.Key.Rpm ?? (call.Workspace.Guardian.RateLimit is { On: true } rule ? rule.Rpm : null);

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
