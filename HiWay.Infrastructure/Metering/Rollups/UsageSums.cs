using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering.Drain;

namespace HiWay.Infrastructure.Metering.Rollups;

/// <summary>Sums over some requests, every token bucket apart.</summary>
internal sealed class UsageSums
{
    public long Requests { get; private set; }

    public long Errors { get; private set; }

    public long CacheHits { get; private set; }

    public long Unpriced { get; private set; }

    public TokenUsage Tokens { get; private set; }

    public decimal CostUsd { get; private set; }

    public decimal BaselineUsd { get; private set; }

    public decimal SavingsUsd { get; private set; }

    public LatencyHistogram Latency { get; } = new();

    public LatencyHistogram Ttft { get; } = new();

    public void Add(UsageEvent usage)
    {
        Requests++;
        Errors += usage.Failed ? 1 : 0;
        CacheHits += usage.CacheHit ? 1 : 0;
        Unpriced += usage.Unpriced ? 1 : 0;
        Tokens += usage.Usage;
        CostUsd += Stored.Money(usage.CostUsd);
        BaselineUsd += Stored.Money(usage.BaselineUsd);
        SavingsUsd += Stored.Money(usage.SavingsUsd);
        Latency.Add(usage.LatencyMs);
        if (usage.TtftMs is { } ttft)
        {
            Ttft.Add(ttft);
        }
    }

    public void Add(UsageSums other)
    {
        Add(other.Requests, other.Errors, other.CacheHits, other.Unpriced, other.Tokens, other.CostUsd, other.BaselineUsd, other.SavingsUsd);
        Latency.Add(other.Latency);
        Ttft.Add(other.Ttft);
    }

    public void Add(long requests, long errors, long cacheHits, long unpriced, in TokenUsage tokens, decimal costUsd, decimal baselineUsd, decimal savingsUsd)
    {
        Requests += requests;
        Errors += errors;
        CacheHits += cacheHits;
        Unpriced += unpriced;
        Tokens += tokens;
        CostUsd += costUsd;
        BaselineUsd += baselineUsd;
        SavingsUsd += savingsUsd;
    }

    public UsageTotals ToTotals() => new()
    {
        Requests = Requests,
        Errors = Errors,
        CacheHits = CacheHits,
        InputTokens = Tokens.Input + Tokens.AudioInput + Tokens.ImageInput,
        OutputTokens = Tokens.Output + Tokens.AudioOutput + Tokens.ImageOutput,
        CacheReadTokens = Tokens.CacheRead,
        CacheWriteTokens = Tokens.CacheWrite5m + Tokens.CacheWrite1h,
        ReasoningTokens = Tokens.Reasoning,
        CostUsd = CostUsd,
        BaselineUsd = BaselineUsd,
        SavingsUsd = SavingsUsd,
        UnpricedRequests = Unpriced,
        LatencyP50Ms = Latency.Percentile(0.50),
        LatencyP95Ms = Latency.Percentile(0.95),
        LatencyP99Ms = Latency.Percentile(0.99),
    };
}
