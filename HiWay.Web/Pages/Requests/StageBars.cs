using System.Globalization;
using HiWay.Domain.Metering;

namespace HiWay.Web.Pages.Requests;

public static class StageBars
{
    /// <summary>Start and length of each stage in per cent of them all, as CSS writes numbers.</summary>
    public static IReadOnlyList<(StageRecord Stage, string Start, string Length)> Of(IReadOnlyList<StageRecord> stages)
    {
        var whole = Math.Max(1, stages.Sum(stage => Math.Max(0, stage.Micros)));
        var bars = new (StageRecord, string, string)[stages.Count];
        long before = 0;
        for (var i = 0; i < bars.Length; i++)
        {
            var length = Math.Max(0, stages[i].Micros);
            bars[i] = (stages[i], Css(before), Css(length));
            before += length;
        }

        return bars;

        string Css(long micros) => (micros * 100.0 / whole).ToString("0.##", CultureInfo.InvariantCulture);
    }
}
