using System.Diagnostics;
using HiWay.Domain.Errors;
using HiWay.Domain.Metering;

namespace HiWay.Web.Gateway.Stages;

/// <summary>One stage of the path that decides at once. Writes its verdict and its time into the call's trace.</summary>
internal abstract class Stage(string name)
{
    /// <summary>The refusal that ends the call, or null to go on.</summary>
    public GatewayError? Run(GatewayCall call)
    {
        var error = Decide(call, out var verdict);
        call.Record(name, verdict);
        return error;
    }

    /// <param name="verdict">A few words for the trace.</param>
    protected abstract GatewayError? Decide(GatewayCall call, out string verdict);
}

internal static class TraceExtensions
{
    /// <summary>Adds the line of a stage that began when the one before it ended: one look at the clock for each.</summary>
    public static void Record(this GatewayCall call, string stage, string verdict) => call.Record(stage, verdict, call.TracedUntil);

    /// <summary>Adds one line to the trace.</summary>
    /// <param name="startedAt">Stopwatch ticks.</param>
    public static void Record(this GatewayCall call, string stage, string verdict, long startedAt)
    {
        call.TracedUntil = Stopwatch.GetTimestamp();
        call.Trace.Add(new StageRecord(stage, verdict, (long)Stopwatch.GetElapsedTime(startedAt, call.TracedUntil).TotalMicroseconds));
    }
}
