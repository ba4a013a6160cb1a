using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Budgets;

internal static partial class BudgetLog
{
    [LoggerMessage(1, LogLevel.Warning, "The database cannot be asked about caps ({Problem}). Calls go on with the slices of caps that this node holds: at most {ExposureUsd} USD.")]
    public static partial void DatabaseLost(ILogger log, string problem, decimal exposureUsd);

    [LoggerMessage(2, LogLevel.Warning, "The database answers again after {Seconds} s; the slices of caps are reconciled with it, and this node holds {HeldUsd} USD.")]
    public static partial void DatabaseRegained(ILogger log, double seconds, decimal heldUsd);

    [LoggerMessage(3, LogLevel.Debug, "No slice of {Subject}'s cap could be taken: {Problem}")]
    public static partial void NoSlice(ILogger log, string subject, string problem);

    [LoggerMessage(4, LogLevel.Warning, "Slices of {Usd} USD of {Nodes} nodes that were not heard of for {After} are written off. What those nodes were last heard to have used stays counted; it comes into the books if they return.")]
    public static partial void WrittenOff(ILogger log, decimal usd, long nodes, TimeSpan after);

    [LoggerMessage(5, LogLevel.Error, "This node was cut off from the database for {Hours} h and no longer uses the slices of caps that it held; they count as lost for the others.")]
    public static partial void SlicesGivenUp(ILogger log, double hours);

    [LoggerMessage(6, LogLevel.Warning, "That {Subject}'s cap has reached {Verdict} could not be written down ({Problem}); tried again.")]
    public static partial void CrossingWaits(ILogger log, string subject, string verdict, string problem);

    [LoggerMessage(7, LogLevel.Error, "Exchanging what caps have been used failed.")]
    public static partial void ExchangeFailed(ILogger log, Exception failure);

    [LoggerMessage(8, LogLevel.Warning, "Slices of caps could not be given back at the end ({Problem}); they count as spent until this node starts again on its data directory.")]
    public static partial void NotGivenBack(ILogger log, string problem);
}
