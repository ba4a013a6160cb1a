using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Why an answer stopped, in the inner form. Derived from what was produced, not copied from the upstream's word.</summary>
public enum FinishReason
{
    Stop,
    Length,
    ToolCalls,

    /// <summary>The provider's filter cut or withheld the answer.</summary>
    ContentFilter,

    /// <summary>The model declined; what it said stays.</summary>
    Refusal,
}

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

    /// <summary>The proof that the reasoning before it is the upstream's own; needed again on the next turn. Ends one block of reasoning.</summary>
    /// <param name="format">Whose proof it is, one of <see cref="SignatureFormats"/>; worthless to any other provider.</param>
    void ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json);

    /// <summary>A block of reasoning that only the upstream can read; needed again on the next turn.</summary>
    void EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson);

    void Refusal(int choice, ReadOnlySpan<byte> json);

    /// <summary>A tool call begins; <paramref name="call"/> counts from 0 within the choice. Ids are made up by the reader where the provider has none; empty where nothing is there to make them of.</summary>
    void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson);

    /// <summary>A piece of the arguments: the inside of the JSON string that holds them (so quotes in it are escaped).</summary>
    void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json);

    /// <summary>Opaque state that belongs to the call and is needed again on the next turn (Gemini's thought signature).</summary>
    void ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json);

    /// <summary>A call begins whose opaque state is known at once: for writers whose clients look for both in one piece.</summary>
    void SignedToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, string format, ReadOnlySpan<byte> signatureJson)
    {
        ToolCallStarted(choice, call, idJson, nameJson);
        ToolCallSignature(choice, call, format, signatureJson);
    }

    /// <summary>
    /// Something that only some dialects know (citations, redacted thinking, log-probabilities, server tool results), as a whole
    /// JSON value. A writer that can show it does, others leave it out.
    /// </summary>
    /// <param name="kind">One of <see cref="ExtraKinds"/>, or the upstream's own word for it.</param>
    void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue);

    void Finished(int choice, FinishReason reason);

    void Usage(in TokenUsage usage);

    /// <summary>The upstream said that the answer broke (an error event inside a 200 stream).</summary>
    void Failed(UpstreamError error);

    /// <summary>The upstream's own terminal event was seen: the answer is whole.</summary>
    void Ended();
}

/// <summary>Whose opaque state a signature is, in the words that OpenRouter's <c>reasoning_details</c> made common.</summary>
public static class SignatureFormats
{
    public const string Anthropic = "anthropic-claude-v1";
    public const string Gemini = "google-gemini-v1";
    public const string OpenAiResponses = "openai-responses-v1";
}

/// <summary>Kinds of <see cref="IAnswerSink.Extra"/> that more than one dialect knows.</summary>
public static class ExtraKinds
{
    /// <summary>A source on the web, as OpenAI's annotation object: <c>{"type":"url_citation","url_citation":{…}}</c>.</summary>
    public const string UrlCitation = "url_citation";

    /// <summary>A source that is no web address (a place in a document), as the upstream wrote it.</summary>
    public const string Citation = "citation";

    /// <summary>Log-probabilities of the text since the last ones, as OpenAI's <c>{"content":[…],"refusal":[…]}</c>.</summary>
    public const string Logprobs = "logprobs";

    /// <summary>A made picture as <c>{"type":"image_url","image_url":{"url":"data:…"}}</c>.</summary>
    public const string Image = "image";

    /// <summary>Spoken output as OpenAI's audio object, or a piece of one.</summary>
    public const string Audio = "audio";

    /// <summary>The stop sequence that ended the choice, a JSON string; <c>null</c> where the provider says only that one did.</summary>
    public const string StopSequence = "stop_sequence";

    /// <summary>The tier that really served the call in OpenAI's words, a JSON string; belongs to the whole answer (choice 0).</summary>
    public const string ServiceTier = "service_tier";

    /// <summary>OpenAI's fingerprint of the serving set-up, a JSON string; belongs to the whole answer (choice 0).</summary>
    public const string SystemFingerprint = "system_fingerprint";

    /// <summary>A block of a tool that the provider ran itself (call or result), as it came.</summary>
    public const string ServerTool = "server_tool";

    /// <summary>A call of a tool that takes words instead of arguments (OpenAI's <c>custom</c> tools), as it came.</summary>
    public const string CustomToolCall = "custom_tool_call";

    /// <summary>The machine that Anthropic ran code on, as it came; belongs to the whole answer (choice 0), as do the next two.</summary>
    public const string Container = "container";

    /// <summary>What Anthropic cut from the conversation before it answered, as it came.</summary>
    public const string ContextManagement = "context_management";

    /// <summary>Fields of a model's own answer that the caller asked Bedrock for, as they came.</summary>
    public const string ModelFields = "model_fields";

    /// <summary>
    /// The name under which a kind is reported by a dialect that cannot show it; null for what only describes how the provider ran the call.
    /// </summary>
    public static string? DroppedName(string kind) => kind switch
    {
        Logprobs => "answer.logprobs",
        Image => "answer.images",
        Audio => "answer.audio",
        UrlCitation or Citation => "answer.citations",
        StopSequence or ServiceTier or SystemFingerprint => null,
        _ => $"answer.{kind}",
    };
}
