namespace HiWay.Domain.Routing;

/// <summary>Who speaks in a piece of the prompt.</summary>
public enum PromptRole { System, User, Assistant, Tool }

/// <summary>Where one text of the prompt lies in the request body.</summary>
/// <param name="Start">Byte offset of the inside of a JSON string, after the quotation mark; escapes are still in it.</param>
/// <param name="Length">Bytes up to the closing quotation mark.</param>
/// <param name="Message">Index of the message that the text belongs to.</param>
public readonly record struct PromptSpan(PromptRole Role, int Start, int Length, int Message);

/// <summary>
/// What one forward pass over a request body finds for the router: where the texts are and what the caller needs. Texts stay
/// bytes in the body; nothing is copied.
/// </summary>
public readonly ref struct PromptFacts
{
    public required ReadOnlySpan<byte> Body { get; init; }

    /// <summary>In the order of the body.</summary>
    public required ReadOnlySpan<PromptSpan> Texts { get; init; }

    public int MessageCount { get; init; }

    public int ToolCount { get; init; }

    /// <summary>The caller insists on a tool (<c>required</c> or a named function).</summary>
    public bool ToolForced { get; init; }

    /// <summary>Assistant tool calls or tool results are among the messages.</summary>
    public bool HasToolHistory { get; init; }

    public bool WantsJson { get; init; }

    public bool WantsJsonSchema { get; init; }

    public int ImageCount { get; init; }

    public bool HasAudio { get; init; }

    public bool HasFiles { get; init; }

    public int? MaxOutputTokens { get; init; }

    /// <summary>The caller asked for reasoning (an effort above <c>minimal</c>, or a budget).</summary>
    public bool WantsReasoning { get; init; }

    /// <summary>Estimate of the whole prompt, tools included.</summary>
    public int PromptTokens { get; init; }
}
