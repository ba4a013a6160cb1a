using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Domain.Routing.Candidates;

/// <summary>Deployments in the order they are tried, or why there is none.</summary>
public sealed class CandidateChain<T>
    where T : class
{
    /// <summary>The tier the models are of; the asked-for one when there is none.</summary>
    public required Tier Tier { get; init; }

    /// <summary>The tier that the score or the caller asked for.</summary>
    public required Tier AskedTier { get; init; }

    /// <summary>The chosen deployment, then its fallbacks on other providers, cheapest first; at most three; empty when no model can take the request.</summary>
    public required IReadOnlyList<T> Attempts { get; init; }

    /// <summary>Why the first one was chosen, or what is missing, in a sentence.</summary>
    public required string Reason { get; init; }

    public bool IsEmpty => Attempts.Count == 0;

    /// <summary>For an empty chain: providers without an enabled credential whose models would take the request, ordered; empty when the request itself rules all models out.</summary>
    public IReadOnlyList<string> MissingProviders { get; init; } = [];

    /// <summary>For an empty chain: the workspace has models for the request, and the key's list of allowed ones alone stands in the way.</summary>
    public bool KeyRefuses { get; init; }

    /// <summary>For an empty chain: the prompt is too long for every model that could take it otherwise.</summary>
    public bool PromptTooLong { get; init; }
}

/// <summary>One model of the tier as the preview lists it.</summary>
/// <param name="Price">At the request's own time and length; null when unknown.</param>
/// <param name="ExcludedBecause">Null for those that can take the request.</param>
public sealed record CandidateView(string Model, TokenPrice? Price, double? Quality, string? ExcludedBecause);
