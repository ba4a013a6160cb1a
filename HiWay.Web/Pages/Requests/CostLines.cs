using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Metering;

namespace HiWay.Web.Pages.Requests;

/// <summary>One bucket of tokens on the bill.</summary>
/// <param name="Usd">Null when the bucket's price is not known here.</param>
/// <param name="PerMillion">The price, US dollars per million tokens.</param>
public sealed record CostLine(string Name, long Tokens, decimal? PerMillion, decimal? Usd);

public static class CostLines
{
    // Rows do not keep the provider's lane; the one whose prices make up what was booked is it.
    private static readonly ServiceLane?[] s_lanes = [null, .. Enum.GetValues<ServiceLane>()];

    private static readonly (string Name, Func<TokenUsage, long> Tokens, Func<TokenUsage, TokenUsage> Only)[] s_buckets =
    [
        ("Input", used => used.Input, used => new() { Input = used.Input }),
        ("Cache read", used => used.CacheRead, used => new() { CacheRead = used.CacheRead }),
        ("Cache write, 5 min", used => used.CacheWrite5m, used => new() { CacheWrite5m = used.CacheWrite5m }),
        ("Cache write, 1 h", used => used.CacheWrite1h, used => new() { CacheWrite1h = used.CacheWrite1h }),
        ("Image input", used => used.ImageInput, used => new() { ImageInput = used.ImageInput }),
        ("Audio input", used => used.AudioInput, used => new() { AudioInput = used.AudioInput }),
        ("Output", used => used.Output, used => new() { Output = used.Output }),
        ("Reasoning", used => used.Reasoning, used => new() { Reasoning = used.Reasoning }),
        ("Image output", used => used.ImageOutput, used => new() { ImageOutput = used.ImageOutput }),
        ("Audio output", used => used.AudioOutput, used => new() { AudioOutput = used.AudioOutput }),
    ];

    /// <summary>What is paid by the piece: how many, what each costs, and the money in whole.</summary>
    private static readonly (string Name, Func<TokenUsage, long> Count, Func<TokenUsage, UnitUsage> Only)[] s_pieces =
    [
        ("Pictures", used => used.ImageOutput > 0 ? 0 : used.Units.Images, used => new() { Images = used.Units.Images }),
        ("Web searches", used => used.Units.StatedFeeUsd is null ? used.Units.WebSearches : 0, used => new() { WebSearches = used.Units.WebSearches }),
        ("Calls", used => used.Units.StatedFeeUsd is null ? used.Units.Requests : 0, used => new() { Requests = used.Units.Requests }),
        ("Fees the provider stated", used => used.Units.StatedFeeUsd is null ? 0 : 1, used => new() { StatedFeeUsd = used.Units.StatedFeeUsd }),
    ];

    /// <summary>
    /// Buckets with tokens over all attempts. Each is priced by the same function as the bill, at the price of the call's own
    /// time; when the sum is not what was booked (a negotiated price has changed since), only tokens are shown.
    /// </summary>
    public static IReadOnlyList<CostLine> Of(RequestDetail detail, IReadOnlyList<ModelView> models)
    {
        IReadOnlyList<CostLine> priced = [];
        foreach (var lane in s_lanes)
        {
            priced = [.. Lines(detail.AttemptList, attempt => PriceOf(attempt, detail.Row.CreatedAt, models, lane)), .. Pieces(detail.AttemptList, models)];
            if (priced.Sum(line => line.Usd ?? 0) == detail.Row.CostUsd)
            {
                return priced;
            }
        }

        return [.. priced.Select(line => line with { PerMillion = null, Usd = null })];
    }

    private static IReadOnlyList<CostLine> Lines(IReadOnlyList<AttemptRecord> attempts, Func<AttemptRecord, TokenPrice?> priceOf)
    {
        List<CostLine> lines = [];
        foreach (var (name, tokens, only) in s_buckets)
        {
            long count = 0;
            decimal usd = 0;
            var known = true;
            HashSet<decimal> prices = [];
            foreach (var attempt in attempts.Where(attempt => tokens(attempt.Usage) > 0))
            {
                var cost = PriceRules.CostOf(only(attempt.Usage), priceOf(attempt));
                count += tokens(attempt.Usage);
                usd += cost.Usd;
                known &= !cost.Unpriced;
                prices.Add(cost.Usd * 1_000_000m / tokens(attempt.Usage));
            }

            if (count > 0)
            {
                lines.Add(new(name, count, known && prices.Count == 1 ? prices.First() : null, known ? usd : null));
            }
        }

        return lines;
    }

    private static List<CostLine> Pieces(IReadOnlyList<AttemptRecord> attempts, IReadOnlyList<ModelView> models)
    {
        List<CostLine> lines = [];
        foreach (var (name, count, only) in s_pieces)
        {
            var cost = default(Cost);
            long pieces = 0;
            foreach (var attempt in attempts.Where(attempt => count(attempt.Usage) > 0))
            {
                pieces += count(attempt.Usage);
                cost += PriceRules.CostOf(new TokenUsage { Units = only(attempt.Usage) }, null, models.FirstOrDefault(model => model.Entry.Id == attempt.Model)?.Entry.Units);
            }

            if (pieces > 0)
            {
                lines.Add(new(name, pieces, null, cost.Unpriced ? null : cost.Usd));
            }
        }

        return lines;
    }

    private static TokenPrice? PriceOf(AttemptRecord attempt, DateTimeOffset at, IReadOnlyList<ModelView> models, ServiceLane? lane) =>
        models.FirstOrDefault(model => model.Entry.Id == attempt.Model) is { } model
            ? model.NegotiatedPrices ?? PriceRules.PriceAt(model.Entry.Prices, at, attempt.Usage.TotalInput, lane)
            : null;
}
