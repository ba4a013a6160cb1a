using HiWay.Domain.Errors;
using HiWay.Domain.Privacy;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Takes personal data and secrets out of the body: everything after this stage, the provider included, sees placeholders. Off unless
/// the workspace masks with the scope `full`.
/// </summary>
internal sealed class Mask() : Stage("mask")
{
    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        var privacy = call.Workspace.Privacy;
        if (!privacy.MasksUpstream)
        {
            verdict = "off";
            return null;
        }

        if (call.Body.Bytes.Length == 0)
        {
            var empty = call.Http.Request.ContentLength is null or 0 && call.Http.Request.Headers.TransferEncoding.Count == 0;
            verdict = empty ? "no body" : "refused";
            return empty ? null : new GatewayError(GatewayErrorKind.UnsupportedEndpoint,
                "This workspace masks what goes to providers, and a form or file that is passed on as it comes cannot be masked. Send JSON, or change the scope under Privacy.");
        }

        using var masked = new RentedBuffer(call.Body.Bytes.Length + 256);
        MaskedValues? values = null;
        try
        {
            if (!JsonMask.Write(call.Body.Bytes.Span, privacy.Scanner, ref values, masked))
            {
                verdict = "nothing to mask";
                return null;
            }
        }
        catch (PatternTooSlowException slow)
        {
            // A prompt that could not be looked through must not leave as it is.
            verdict = "refused";
            return new GatewayError(GatewayErrorKind.InvalidRequest,
                $"The custom masking pattern '{slow.Pattern}' took too long on this prompt, so nothing was sent. Make the pattern simpler under Privacy.");
        }

        var (bytes, length) = masked.Detach();
        var (body, error) = call.Operation is { } operation ? operation.Rescan(call, bytes, length) : call.Client.Scan(bytes, length);
        if (body is null)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
            verdict = "refused";
            return error;
        }

        // The books know the end user by the name that the caller gave.
        var before = call.Body;
        (body.EndUser, body.PromptCaching) = (before.EndUser, before.PromptCaching);
        call.Body = body;
        before.Dispose();
        call.Masked = privacy.Restore ? values : null;
        verdict = values!.Count == 1 ? "1 value" : $"{values.Count} values";
        return null;
    }
}
