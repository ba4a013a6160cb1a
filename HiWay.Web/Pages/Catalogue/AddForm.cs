using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Catalogue;

/// <summary>A model that HiWay does not ship, as typed.</summary>
public sealed class AddForm
{
    /// <summary>The fields of the form, as the API names them.</summary>
    public static readonly string[] Fields =
        ["id", "name", "upstream_model", "mode", "tier", "quality", "context_window", "max_output_tokens", "capabilities", "zone", "release_date", "deprecation_date", "aliases", "prices"];

    private readonly IReadOnlyList<DatedPrice> _prices;

    /// <summary>An empty one.</summary>
    public AddForm() => (_prices, Prices) = ([], new PriceFields(null));

    /// <summary>One that was added before, as it was added; a list of dated prices stays while its fields are not touched.</summary>
    public AddForm(OperatorModelView added, DateTimeOffset now)
    {
        var entry = added.Shipped;
        EditedId = entry.Id;
        Provider = entry.Provider;
        Model = entry.Id[(entry.Provider.Length + 1)..];
        Name = entry.Name;
        UpstreamModel = entry.UpstreamModel;
        Mode = entry.Mode;
        Tier = added.Overrides?.Tier?.Text() ?? "";
        Quality = CatalogueText.Quality(entry.Quality);
        ContextWindow = FieldText.Of(entry.ContextWindow);
        MaxOutputTokens = FieldText.Of(entry.MaxOutputTokens);
        CapabilitiesKnown = entry.CapabilitiesKnown;
        Capabilities = [.. CapabilityNames.Of(entry.Capabilities)];
        Zone = entry.Zone;
        ReleaseDate = entry.ReleaseDate;
        DeprecationDate = entry.DeprecationDate;
        Aliases = string.Join(", ", entry.Aliases);
        _prices = entry.Prices;
        Prices = new PriceFields(PriceRules.PriceAt(entry.Prices, now, 0));
    }

    /// <summary>The model that is replaced; null when one is added.</summary>
    public string? EditedId { get; }

    public string Provider { get; set; } = "openai";

    /// <summary>What follows the provider's slash.</summary>
    public string Model { get; set; } = "";

    public string Name { get; set; } = "";

    public string UpstreamModel { get; set; } = "";

    public ModelMode Mode { get; set; }

    /// <summary>As the API spells it; empty lets HiWay place the model.</summary>
    public string Tier { get; set; } = "";

    public string Quality { get; set; } = "";

    public string ContextWindow { get; set; } = "";

    public string MaxOutputTokens { get; set; } = "";

    public bool CapabilitiesKnown { get; set; } = true;

    public HashSet<string> Capabilities { get; } = [];

    public Zone Zone { get; set; }

    public DateOnly? ReleaseDate { get; set; }

    public DateOnly? DeprecationDate { get; set; }

    public string Aliases { get; set; } = "";

    public PriceFields Prices { get; }

    public string Id => $"{Provider}/{Model.Trim()}";

    public void Toggle(string capability, bool has) => _ = has ? Capabilities.Add(capability) : Capabilities.Remove(capability);

    /// <summary>Null when something cannot be read, and then the errors say what.</summary>
    /// <param name="isThere">Whether the catalogue has a model of that id; a new one does not take its place unseen.</param>
    public AddedModel? ToModel(Func<string, bool> isThere, FieldErrors errors)
    {
        errors.Clear();
        if (string.IsNullOrWhiteSpace(Model))
        {
            errors.Add("id", "Needed: what programs call the model, such as gpt-6-preview.");
        }
        else if (EditedId is null && isThere(Id))
        {
            errors.Add("id", $"{Id} is in the catalogue already. Close this and look it up to change it.");
        }

        var quality = CatalogueText.ReadQuality(Quality, errors);
        var context = CatalogueText.ReadTokens(ContextWindow, "context_window", errors);
        var longest = CatalogueText.ReadTokens(MaxOutputTokens, "max_output_tokens", errors);
        IReadOnlyList<DatedPrice> prices = !Prices.IsChanged ? _prices : Prices.IsBlank ? [] : [new DatedPrice(null, 0, Prices.ToPrice(Mode is ModelMode.Chat, errors))];
        return errors.Any ? null : new AddedModel
        {
            Id = EditedId ?? Id,
            Name = Given(Name),
            UpstreamModel = Given(UpstreamModel),
            Mode = Mode,
            Tier = Given(Tier),
            Quality = quality,
            Prices = prices,
            ContextWindow = context,
            MaxOutputTokens = longest,
            Capabilities = CapabilitiesKnown ? [.. Capabilities] : null,
            Zone = Zone,
            ReleaseDate = ReleaseDate,
            DeprecationDate = DeprecationDate,
            Aliases = FieldText.Words(Aliases),
        };
    }

    private static string? Given(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
