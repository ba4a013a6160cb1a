using HiWay.Domain.Catalogue;

namespace HiWay.Domain.Routing;

/// <summary>A workspace's own name for a model, or for several in the order in which they are tried.</summary>
/// <param name="Targets">At least one; an alias among them is already replaced by what it stands for.</param>
public sealed record ModelAlias<T>(string Name, IReadOnlyList<AliasTarget<T>> Targets)
    where T : class;

/// <summary>What an alias stands for. Neither deployment nor tier nor <c>auto</c> when the workspace cannot call it now.</summary>
/// <param name="Name">As the settings name it.</param>
public readonly record struct AliasTarget<T>(string Name, T? Deployment = null, Tier? Tier = null, bool IsAuto = false)
    where T : class
{
    /// <summary>Nothing that could be called stands behind the name.</summary>
    public bool IsMissing => Deployment is null && Tier is null && !IsAuto;
}
