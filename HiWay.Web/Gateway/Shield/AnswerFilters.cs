using HiWay.Domain.Shield;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Shield;

/// <summary>Which filter a call's stream needs, if any: most calls have none and go through byte for byte.</summary>
internal static class AnswerFilters
{
    /// <summary>What puts the filter around a relay; null when nothing is to be looked at or put back.</summary>
    public static Func<IStreamRelay, IStreamRelay>? For(GatewayCall call)
    {
        var scans = Stages.Shield.ScansOutput(call);
        if (!scans && call.Masked is null)
        {
            return null;
        }

        var blocks = scans && ShieldCall.ModeOf(call) == ShieldMode.Block;
        var filter = new AnswerFilter(call.Masked, blocks);
        return scans && !blocks
            ? relay => new FilteredStreamRelay(relay, filter, new PromptCopy(1024), call.WatchAnswer)
            : relay => new FilteredStreamRelay(relay, filter, null, null);
    }
}
