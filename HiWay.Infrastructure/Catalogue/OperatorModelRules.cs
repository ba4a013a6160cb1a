using System.Text.RegularExpressions;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>What the operator may say of a model; each refusal names its field.</summary>
internal static partial class OperatorModelRules
{
    private const int MaxTokens = 100_000_000;

    public static Refusal? Check(ModelOverride wanted) =>
        CheckName(wanted.Name)
        ?? CheckQuality(wanted.Quality)
        ?? CheckTokens(wanted.ContextWindow, "context_window")
        ?? CheckTokens(wanted.MaxOutputTokens, "max_output_tokens")
        ?? CheckPrices(wanted.Prices);

    public static Refusal? Check(ModelEntry entry)
    {
        if (ProviderCatalogue.Find(entry.Provider) is null)
        {
            return Wrong("id", $"A model's id starts with its provider and a slash; '{entry.Provider}' is no built-in provider. Known: {string.Join(", ", ProviderCatalogue.All.Select(provider => provider.Slug))}.");
        }

        return !ModelName().IsMatch(entry.UpstreamModel)
            ? Wrong("upstream_model", "'upstream_model' must have 1 to 200 letters, digits or . _ : @ / -.")
            : CheckName(entry.Name) ?? CheckQuality(entry.Quality) ?? CheckTokens(entry.ContextWindow, "context_window")
                ?? CheckTokens(entry.MaxOutputTokens, "max_output_tokens") ?? CheckPrices(entry.Prices);
    }

    private static Refusal? CheckName(string? name) => name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > 200)
        ? Wrong("name", "'name' must have 1 to 200 characters.")
        : null;

    private static Refusal? CheckQuality(double? quality) => quality is < 0 or > 100 ? Wrong("quality", "'quality' must be from 0 to 100.") : null;

    private static Refusal? CheckTokens(int? tokens, string param) => tokens is < 1 or > MaxTokens ? Wrong(param, $"'{param}' must be from 1 to {MaxTokens} tokens.") : null;

    private static Refusal? CheckPrices(IReadOnlyList<DatedPrice>? prices)
    {
        foreach (var price in prices ?? [])
        {
            if (ModelRules.CheckPrices(price.Price, "prices") is { } refusal)
            {
                return refusal;
            }

            if (price.AbovePromptTokens < 0)
            {
                return Wrong("price_list", "'above_prompt_tokens' must be 0 or more.");
            }
        }

        return null;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,199}$", RegexOptions.CultureInvariant)]
    private static partial Regex ModelName();
}
