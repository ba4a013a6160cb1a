using HiWay.Domain.Errors;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Web.Gateway.Limits;

/// <summary>A key's limits as the windows take them.</summary>
internal static class KeyLimits
{
    public static RateLimits Of(WorkspaceKey key) => new(key.Rpm, key.Tpm, key.Rpd, key.Concurrency);

    /// <summary>What a caller over a limit is told; the first detail is the rule.</summary>
    public static GatewayError Refusal(GatewayCall call, in RateAdmission admission)
    {
        var (rule, limit, what) = admission.Refusal switch
        {
            RateRefusal.Concurrency => ("concurrency_limit", call.Key.Concurrency, $"may have {call.Key.Concurrency} calls running at once. Wait for one of them to end"),
            RateRefusal.TokensPerMinute => ("token_limit", call.Key.Tpm, $"may use {call.Key.Tpm} tokens a minute and this call is estimated at {call.EstimatedTokens}. Wait {admission.RetryAfterSeconds} s"),
            RateRefusal.RequestsPerDay => ("daily_limit", call.Key.Rpd, $"may make {call.Key.Rpd} requests a day (UTC). Wait until midnight"),
            _ => ("rate_limit", call.Key.Rpm, $"may make {call.Key.Rpm} requests a minute. Wait {admission.RetryAfterSeconds} s"),
        };
        return new GatewayError(GatewayErrorKind.RateLimitExceeded, $"This key {what}, or raise its limit under Keys.")
        {
            RetryAfter = TimeSpan.FromSeconds(admission.RetryAfterSeconds),
            Details = [new("rule", rule), new("limit", limit)],
        };
    }
}
