using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering;

/// <summary>A call that is about to reach a provider: what the books get to know of it if this process never comes to its end.</summary>
/// <param name="Model">Catalogue id of the model that is asked.</param>
/// <param name="Usage">The most that the call can use.</param>
/// <param name="CostUsd">The most that it can cost with what earlier attempts have cost, US dollars; what was set aside for it is never less.</param>
public readonly record struct OpenCall(
    string Id, DateTimeOffset CreatedAt, string WorkspaceId, string? KeyId, string? EndUser, string Dialect, string RequestedModel,
    string Model, string Provider, string? CredentialId, string? Tier, bool Streamed, TokenUsage Usage, decimal CostUsd, bool Unpriced, IReadOnlyList<string> Tags);
