using System.Globalization;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;

namespace HiWay.Web.Pages.Models;

/// <summary>Prices of a model as pages show and edit them: US dollars per million tokens.</summary>
public static class ModelPrices
{
    /// <summary>What a token costs now, the workspace's own prices first; null when nobody knows.</summary>
    public static TokenPrice? Now(ModelView model, DateTimeOffset now) => model.NegotiatedPrices ?? PriceRules.PriceAt(model.Entry.Prices, now, 0);

    /// <summary>The buckets of a price list with what each costs, in reading order; buckets without a price of their own are left out.</summary>
    /// <param name="units">Prices by the piece, which stand behind those of tokens and say so.</param>
    public static IReadOnlyList<(string Bucket, decimal Usd)> Rows(TokenPrice price, UnitPrices? units = null)
    {
        List<(string, decimal)> rows = [];
        Add("Input", price.Input);
        Add("Output", price.Output);
        Add("Cache read", price.CacheRead);
        Add("Cache write, 5 minutes", price.CacheWrite5m);
        Add("Cache write, 1 hour", price.CacheWrite1h);
        Add("Reasoning", price.Reasoning);
        Add("Audio input", price.AudioInput);
        Add("Audio output", price.AudioOutput);
        Add("Image input", price.ImageInput);
        Add("Image output", price.ImageOutput);
        Add("Each picture", units?.Image);
        Add("Each web search", units?.WebSearch);
        Add("Each call", units?.Request);
        Add("Each second", units?.Second);
        return rows;

        void Add(string bucket, decimal? usd)
        {
            if (usd is { } known)
            {
                rows.Add((bucket, known));
            }
        }
    }

    /// <summary>Dearer price lists that hold above a prompt length, shortest first.</summary>
    public static IReadOnlyList<DatedPrice> LongPrompts(ModelView model, DateTimeOffset now) => model.NegotiatedPrices is not null
        ? []
        : [.. model.Entry.Prices
            .Where(p => p.Lane is null && p.AbovePromptTokens > 0 && !(p.From > now))
            .GroupBy(p => p.AbovePromptTokens)
            .Select(sameBound => sameBound.MaxBy(p => p.From ?? DateTimeOffset.MinValue)!)
            .OrderBy(p => p.AbovePromptTokens)];

    /// <summary>The next change of the base price that the catalogue already knows; null when none.</summary>
    public static DatedPrice? Next(ModelView model, DateTimeOffset now) => model.NegotiatedPrices is not null
        ? null
        : model.Entry.Prices.Where(p => p.Lane is null && p.AbovePromptTokens == 0 && p.From > now).MinBy(p => p.From);

    /// <summary>The price by the piece that a table has room for: a picture's, where tokens have none; null otherwise.</summary>
    public static string? ByThePiece(ModelView model, TokenPrice? price) =>
        model.Entry.Units?.Image is { } image && price?.ImageOutput is null && price?.Output is null ? Text(image) : null;

    /// <summary>As price lists print it: at least two decimals, more when the price has them.</summary>
    public static string Text(decimal? usd) => usd switch
    {
        null => "unknown",
        0 => "free",
        { } known => "$" + known.ToString("#,0.00####", CultureInfo.InvariantCulture),
    };
}
