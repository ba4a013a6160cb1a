using System.Diagnostics;
using System.Runtime.CompilerServices;
using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Health;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Operations.Providers;
using HiWay.Web.Gateway.Stages;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>Runs one attempt after the other within the call's time, and tells the health records how each went.</summary>
internal sealed class Attempts(
    UpstreamClient upstream, Watchdog watchdog, HealthMonitor health, WarmPrompts warm, Reserve reserve, IUsageJournal journal, IOptions<GatewayOptions> options, ILogger<Attempts> log)
{
    /// <summary>The answer that has begun, or null with the failure written on the attempt.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamAnswer?> RunAsync(GatewayCall call, Attempt attempt)
    {
        call.Attempts.Add(attempt);
        UnderWay.Open(call, attempt.Deployment, journal);
        var watch = watchdog.Start(call.TimeLeft(options.Value.TotalTimeout), call.Http.RequestAborted);
        UpstreamAnswer? answer = null;
        try
        {
            answer = await upstream.TryAsync(call, attempt, watch);
        }
        finally
        {
            if (answer is null)
            {
                watch.Dispose();
                if (attempt.Failure is null)
                {
                    health.Left(attempt.Deployment);
                }
            }
        }

        if (attempt.Failure is FailureClass.Timeout)
        {
            Settle.EstimateBegun(call, attempt);
        }

        UnderWay.Seen(call, answer);
        if (answer is null)
        {
            Failed(call, attempt);
        }
        else if (!SaysOfHealth(call))
        {
            health.Left(attempt.Deployment);
        }
        else
        {
            health.Began(attempt.Deployment, Stopwatch.GetElapsedTime(attempt.StartedAt, attempt.FirstContentAt).TotalMilliseconds);
            if (answer is WholeAnswer)
            {
                health.Succeeded(attempt.Deployment, attempt.LatencyMs);
                warm.Remember(call, attempt);
            }
        }

        return answer;
    }

    /// <summary>Who is asked after the attempt that failed last, once its pause is over; null when the chain is over or its time is.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<Deployment?> NextAsync(GatewayCall call)
    {
        if (call.TimeLeft(options.Value.TotalTimeout) == TimeSpan.Zero || ChainWalk.Next(call, health, out var pause) is not { } next)
        {
            return null;
        }

        if (pause > TimeSpan.Zero)
        {
            if (pause >= call.TimeLeft(options.Value.TotalTimeout))
            {
                health.Left(next);
                return null;
            }

            await Task.Delay(pause, call.Http.RequestAborted);
        }

        if (await reserve.ExtendAsync(call, next))
        {
            return next;
        }

        health.Left(next);   // a cap leaves no room for another attempt
        return null;
    }

    /// <summary>A stream came to its end, or its reader wanted no more.</summary>
    public void Streamed(GatewayCall call, Attempt attempt)
    {
        if (!call.Key.IsTest)
        {
            health.Succeeded(attempt.Deployment, attempt.LatencyMs);
            warm.Remember(call, attempt);
        }
    }

    /// <summary>A stream broke off after its first content.</summary>
    public void Broke(GatewayCall call, Attempt attempt, FailureClass failure)
    {
        GatewayLog.AttemptFailed(log, call.RequestId, call.Attempts.Count, attempt.Deployment.Model.Id, failure.Text(), attempt.LatencyMs);
        if (!SaysOfHealth(call) || IsTheCallers(call, failure))
        {
            health.Left(attempt.Deployment);
        }
        else
        {
            health.Failed(attempt.Deployment, failure, null, attempt.ErrorText);
        }
    }

    /// <summary>The test provider is always well, and a route that HiWay does not model says nothing of a model.</summary>
    private static bool SaysOfHealth(GatewayCall call) => !call.Key.IsTest && call.Operation is not ProviderOperation;

    /// <summary>The caller's deadline ended the attempt, which says nothing of the deployment.</summary>
    private static bool IsTheCallers(GatewayCall call, FailureClass failure) => failure == FailureClass.Timeout && call.IsLate;

    /// <summary>Writes a failed attempt down: in the log and in the deployment's health.</summary>
    private void Failed(GatewayCall call, Attempt attempt)
    {
        var failure = attempt.Failure!.Value;
        GatewayLog.AttemptFailed(log, call.RequestId, call.Attempts.Count, attempt.Deployment.Model.Id, failure.Text(), attempt.LatencyMs);
        if (failure == FailureClass.CannotExpress || IsTheCallers(call, failure))
        {
            health.Left(attempt.Deployment);    // nobody was asked, or the caller would not wait
        }
        else if (!call.Key.IsTest)
        {
            health.Failed(attempt.Deployment, failure, attempt.UpstreamError?.RetryAfter, attempt.ErrorText);
        }
    }
}
