namespace HiWay.Domain.Fallback;

/// <summary>What the chain does after a failed attempt.</summary>
public enum NextStep
{
    /// <summary>The next deployment of the chain.</summary>
    NextCandidate,

    /// <summary>The same model through another of the provider's credentials; without one, the next deployment of the chain.</summary>
    OtherKey,

    /// <summary>A model that takes a longer prompt; the others would say the same.</summary>
    LargerContext,

    Stop,
}
