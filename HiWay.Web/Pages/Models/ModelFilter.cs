using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Gateway.Models;

namespace HiWay.Web.Pages.Models;

/// <summary>How the catalogue is ordered.</summary>
public enum ModelOrder { CallableFirst, Name, InputPrice, OutputPrice, Context, Quality, Newest }

/// <summary>What the catalogue page shows; every part lives in the address.</summary>
public sealed record ModelFilter
{
    public string Search { get; init; } = "";

    /// <summary>A provider's slug; null shows all.</summary>
    public string? Provider { get; init; }

    public Tier? Tier { get; init; }

    public ModelCapabilities Capability { get; init; }

    /// <summary>The route that the model must be reached on; null shows all.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Only models that a call could reach now.</summary>
    public bool OnlyCallable { get; init; }

    public ModelOrder Order { get; init; }

    public bool IsBlank => this == new ModelFilter { Order = Order };

    /// <summary>The capabilities that can be asked for, as the API names them.</summary>
    public static IReadOnlyList<(ModelCapabilities Value, string Name, string Text)> Capabilities { get; } =
    [
        (ModelCapabilities.Vision, "vision", "Vision"),
        (ModelCapabilities.FunctionCall, "function_call", "Tools"),
        (ModelCapabilities.Reasoning, "reasoning", "Reasoning"),
        (ModelCapabilities.JsonSchema, "json_schema", "JSON schema"),
        (ModelCapabilities.WebSearch, "web_search", "Web search"),
        (ModelCapabilities.AudioInput, "audio_input", "Audio input"),
        (ModelCapabilities.Pdf, "pdf", "PDF"),
        (ModelCapabilities.PromptCache, "prompt_cache", "Prompt cache"),
    ];

    public static IReadOnlyList<(ModelOrder Value, string Name, string Text)> Orders { get; } =
    [
        (ModelOrder.CallableFirst, "callable", "Callable first"),
        (ModelOrder.Name, "name", "By name"),
        (ModelOrder.InputPrice, "input", "By input price"),
        (ModelOrder.OutputPrice, "output", "By output price"),
        (ModelOrder.Context, "context", "By context"),
        (ModelOrder.Quality, "quality", "By quality"),
        (ModelOrder.Newest, "newest", "Newest first"),
    ];

    /// <summary>Reads the address; what it does not know counts as not given.</summary>
    public static ModelFilter Of(string? search, string? provider, string? tier, string? capability, bool? callable, string? order, string? endpoint = null) => new()
    {
        Search = search?.Trim() ?? "",
        Provider = string.IsNullOrEmpty(provider) ? null : provider,
        Tier = TierNames.Parse(tier),
        Capability = Capabilities.FirstOrDefault(c => c.Name == capability).Value,
        Endpoint = ServedEndpoints.All.FirstOrDefault(known => known == endpoint),
        OnlyCallable = callable ?? false,
        Order = Orders.FirstOrDefault(o => o.Name == order).Value,
    };

    /// <summary>The rows to show, in order.</summary>
    /// <param name="now">Prices are those of this instant.</param>
    public IReadOnlyList<ModelView> Apply(IReadOnlyList<ModelView> all, DateTimeOffset now)
    {
        var words = Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var shown = all.Where(model => Shows(model, words));
        return Order switch
        {
            // A price that nobody knows is not a low price.
            ModelOrder.InputPrice => [.. shown.OrderBy(m => ModelPrices.Now(m, now)?.Input ?? decimal.MaxValue).ThenBy(m => m.Entry.Id, StringComparer.Ordinal)],
            ModelOrder.OutputPrice => [.. shown.OrderBy(m => ModelPrices.Now(m, now)?.Output ?? decimal.MaxValue).ThenBy(m => m.Entry.Id, StringComparer.Ordinal)],
            ModelOrder.Context => [.. shown.OrderByDescending(m => m.Entry.ContextWindow ?? -1).ThenBy(m => m.Entry.Id, StringComparer.Ordinal)],
            ModelOrder.Quality => [.. shown.OrderByDescending(m => m.Entry.Quality ?? -1).ThenBy(m => m.Entry.Id, StringComparer.Ordinal)],
            ModelOrder.Newest => [.. shown.OrderByDescending(m => m.Entry.ReleaseDate ?? DateOnly.MinValue).ThenBy(m => m.Entry.Id, StringComparer.Ordinal)],
            ModelOrder.CallableFirst => [.. shown.OrderByDescending(m => m.Callable).ThenBy(m => m.Entry.Id, StringComparer.Ordinal)],
            ModelOrder.Name => [.. shown.OrderBy(m => m.Entry.Id, StringComparer.Ordinal)],
        };
    }

    private bool Shows(ModelView model, string[] words) =>
        (Provider is null || model.Entry.Provider == Provider)
        && (Tier is null || model.Entry.Tier == Tier)
        && model.Entry.Can(Capability)
        && (Endpoint is null || ServedEndpoints.Of(model.Entry).Contains(Endpoint))
        && (!OnlyCallable || model.Callable)
        && words.All(word => Names(model).Any(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<string> Names(ModelView model)
    {
        yield return model.Entry.Id;
        yield return model.Entry.Name;
        if (model.Alias is { } alias)
        {
            yield return alias;
        }

        foreach (var other in model.Entry.Aliases)
        {
            yield return other;
        }
    }
}
