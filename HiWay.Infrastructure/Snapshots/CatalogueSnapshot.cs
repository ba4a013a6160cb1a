using System.Collections.Frozen;
using HiWay.Domain.Catalogue;

namespace HiWay.Infrastructure.Snapshots;

/// <summary>The catalogue with the operator's overrides, indexed for building workspace snapshots.</summary>
internal sealed class CatalogueSnapshot
{
    /// <summary>Before the first read; no mark of the database equals its own.</summary>
    public static readonly CatalogueSnapshot Empty = new(-1, [], null);

    private readonly FrozenDictionary<string, ModelEntry[]> _byProvider;
    private readonly FrozenDictionary<string, ModelEntry> _byUpstreamName;

    /// <param name="mark">The database's catalogue mark that this was read at; see the triggers' migration.</param>
    /// <param name="models">All rows, retired ones included.</param>
    /// <param name="flagshipId">The installation's own baseline model; null takes the product's.</param>
    public CatalogueSnapshot(long mark, IEnumerable<ModelEntry> models, string? flagshipId)
    {
        Mark = mark;
        var all = models.OrderBy(model => model.Id, StringComparer.Ordinal).ToArray();
        Listed = [.. all.Where(model => model.Listed)];
        ById = all.ToFrozenDictionary(model => model.Id, StringComparer.Ordinal);
        FlagshipId = flagshipId ?? "anthropic/claude-opus-4-7";
        _byProvider = all.GroupBy(model => model.Provider, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

        // The maker's row (no other row is its canonical one) comes before those that host the same weights.
        _byUpstreamName = all.OrderBy(model => model.Canonical is null ? 0 : 1)
            .SelectMany(model => new[] { model.UpstreamModel, LastSegment(model.UpstreamModel) }.Concat(model.Aliases).Distinct().Select(name => (name, model)))
            .DistinctBy(pair => pair.name, StringComparer.Ordinal)
            .ToFrozenDictionary(pair => pair.name, pair => pair.model, StringComparer.Ordinal);
    }

    public long Mark { get; }

    public IReadOnlyList<ModelEntry> Listed { get; }

    public FrozenDictionary<string, ModelEntry> ById { get; }

    public string FlagshipId { get; }

    public IReadOnlyList<ModelEntry> OfProvider(string slug) => _byProvider.GetValueOrDefault(slug, []);

    /// <summary>A model that is known by this name somewhere, for what a custom provider serves under it.</summary>
    public ModelEntry? ByUpstreamName(string name) => _byUpstreamName.GetValueOrDefault(name) ?? _byUpstreamName.GetValueOrDefault(LastSegment(name));

    internal static string LastSegment(string name) => name[(name.LastIndexOf('/') + 1)..];
}
