using System.Collections.Frozen;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Domain.Routing.Candidates;

/// <summary>What a model must be able to do for one request. Hard: a model that cannot is never chosen.</summary>
public readonly record struct RouteNeeds
{
    /// <summary>Capabilities without which the request fails or loses something it said.</summary>
    public ModelCapabilities Required { get; init; }

    /// <summary>Kept when some model of the tier has them, given up otherwise (an asked-for reasoning effort).</summary>
    public ModelCapabilities Preferred { get; init; }

    /// <summary>Estimated tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Tokens the answer may take; null when the caller set no limit.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>What kind of task it is, where the router has looked; a workspace's own scores are kept apart by it.</summary>
    public TaskType Task { get; init; }

    /// <summary>Answers asked for.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>The lane that the caller asks the provider for; null for the ordinary one.</summary>
    public ServiceLane? Lane { get; init; }

    /// <summary>US dollars that the worst case must not pass; null for no limit.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>What the caller waits for at most, from now on; models that are known to take longer are passed over. Null for no limit.</summary>
    public double? DeadlineMs { get; init; }

    /// <summary>The answer is streamed: its first words must come in time, and not its last.</summary>
    public bool Streams { get; init; }

    public RouteNeeds()
    {
    }

    /// <summary>The key's allowed models: ids, short ids, tier names; null allows all.</summary>
    public FrozenSet<string>? AllowedModels { get; init; }

    /// <summary>The name the caller asked for; a key that allows the name <c>auto</c> or a tier allows what it leads to.</summary>
    public string RequestedModel { get; init; } = "";

    public static RouteNeeds Of(in PromptFacts facts, string requestedModel, FrozenSet<string>? allowedModels)
    {
        var required = ModelCapabilities.None;
        required |= facts.ToolCount > 0 || facts.HasToolHistory ? ModelCapabilities.FunctionCall : 0;
        required |= facts.WantsJsonSchema ? ModelCapabilities.JsonSchema : 0;
        required |= facts.ImageCount > 0 ? ModelCapabilities.Vision : 0;
        required |= facts.HasAudio ? ModelCapabilities.AudioInput : 0;
        required |= facts.HasFiles ? ModelCapabilities.Pdf : 0;
        return new()
        {
            Required = required,
            Preferred = facts.WantsReasoning ? ModelCapabilities.Reasoning : ModelCapabilities.None,
            PromptTokens = facts.PromptTokens,
            MaxOutputTokens = facts.MaxOutputTokens,
            AllowedModels = allowedModels,
            RequestedModel = requestedModel,
        };
    }
}

/// <summary>Which models a key may use.</summary>
public static class KeyModels
{
    /// <summary>True when the list is absent, or names the model (id, short id, further name), its tier, or the very name that was asked for.</summary>
    public static bool Allows(FrozenSet<string>? allowed, string requested, ModelEntry model) =>
        allowed is null || Allows(allowed, requested, model, ShortId(model));

    internal static bool Allows(FrozenSet<string> allowed, string requested, ModelEntry model, string shortId)
    {
        if (allowed.Contains(model.Id) || allowed.Contains(shortId) || allowed.Contains(model.Tier.Text()) || allowed.Contains(requested))
        {
            return true;
        }

        for (var i = 0; i < model.Aliases.Count; i++)
        {
            if (allowed.Contains(model.Aliases[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The id without its provider: <c>gpt-4o</c>.</summary>
    public static string ShortId(ModelEntry model) =>
        model.Id.StartsWith(model.Provider, StringComparison.Ordinal) && model.Id.Length > model.Provider.Length && model.Id[model.Provider.Length] == '/'
            ? model.Id[(model.Provider.Length + 1)..]
            : model.Id;
}

/// <summary>Where a workspace's data may go.</summary>
public static class ZoneRules
{
    /// <remarks>
    /// A model without a stated zone is <see cref="Zone.Global"/>, so <c>eu</c> and <c>strict</c> let the same candidates through; a
    /// pin outside the zone is refused as well, or the zone would be a wish.
    /// </remarks>
    public static bool Allows(SovereigntyZone workspace, Zone model) => workspace switch
    {
        SovereigntyZone.Global => true,
        SovereigntyZone.Eu => model is Zone.Eu or Zone.Fr,
        SovereigntyZone.Fr => model is Zone.Fr,
        SovereigntyZone.Strict => model is Zone.Eu or Zone.Fr,
    };
}
