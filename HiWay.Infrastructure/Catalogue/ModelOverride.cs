using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>What the operator changed of one model; null leaves the imported value.</summary>
public sealed record ModelOverride
{
    public string? Name { get; init; }

    public Tier? Tier { get; init; }

    public double? Quality { get; init; }

    /// <summary>Replaces the whole list, dates and bounds included.</summary>
    public IReadOnlyList<DatedPrice>? Prices { get; init; }

    public int? ContextWindow { get; init; }

    public int? MaxOutputTokens { get; init; }

    public Zone? Zone { get; init; }

    public ModelStatus? Status { get; init; }

    public DateOnly? DeprecationDate { get; init; }

    /// <summary>False hides the model from lists and from the router.</summary>
    public bool? Listed { get; init; }

    /// <summary>The fields that are set, by the API's names.</summary>
    public IReadOnlyList<string> SetFields()
    {
        (string Name, object? Value)[] all =
        [
            ("name", Name), ("tier", Tier), ("quality", Quality), ("prices", Prices), ("context_window", ContextWindow), ("max_output_tokens", MaxOutputTokens),
            ("zone", Zone), ("status", Status), ("deprecation_date", DeprecationDate), ("listed", Listed),
        ];
        return [.. all.Where(field => field.Value is not null).Select(field => field.Name)];
    }

    public ModelEntry ApplyTo(ModelEntry entry) => entry with
    {
        Name = Name ?? entry.Name,
        Quality = Quality ?? entry.Quality,
        Prices = Prices ?? entry.Prices,
        ContextWindow = ContextWindow ?? entry.ContextWindow,
        MaxOutputTokens = MaxOutputTokens ?? entry.MaxOutputTokens,
        Zone = Zone ?? entry.Zone,
        Status = Status ?? entry.Status,
        DeprecationDate = DeprecationDate ?? entry.DeprecationDate,
        Listed = Listed ?? entry.Listed,
    };
}
