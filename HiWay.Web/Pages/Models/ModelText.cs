using System.Globalization;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;
using HiWay.Web.Components;
using HiWay.Web.Components.Snippets;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Models;

namespace HiWay.Web.Pages.Models;

/// <summary>Why a model matters or does not: shown as a badge.</summary>
/// <param name="Title">The same in a sentence.</param>
public sealed record ModelState(string Text, Tone Tone, string Title);

/// <summary>Models in words.</summary>
public static class ModelText
{
    /// <summary>How long before its end a model is marked.</summary>
    private const int WarnDays = 180;

    /// <summary>What a caller of this model has to know first.</summary>
    public static ModelState State(ModelView model) => model switch
    {
        { Enabled: false } => new("Off", Tone.Neutral, "Switched off in this workspace."),
        _ when ServedEndpoints.Of(model.Entry).Count == 0 => new("No route", Tone.Neutral, "No route of the gateway reaches it; programs use its provider's own API under /v1/providers."),
        { Callable: false } => new("No provider", Tone.Neutral, $"Add a key for {model.Entry.Provider} to call this model."),
        { Entry.Status: ModelStatus.Unavailable } => new("Unavailable", Tone.Bad, "The provider does not serve it at the moment."),
        { Entry.Status: ModelStatus.Degraded } => new("Degraded", Tone.Warn, "The provider reports problems."),
        _ => new("Ready", Tone.Good, "A call would reach it now."),
    };

    /// <summary>The model's announced end; null when none is near.</summary>
    public static ModelState? Retirement(ModelEntry entry, DateOnly today) => entry.DeprecationDate switch
    {
        { } end when end <= today => new("Retired", Tone.Bad, $"The provider ended it on {Day(end)}."),
        { } end when end.DayNumber - today.DayNumber <= WarnDays => new($"Ends {Day(end)}", Tone.Warn, $"The provider has announced its end for {Day(end)}."),
        _ => null,
    };

    /// <summary>Tokens as data sheets write them: 128k, 1M, 1.05M.</summary>
    public static string Tokens(int? tokens) => tokens switch
    {
        null => "–",
        >= 1_000_000 => (tokens.Value / 1_000_000.0).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 100_000 => (tokens.Value / 1_000.0).ToString("0", CultureInfo.InvariantCulture) + "k",
        >= 1_000 => (tokens.Value / 1_000.0).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => tokens.Value.ToString(CultureInfo.InvariantCulture),
    };

    public static string Tier(Tier tier) => tier switch
    {
        Domain.Catalogue.Tier.UltraLight => "Ultra light",
        Domain.Catalogue.Tier.Light => "Light",
        Domain.Catalogue.Tier.Standard => "Standard",
        Domain.Catalogue.Tier.Heavy => "Heavy",
        Domain.Catalogue.Tier.WebSearch => "Web search",
        Domain.Catalogue.Tier.Image => "Image",
        Domain.Catalogue.Tier.None => "Not routed",
    };

    /// <summary>Routes in a few words: a model that converses does so on every chat route, so those are one.</summary>
    public static string Routes(IReadOnlyList<string> routes)
    {
        var chats = ClientDialects.All.Select(dialect => dialect.Endpoint).ToList();
        var others = routes.Except(chats).Select(CallRoutes.NameOf);
        return routes.Count == 0 ? Format.None : string.Join(", ", chats.TrueForAll(routes.Contains) ? others.Prepend("Every chat API") : routes.Select(CallRoutes.NameOf));
    }

    /// <summary>Capabilities for people, most asked for first.</summary>
    public static IReadOnlyList<string> Capabilities(ModelEntry entry)
    {
        List<string> can = [];
        Add(ModelCapabilities.FunctionCall, "Tools");
        Add(ModelCapabilities.ParallelFunctionCall, "Parallel tools");
        Add(ModelCapabilities.Vision, "Vision");
        Add(ModelCapabilities.Reasoning, "Reasoning");
        Add(ModelCapabilities.JsonSchema, "JSON schema");
        Add(ModelCapabilities.WebSearch, "Web search");
        Add(ModelCapabilities.AudioInput, "Audio input");
        Add(ModelCapabilities.Pdf, "PDF");
        Add(ModelCapabilities.PromptCache, "Prompt cache");
        return can;

        void Add(ModelCapabilities capability, string text)
        {
            if (entry.Can(capability))
            {
                can.Add(text);
            }
        }
    }

    public static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
}
