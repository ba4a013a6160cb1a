using HiWay.Domain.Errors;
using HiWay.Web.Gateway.Limits;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Requests and tokens per minute of the key. A call refused here costs neither quota nor money.</summary>
internal sealed class Guard(KeyLimits limits) : Stage("guard")
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

        var admission = limits.Admit(call.Key, call.EstimatedTokens);
        call.Admission = admission;
        if (admission.Admitted)
        {
            verdict = "within limits";
            return null;
        }

        verdict = $"over {admission.Limit}";
        var wait = TimeSpan.FromSeconds(admission.RetryAfterSeconds);
        return admission.Limit == "rpm"
            ? new GatewayError(GatewayErrorKind.RateLimitExceeded,
                $"This key may make {call.Key.Rpm} requests a minute. Wait {admission.RetryAfterSeconds} s, or raise its limit under Keys.")
            {
                RetryAfter = wait,
                Details = [new("rule", "rate_limit"), new("limit", call.Key.Rpm)],
            }
            : new GatewayError(GatewayErrorKind.RateLimitExceeded,
                $"This key may use {call.Key.Tpm} tokens a minute and this call is estimated at {call.EstimatedTokens}. Wait {admission.RetryAfterSeconds} s, or raise its limit under Keys.")
            {
                RetryAfter = wait,
                Details = [new("rule", "token_limit"), new("limit", call.Key.Tpm)],
            };
    }
}
