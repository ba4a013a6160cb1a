using System.Runtime.CompilerServices;
using HiWay.Domain.Errors;
using HiWay.Domain.Metering;
using HiWay.Web.Gateway.Contents;
using HiWay.Web.Gateway.Judging;
using HiWay.Web.Gateway.Stages;

namespace HiWay.Web.Gateway;

/// <summary>
/// The path of one call, top to bottom. Each stage may refuse; the first refusal ends the call. Every stage writes its verdict and
/// its time into the call's trace, so the request page of the dashboard shows this very list.
/// </summary>
internal sealed class GatewayPipeline(
    Authenticate authenticate, ReadBody readBody, Recall recall, Stages.Guardian guardian, Guard guard, Stages.Shield shield, Mask mask, JudgeBudget judgeBudget,
    ChooseChain chooseChain, GuardFree guardFree, Reserve reserve,
    Dispatch dispatch, Deliver deliver, Refuse refuse, Settle settle, ContentKeeper contents, AnswerSampler sampler, ILogger<GatewayPipeline> log)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(GatewayCall call)
    {
        try
        {
            var refusal = await authenticate.RunAsync(call)   // key → workspace; suspended, expired, wrong scope
                ?? await readBody.RunAsync(call)              // the bytes, and what decisions need of them
                ?? await recall.RunAsync(call)                // the conversation that a kept answer goes on from
                ?? guardian.Run(call)                         // what runs away: repeats, bloat, spikes, loops; free of quota and cost
                ?? guard.Run(call)                            // requests and tokens per minute; free of cost
                ?? shield.Run(call)                           // threats; in monitor mode looked at aside, later
                ?? mask.Run(call)                             // personal data becomes placeholders from here on
                ?? await judgeBudget.RunAsync(call)           // what the caps say: nothing, a lower tier, or no
                ?? chooseChain.Run(call)                      // pin, tier or analyzers → deployments, best first
                ?? guardFree.Run(call)                        // how often a workspace calls free models
                ?? await reserve.RunAsync(call);              // worst-case cost set aside against the caps
            if (refusal is null)
            {
                ContentKeeper.Begin(call);   // the prompt, where the workspace keeps it
                using var answer = await dispatch.RunAsync(call);   // the first deployment that begins to answer
                if (answer is not null)
                {
                    // Commit point. Nothing has been sent yet, so every refusal above is a clean HTTP error and every
                    // provider failure could still move down the chain. From here on a failure ends the stream.
                    shield.Watch(call);
                    refusal = shield.CheckAnswer(call, answer);
                    if (refusal is null)
                    {
                        sampler.Begin(call);   // a share of the answers is rated later, where the workspace wants that
                        await deliver.RunAsync(call, answer);
                        sampler.End(call);
                        return;
                    }
                }

                refusal ??= call.Error!;
            }

            shield.Watch(call);
            await refuse.RunAsync(call, refusal);
        }
        catch (Exception gone) when (call.Http.RequestAborted.IsCancellationRequested)
        {
            call.EndReason = EndReason.ClientGone;
            call.Status = StatusCodes.Status499ClientClosedRequest;
            if (call.LastAttempt is { Failure: null } running)
            {
                Settle.EstimateBegun(call, running);
            }

            GatewayLog.ClientGone(log, call.RequestId, call.ElapsedMs);
            _ = gone;
        }
        catch (Exception failure)
        {
            GatewayLog.Failed(log, failure, call.RequestId);
            await FailAsync(call);
        }
        finally
        {
            // Tokens are owed even when the client has left, so its leaving does not stop the bookkeeping.
            SettleAtLast(call);
            contents.End(call);
            call.Dispose();
        }
    }

    private async Task FailAsync(GatewayCall call)
    {
        if (call.Http.Response.HasStarted)
        {
            // Half an answer must not look whole.
            call.EndReason = EndReason.UpstreamCut;
            call.Http.Abort();
            return;
        }

        call.Http.Response.Headers.Remove("Content-Length");
        await refuse.RunAsync(call, new GatewayError(GatewayErrorKind.Internal,
            $"HiWay failed on this call. It is written down under {call.RequestId}; trying again may help."));
    }

    private void SettleAtLast(GatewayCall call)
    {
        try
        {
            settle.Run(call);
        }
        catch (IOException failure)
        {
            GatewayLog.NotJournalled(log, failure, call.RequestId);
        }
    }
}
