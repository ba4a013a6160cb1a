using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>An operation whose answer comes whole, from one upstream call or from several that together take the request.</summary>
internal abstract class WholeOperation : Operation
{
    public override async ValueTask<UpstreamAnswer?> AskAsync(GatewayCall call, Attempt attempt, UpstreamClient upstream, Watch watch)
    {
        attempt.UpstreamDialectName = UpstreamName(attempt.Deployment);
        var relay = NewRelay(call, attempt.Deployment);
        RentedBuffer? bytes = null;
        var handedOn = false;
        try
        {
            var parts = Parts(attempt.Deployment);
            for (var part = 0; part < parts; part++)
            {
                using var sent = new RentedBuffer(call.Body.Bytes.Length + 256);
                using var request = NewRequest(call, attempt, part, sent);
                using var body = await upstream.SendAsync(call, attempt, request, HeadersBudget(upstream.HeadersTimeout), watch);
                if (body is null)
                {
                    return null;
                }

                bytes?.Dispose();
                bytes = await upstream.ReadAllAsync(body, watch);
                if (part < parts - 1 ? !Read(attempt, relay, bytes) : !Take(attempt, relay, bytes))
                {
                    return null;
                }
            }

            handedOn = true;
            return new WholeAnswer(attempt, watch, bytes!, relay);
        }
        finally
        {
            if (!handedOn)
            {
                bytes?.Dispose();
            }
        }
    }

    /// <summary>The answer to one request that is ready to be sent.</summary>
    protected async ValueTask<UpstreamAnswer?> ReadWholeAsync(GatewayCall call, Attempt attempt, HttpRequestMessage request, UpstreamClient upstream, Watch watch)
    {
        using var body = await upstream.SendAsync(call, attempt, request, HeadersBudget(upstream.HeadersTimeout), watch);
        if (body is null)
        {
            return null;
        }

        var relay = NewRelay(call, attempt.Deployment);
        var bytes = await upstream.ReadAllAsync(body, watch);
        try
        {
            if (Take(attempt, relay, bytes))
            {
                return new WholeAnswer(attempt, watch, bytes, relay);
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }

        bytes.Dispose();
        return null;
    }

    /// <summary>Reads the last part; false with the failure on the attempt when it is no answer.</summary>
    private static bool Take(Attempt attempt, IAnswerRelay relay, RentedBuffer bytes)
    {
        if (!Read(attempt, relay, bytes))
        {
            return false;
        }

        if (!relay.HasContent)
        {
            attempt.Fail(FailureClass.EmptyAnswer, "The provider's answer is empty or not whole.");
            return false;
        }

        attempt.EndedAt = attempt.FirstContentAt = System.Diagnostics.Stopwatch.GetTimestamp();
        return true;
    }

    private static bool Read(Attempt attempt, IAnswerRelay relay, RentedBuffer bytes)
    {
        relay.Read(bytes.Span);

        // What earlier parts used is owed even when a later one fails.
        attempt.Usage = relay.Usage ?? default;
        if (relay.Failure is not { } failure)
        {
            return true;
        }

        attempt.UpstreamError = failure;
        attempt.Fail(Failures.ClassOf(failure), failure.Message);
        return false;
    }

    /// <summary>The upstream's API as usage rows spell it.</summary>
    protected abstract string UpstreamName(Deployment deployment);

    /// <summary>Upstream calls that the request takes.</summary>
    protected virtual int Parts(Deployment deployment) => 1;

    /// <summary>How long the answer may take to begin.</summary>
    protected virtual TimeSpan HeadersBudget(TimeSpan standard) => standard;

    /// <param name="part">From 0.</param>
    /// <param name="sent">Receives the body; lives as long as the request.</param>
    protected abstract HttpRequestMessage NewRequest(GatewayCall call, Attempt attempt, int part, RentedBuffer sent);

    /// <summary>Reads the parts in turn and writes one answer.</summary>
    protected abstract IAnswerRelay NewRelay(GatewayCall call, Deployment deployment);
}
