using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Catalogue;

/// <summary>
/// What the operator says of a model, as typed. It starts from what holds now; only fields that were touched change anything, so
/// what the API set and a form cannot show (a list of dated prices) stays. A field that is emptied goes back to the shipped value.
/// </summary>
public sealed class OverrideForm
{
    /// <summary>The fields of the form, as the API names them.</summary>
    public static readonly string[] Fields = ["name", "tier", "quality", "context_window", "max_output_tokens", "zone", "status", "deprecation_date", "listed", "prices"];

    private readonly ModelEntry _shipped;
    private readonly TokenPrice? _shippedPrice;
    private readonly OverrideForm _before;

    /// <param name="now">Prices are those of this instant.</param>
    public OverrideForm(OperatorModelView model, DateTimeOffset now)
    {
        _shipped = model.Shipped;
        _shippedPrice = PriceRules.PriceAt(model.Shipped.Prices, now, 0);
        Name = model.Entry.Name;
        Tier = model.Overrides?.Tier?.Text() ?? "";
        Quality = CatalogueText.Quality(model.Entry.Quality);
        ContextWindow = FieldText.Of(model.Entry.ContextWindow);
        MaxOutputTokens = FieldText.Of(model.Entry.MaxOutputTokens);
        Zone = model.Overrides?.Zone;
        Status = model.Overrides?.Status;
        DeprecationDate = model.Entry.DeprecationDate;
        Listed = model.Entry.Listed;
        Prices = new PriceFields(PriceRules.PriceAt(model.Entry.Prices, now, 0));
        _before = (OverrideForm)MemberwiseClone();
    }

    public string Name { get; set; }

    /// <summary>As the API spells it; empty for where HiWay places the model.</summary>
    public string Tier { get; set; }

    public string Quality { get; set; }

    public string ContextWindow { get; set; }

    public string MaxOutputTokens { get; set; }

    /// <summary>Null for the shipped one.</summary>
    public Zone? Zone { get; set; }

    /// <summary>Null for the shipped one.</summary>
    public ModelStatus? Status { get; set; }

    public DateOnly? DeprecationDate { get; set; }

    public bool Listed { get; set; }

    public PriceFields Prices { get; }

    public void TakeShippedPrices() => Prices.Fill(_shippedPrice);

    /// <summary>From the overrides so far to those wanted; null when something cannot be read, and then the errors say what.</summary>
    public Func<ModelOverride, ModelOverride>? ToChange(FieldErrors errors)
    {
        errors.Clear();
        var quality = CatalogueText.ReadQuality(Quality, errors);
        var context = CatalogueText.ReadTokens(ContextWindow, "context_window", errors);
        var longest = CatalogueText.ReadTokens(MaxOutputTokens, "max_output_tokens", errors);
        var price = Prices.IsChanged && !Prices.IsBlank ? Prices.ToPrice(_shipped.Mode is ModelMode.Chat, errors) : null;
        if (errors.Any)
        {
            return null;
        }

        var name = string.IsNullOrWhiteSpace(Name) ? null : Name.Trim();
        return now => now with
        {
            Name = Over(Name == _before.Name, now.Name, name, _shipped.Name),
            Tier = Tier == _before.Tier ? now.Tier : TierNames.Parse(Tier),
            Quality = Over(Quality == _before.Quality, now.Quality, quality, _shipped.Quality),
            ContextWindow = Over(ContextWindow == _before.ContextWindow, now.ContextWindow, context, _shipped.ContextWindow),
            MaxOutputTokens = Over(MaxOutputTokens == _before.MaxOutputTokens, now.MaxOutputTokens, longest, _shipped.MaxOutputTokens),
            Zone = Zone == _before.Zone ? now.Zone : Zone,
            Status = Status == _before.Status ? now.Status : Status,
            DeprecationDate = Over(DeprecationDate == _before.DeprecationDate, now.DeprecationDate, DeprecationDate, _shipped.DeprecationDate),
            Listed = Over<bool?>(Listed == _before.Listed, now.Listed, Listed, _shipped.Listed),
            Prices = !Prices.IsChanged ? now.Prices : price is null || price == _shippedPrice ? null : [new DatedPrice(null, 0, price)],
        };
    }

    /// <summary>The override of one field: a value that is the shipped one needs none.</summary>
    private static T Over<T>(bool untouched, T now, T typed, T shipped) =>
        untouched ? now : EqualityComparer<T>.Default.Equals(typed, shipped) ? default! : typed;
}
