using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Why an answer stopped, in the inner form. Derived from what was produced, not copied from the upstream's word.</summary>
public enum FinishReason { Stop, Length, ToolCalls, ContentFilter, Refusal, Error }

/// <summary>
/// The inner form of an answer, streamed or not: an upstream dialect's reader calls these in order and a client dialect's
/// writer implements them. A buffered answer is one pass with whole texts, so both ways share every rule.
/// </summary>
/// <remarks>
/// Spans named <c>json</c> hold the inside of a JSON string exactly as the upstream escaped it, without the quotation marks, so
/// that text crosses dialects without being decoded. They are valid only during the call. Order per choice: any
/// deltas, then <see cref="Finished"/>; <see cref="Usage"/> may come at any time and replaces what was said before;
/// <see cref="Failed"/> ends the answer. A reader never calls anything after <see cref="Failed"/>.
/// </remarks>
public interface IAnswerSink
{
    /// <summary>First call. Values are inside-of-string JSON; empty when the upstream gives none.</summary>
    void Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds);

    void Text(int choice, ReadOnlySpan<byte> json);

    void Reasoning(int choice, ReadOnlySpan<byte> json);

    /// <summary>The proof that the reasoning before it is the upstream's own; needed again on the next turn.</summary>
    void ReasoningSignature(int choice, ReadOnlySpan<byte> json);

    void Refusal(int choice, ReadOnlySpan<byte> json);

    /// <summary>A tool call begins; <paramref name="call"/> counts from 0 within the choice. Ids are made up by the reader where the provider has none.</summary>
    void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson);

    /// <summary>A piece of the arguments: the inside of the JSON string that holds them (so quotes in it are escaped).</summary>
    void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json);

    /// <summary>
    /// Something that only some dialects know (citations, redacted thinking, log-probabilities, server tool results), as a whole
    /// JSON value. A writer that can show it does, others leave it out.
    /// </summary>
    void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue);

    void Finished(int choice, FinishReason reason);

    void Usage(in TokenUsage usage);

    /// <summary>The upstream said that the answer broke (an error event inside a 200 stream).</summary>
    void Failed(UpstreamError error);

    /// <summary>The upstream's own terminal event was seen: the answer is whole.</summary>
    void Ended();
}

/// <summary>What an upstream said went wrong.</summary>
/// <param name="Status">HTTP status, or for an error event the status that it stands for.</param>
/// <param name="Message">The upstream's own words, trimmed to 2,000 characters.</param>
public sealed record UpstreamError(int Status, string Message, string? Code = null, string? Type = null, string? Param = null)
{
    /// <summary>The wait that the upstream asked for, from the header or (Gemini's RetryInfo) the body.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
