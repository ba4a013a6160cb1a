using HiWay.Domain.Accounts;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>A model as one workspace sees it.</summary>
/// <param name="Entry">The catalogue's entry with the workspace's overrides.</param>
/// <param name="Callable">A credential for its provider is enabled and the model is not disabled.</param>
/// <param name="Alias">The workspace's own further name.</param>
/// <param name="NegotiatedPrices">The workspace's own prices, where it set some.</param>
public sealed record ModelView(ModelEntry Entry, bool Enabled, bool Callable, string? Alias, TokenPrice? NegotiatedPrices);

/// <summary>What PATCH changes; a field left out stays.</summary>
public sealed record ModelPatch
{
    public bool? Enabled { get; init; }

    /// <summary>Empty text takes the override back.</summary>
    public string? Tier { get; init; }

    public TokenPrice? Prices { get; init; }

    public bool ClearPrices { get; init; }

    /// <summary>Empty text takes the alias back.</summary>
    public string? Alias { get; init; }
}

public interface IModels
{
    /// <summary>The whole catalogue through the eyes of one workspace, ordered by id, custom providers' models included.</summary>
    Task<Outcome<IReadOnlyList<ModelView>>> ListAsync(Actor actor, CancellationToken cancellationToken);

    Task<Outcome<ModelView>> PatchAsync(Actor actor, string modelId, ModelPatch patch, CancellationToken cancellationToken);
}
