using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering;

/// <summary>What has been seen of the answer that a call waits for.</summary>
public enum AnswerSeen : byte
{
    /// <summary>The provider was asked, and nothing has come.</summary>
    Nothing = 1,

    /// <summary>The answer has begun.</summary>
    Some,

    /// <summary>It is whole, with the provider's own count.</summary>
    All,
}

/// <summary>How far a call under way has come: the bill that its client's leaving would end it with, attempts before this one included.</summary>
/// <param name="CostUsd">US dollars at the prices that the call is settled with.</param>
public readonly record struct CallProgress(AnswerSeen Seen, TokenUsage Usage, decimal CostUsd, bool Unpriced);
