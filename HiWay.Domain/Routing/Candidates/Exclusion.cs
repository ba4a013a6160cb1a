using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Domain.Routing.Candidates;

/// <summary>Why a model of the tier cannot take a request.</summary>
public enum Exclusion
{
    /// <summary>It can.</summary>
    None,
    Unavailable,
    Retired,
    OutsideZone,
    Unpriced,
    CapabilitiesUnknown,
    NoTools,
    NoVision,
    NoJsonSchema,
    NoAudio,
    NoPdf,
    ContextUnknown,
    ContextTooSmall,
    OutputTooSmall,
    NotAllowedForKey,

    /// <summary>Its worst case costs more than the caller allows.</summary>
    TooDear,

    /// <summary>Its recorded answers take longer than the caller waits.</summary>
    TooSlow,

    /// <summary>Its health record says that calls fail now.</summary>
    Unhealthy,
}

public static class Exclusions
{
    /// <summary>The sentence of the dashboard and of the preview's <c>excluded_because</c>; null when the model is a candidate.</summary>
    public static string? Text(this Exclusion exclusion) => exclusion switch
    {
        Exclusion.None => null,
        Exclusion.Unavailable => "the catalogue marks it unavailable",
        Exclusion.Retired => "its provider has retired it",
        Exclusion.OutsideZone => "it is outside the workspace's zone",
        Exclusion.Unpriced => "its price is not known",
        Exclusion.CapabilitiesUnknown => "what it can do is not known",
        Exclusion.NoTools => "it takes no tools",
        Exclusion.NoVision => "it takes no images",
        Exclusion.NoJsonSchema => "it takes no JSON schema",
        Exclusion.NoAudio => "it takes no audio",
        Exclusion.NoPdf => "it takes no files",
        Exclusion.ContextUnknown => "its context window is not known",
        Exclusion.ContextTooSmall => "its context window is too small",
        Exclusion.OutputTooSmall => "it writes fewer tokens than max_tokens asks for",
        Exclusion.NotAllowedForKey => "the key may not use it",
        Exclusion.TooDear => "its worst case costs more than max_cost_usd",
        Exclusion.TooSlow => "its answers take longer than deadline_ms lately",
        Exclusion.Unhealthy => "it is failing now",
    };

    /// <summary>Rules that depend on the model and the workspace alone; judged once per snapshot.</summary>
    internal static Exclusion OfModel(ModelEntry model, SovereigntyZone zone) =>
        model.Status is ModelStatus.Unavailable ? Exclusion.Unavailable
        : !ZoneRules.Allows(zone, model.Zone) ? Exclusion.OutsideZone
        : !model.CapabilitiesKnown ? Exclusion.CapabilitiesUnknown
        : model.ContextWindow is null ? Exclusion.ContextUnknown
        : Exclusion.None;

    /// <summary>
    /// Whether a model that was named in a list can take a request. What nobody knows of it (a server of one's own) does not rule it out:
    /// whoever listed it knows.
    /// </summary>
    public static Exclusion OfNamed(ModelEntry model, in RouteNeeds needs, DateTimeOffset at) =>
        model.Status is ModelStatus.Unavailable ? Exclusion.Unavailable
        : OfRequest(model, KeyModels.ShortId(model), model.CapabilitiesKnown ? needs : needs with { Required = ModelCapabilities.None }, at);

    /// <summary>Rules that depend on the request.</summary>
    internal static Exclusion OfRequest(ModelEntry model, string shortId, in RouteNeeds needs, DateTimeOffset at)
    {
        var missing = needs.Required & ~model.Capabilities;
        if (missing is not ModelCapabilities.None)
        {
            return (missing & ModelCapabilities.FunctionCall) != 0 ? Exclusion.NoTools
                : (missing & ModelCapabilities.Vision) != 0 ? Exclusion.NoVision
                : (missing & ModelCapabilities.JsonSchema) != 0 ? Exclusion.NoJsonSchema
                : (missing & ModelCapabilities.AudioInput) != 0 ? Exclusion.NoAudio
                : (missing & ModelCapabilities.Pdf) != 0 ? Exclusion.NoPdf
                : Exclusion.CapabilitiesUnknown;
        }

        return (long)needs.PromptTokens + (needs.MaxOutputTokens ?? RoutingSettings.TypicalOutputTokens) > model.ContextWindow ? Exclusion.ContextTooSmall
            : needs.MaxOutputTokens > model.MaxOutputTokens ? Exclusion.OutputTooSmall
            : needs.AllowedModels is { } allowed && !KeyModels.Allows(allowed, needs.RequestedModel, model, shortId) ? Exclusion.NotAllowedForKey
            : needs.MaxCostUsd is { } limit && WorstCaseRules.OfChat(model, at, needs.PromptTokens, needs.MaxOutputTokens, needs.Choices, needs.Lane) > limit ? Exclusion.TooDear
            : Exclusion.None;
    }
}
