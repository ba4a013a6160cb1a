using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>The buckets of a usage as bytes. Units are apart, as the journal counted tokens before it counted those.</summary>
internal static class TokenUsageCodec
{
    public static void Write(RecordWriter to, in TokenUsage usage)
    {
        to.Long(usage.Input);
        to.Long(usage.CacheRead);
        to.Long(usage.CacheWrite5m);
        to.Long(usage.CacheWrite1h);
        to.Long(usage.Output);
        to.Long(usage.Reasoning);
        to.Long(usage.AudioInput);
        to.Long(usage.AudioOutput);
        to.Long(usage.ImageInput);
        to.Long(usage.ImageOutput);
    }

    public static TokenUsage Read(ref RecordReader from) => new()
    {
        Input = from.Long(),
        CacheRead = from.Long(),
        CacheWrite5m = from.Long(),
        CacheWrite1h = from.Long(),
        Output = from.Long(),
        Reasoning = from.Long(),
        AudioInput = from.Long(),
        AudioOutput = from.Long(),
        ImageInput = from.Long(),
        ImageOutput = from.Long(),
    };

    public static void WriteUnits(RecordWriter to, in UnitUsage units)
    {
        to.Long(units.Images + units.UnlistedImages);    // the cost beside it knows the difference
        to.Long(units.WebSearches);
        to.Long(units.Requests);
        to.Bool(units.StatedFeeUsd is not null);
        if (units.StatedFeeUsd is { } fee)
        {
            to.Decimal(fee);
        }
    }

    public static UnitUsage ReadUnits(ref RecordReader from) => new()
    {
        Images = from.Long(),
        WebSearches = from.Long(),
        Requests = from.Long(),
        StatedFeeUsd = from.Bool() ? from.Decimal() : null,
    };
}
