using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;

namespace HiWay.Web.Pages.Catalogue;

/// <summary>What the operator's catalogue shows; every part lives in the address.</summary>
/// <param name="Provider">A slug; null shows all.</param>
/// <param name="Kind">A name of <see cref="Kinds"/>; null shows all.</param>
public sealed record CatalogueFilter(string Search, string? Provider, Tier? Tier, string? Kind)
{
    public static IReadOnlyList<(string Name, string Text)> Kinds { get; } = [("overridden", "Overridden"), ("added", "Added here"), ("hidden", "Not offered")];

    public bool IsBlank => this == new CatalogueFilter("", null, null, null);

    /// <summary>Reads the address; what it does not know counts as not given.</summary>
    public static CatalogueFilter Of(string? search, string? provider, string? tier, string? kind) =>
        new(search?.Trim() ?? "", string.IsNullOrEmpty(provider) ? null : provider, TierNames.Parse(tier), Kinds.FirstOrDefault(known => known.Name == kind).Name);

    public IEnumerable<OperatorModelView> Apply(IReadOnlyList<OperatorModelView> all)
    {
        var words = Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return all.Where(model =>
            (Provider is null || model.Entry.Provider == Provider)
            && (Tier is null || model.Entry.Tier == Tier)
            && Kind switch
            {
                "overridden" => model.Overrides is not null,
                "added" => model.Own,
                "hidden" => !model.Entry.Listed,
                _ => true,
            }
            && words.All(word => Names(model).Any(name => name.Contains(word, StringComparison.OrdinalIgnoreCase))));
    }

    private static IEnumerable<string> Names(OperatorModelView model) => [model.Entry.Id, model.Entry.Name, model.Shipped.Name, .. model.Entry.Aliases];
}
