namespace HiWay.Web.Components.Charts;

/// <summary>What stands where a chart has nothing to draw.</summary>
public static class ChartWords
{
    /// <param name="measure">What the chart shows.</param>
    /// <param name="any">There were requests.</param>
    /// <param name="unpriced">Requests whose cost nobody knows; they are not free.</param>
    public static string Nothing(string measure, bool any, long unpriced) =>
        !any ? "No requests in this time"
        : unpriced > 0 ? $"No known cost in this time: {Format.Count(unpriced)} {(unpriced == 1 ? "request has" : "requests have")} no price. Set it under Models."
        : $"No {measure.ToLowerInvariant()} in this time";
}
