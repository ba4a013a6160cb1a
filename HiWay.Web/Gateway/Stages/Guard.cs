using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Domain.Limits;
using HiWay.Infrastructure.Limits;
using HiWay.Web.Gateway.Limits;

namespace HiWay.Web.Gateway.Stages;

/// <summary>What the key may do per minute, per day and at once. A call refused here costs neither quota nor money.</summary>
internal sealed class Guard(RateWindows limits, Guardian guardian) : Stage("guard")
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

        var (enforced, rpm) = (KeyLimits.Of(call), KeyLimits.RpmOf(call));
        var admission = limits.Admit(call.Key.Id, enforced with { Rpm = rpm }, call.EstimatedTokens);
        if (admission.Refusal is RateRefusal.RequestsPerMinute && call.Workspace.Guardian.RateLimit is { On: true } rule)
        {
            guardian.Record(call, guardian.WatchOf(call), new(
                GuardianRule.RateLimit, rule.Action, enforced.Rpm is not null, admission.RetryAfterSeconds, rpm!.Value + 1, rpm.Value, SlidingWindow.Seconds));
            admission = enforced.Rpm is null ? limits.Admit(call.Key.Id, enforced, call.EstimatedTokens) : admission;
        }

        call.Admission = admission;
        if (admission.Admitted)
        {
            verdict = "within limits";
            return null;
        }

        var refusal = KeyLimits.Refusal(call, admission);
        verdict = $"over {refusal.Details[0].Value}";
        return refusal;
    }
}
