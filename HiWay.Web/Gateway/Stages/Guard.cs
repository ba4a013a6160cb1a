using HiWay.Domain.Errors;
using HiWay.Infrastructure.Limits;
using HiWay.Web.Gateway.Limits;

namespace HiWay.Web.Gateway.Stages;

/// <summary>What the key may do per minute, per day and at once. A call refused here costs neither quota nor money.</summary>
internal sealed class Guard(RateWindows limits) : Stage("guard")
{
    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        // The answer's length is not known yet; a stated limit is its worst case, a small guess stands in for none.
        const int UnstatedAnswer = 256;
        call.EstimatedTokens = call.Body.PromptTokens + (long)(call.Body.MaxOutputTokens ?? UnstatedAnswer) * call.Body.Choices;
        if (call.Key.Tpm is { } tpm)
        {
            // A wide max_tokens must not lock out a call that a fresh minute could serve.
            call.EstimatedTokens = Math.Min(call.EstimatedTokens, Math.Max(call.Body.PromptTokens, (long)tpm));
        }

        var admission = limits.Admit(call.Key.Id, KeyLimits.Of(call.Key), call.EstimatedTokens);
        call.Admission = admission;
        if (admission.Admitted)
        {
            verdict = "within limits";
            return null;
        }

        var (rule, limit, what) = admission.Refusal switch
        {
            RateRefusal.Concurrency => ("concurrency_limit", call.Key.Concurrency, $"may have {call.Key.Concurrency} calls running at once. Wait for one of them to end"),
            RateRefusal.TokensPerMinute => ("token_limit", call.Key.Tpm, $"may use {call.Key.Tpm} tokens a minute and this call is estimated at {call.EstimatedTokens}. Wait {admission.RetryAfterSeconds} s"),
            RateRefusal.RequestsPerDay => ("daily_limit", call.Key.Rpd, $"may make {call.Key.Rpd} requests a day (UTC). Wait until midnight"),
            _ => ("rate_limit", call.Key.Rpm, $"may make {call.Key.Rpm} requests a minute. Wait {admission.RetryAfterSeconds} s"),
        };
        verdict = $"over {rule}";
        return new GatewayError(GatewayErrorKind.RateLimitExceeded, $"This key {what}, or raise its limit under Keys.")
        {
            RetryAfter = TimeSpan.FromSeconds(admission.RetryAfterSeconds),
            Details = [new("rule", rule), new("limit", limit)],
        };
    }
}
