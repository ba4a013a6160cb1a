using HiWay.Domain.Errors;
using HiWay.Domain.Privacy;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Shield;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Threats in the prompt. In block mode it looks before anything leaves; in monitor mode it only takes a copy, which is looked at aside
/// once the answer has begun.
/// </summary>
internal sealed class Shield(ShieldMonitor monitor, ISecurityEvents events, TimeProvider time) : Stage("shield")
{
    private const int FewTexts = 32;

    /// <summary>Hands the prompt to the monitor; called when the answer begins or the call was refused, so that it delays neither.</summary>
    public void Watch(GatewayCall call)
    {
        if (call.ToWatch is { } texts)
        {
            call.ToWatch = null;
            monitor.Watch(ShieldCall.Of(call), texts, Masked(call), output: false);
        }
    }

    /// <summary>Hands an answer's texts to the monitor.</summary>
    public void WatchAnswer(GatewayCall call, PromptCopy texts) => monitor.Watch(ShieldCall.Of(call), texts, [], output: true);

    /// <summary>What an answer that is here whole gives away; a refusal only in block mode.</summary>
    public GatewayError? CheckAnswer(GatewayCall call, UpstreamAnswer answer)
    {
        if (answer is not WholeAnswer whole || !ScansOutput(call))
        {
            return null;
        }

        var texts = AnswerTexts.Of(whole.Body.Span);
        if (ShieldCall.ModeOf(call) != ShieldMode.Block)
        {
            WatchAnswer(call, texts);
            return null;
        }

        using (texts)
        {
            return PromptJudge.JudgeAnswer(texts) is [var leak, ..] ? RefuseAnswer(call, leak, texts.Sha256()) : null;
        }
    }

    /// <summary>Writes down a leak and says no to it.</summary>
    public GatewayError RefuseAnswer(GatewayCall call, Threat leak, string sha256)
    {
        events.Record(ShieldCall.Of(call).Event(leak, sha256, blocked: true, output: true, time.GetUtcNow()));
        return Refusal(leak, $"The answer contains what looks like a secret ({leak.Detail}), and this workspace blocks that. See Security > Events.");
    }

    /// <summary>Answers of this call are looked at for secrets.</summary>
    public static bool ScansOutput(GatewayCall call) => call.Workspace.Shield.ScanOutput && ShieldCall.ModeOf(call) != ShieldMode.Off;

    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        var mode = ShieldCall.ModeOf(call);
        verdict = mode.Text();
        if (mode == ShieldMode.Off)
        {
            return null;
        }

        var texts = Copy(call);
        if (mode == ShieldMode.Monitor)
        {
            call.WatchAnswer = call.Workspace.Shield.ScanOutput ? answer => WatchAnswer(call, answer) : null;
            call.ToWatch = texts;
            return null;
        }

        if (texts is null)
        {
            verdict = "clean";
            return null;
        }

        using (texts)
        {
            var threats = PromptJudge.Judge(texts, Masked(call));
            if (threats.Count == 0)
            {
                verdict = "clean";
                return null;
            }

            var seen = ShieldCall.Of(call);
            var sha256 = texts.Sha256();
            foreach (var threat in threats)
            {
                events.Record(seen.Event(threat, sha256, threat.Score >= seen.Threshold, output: false, time.GetUtcNow()));
            }

            var worst = threats[0];
            verdict = $"{worst.Type.Text()} {worst.Score:0.00}";
            return worst.Score < seen.Threshold ? null : Refusal(worst,
                $"The prompt looks like a threat ({worst.Type.Text()}{(worst.Detail is { } detail ? $": {detail}" : "")}), and this workspace blocks such prompts. If it is harmless, change the mode or the threshold under Security.");
        }
    }

    private static GatewayError Refusal(Threat threat, string message) => new(GatewayErrorKind.ThreatBlocked, message)
    {
        Details = [new("threat_type", threat.Type.Text()), new("score", Math.Round(threat.Score, 4))],
    };

    /// <summary>The texts to look at; null when all of them are known and clean, as they are when an application repeats itself.</summary>
    private static PromptCopy? Copy(GatewayCall call)
    {
        var body = call.Body;
        var bytes = body.Bytes.Span;
        if (call.Operation?.FormPrompt is { Length: > 0 } said)
        {
            var form = new PromptCopy(said.Length * 2);
            form.Add(HiWay.Domain.Routing.PromptRole.User, System.Text.Json.JsonEncodedText.Encode(said).EncodedUtf8Bytes);
            return form;
        }

        if (body.TextCount == 0 && call.Operation is not null)
        {
            // A provider's own API: every text in its body.
            return AnswerTexts.Of(bytes, HiWay.Domain.Routing.PromptRole.User);
        }

        var known = true;
        Span<TextDigest> digests = body.TextCount <= FewTexts ? stackalloc TextDigest[body.TextCount] : new TextDigest[body.TextCount];
        for (var i = 0; i < digests.Length; i++)
        {
            var span = body.Texts[i];
            known &= PromptJudge.IsKnownClean(span.Role, bytes.Slice(span.Start, span.Length), out digests[i]);
        }

        return known ? null : body.CopyTexts(digests);
    }

    private static IReadOnlyList<PiiFamily> Masked(GatewayCall call) => call.Workspace.Privacy.MasksUpstream ? call.Workspace.Privacy.Families : [];
}
