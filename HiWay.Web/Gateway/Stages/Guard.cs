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

        var refusal = KeyLimits.Refusal(call, admission);
        verdict = $"over {refusal.Details[0].Value}";
        return refusal;
    }
}
