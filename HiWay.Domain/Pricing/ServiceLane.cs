namespace HiWay.Domain.Pricing;

/// <summary>
/// How urgently a provider runs a call where it sells more than one way, at prices of their own: what OpenAI and Azure call
/// <c>service_tier</c> (a tier is a class of models here). The ordinary way has no value.
/// </summary>
public enum ServiceLane { Flex, Priority }

public static class ServiceLanes
{
    /// <summary>
    /// From a request's or an answer's <c>service_tier</c>; null for the ordinary lane and for words without a price of their own. An answer
    /// names the lane that it was billed in: a priority call that was run as an ordinary one says <c>default</c>
    /// (developers.openai.com, "Priority processing").
    /// </summary>
    public static ServiceLane? Parse(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("flex"u8) ? ServiceLane.Flex
        : word.SequenceEqual("priority"u8) ? ServiceLane.Priority
        : null;

    /// <summary>As OpenAI spells it.</summary>
    public static string Text(this ServiceLane lane) => lane is ServiceLane.Flex ? "flex" : "priority";
}
