using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Inner;

/// <summary>
/// A chat call in the inner form: what all dialects share, typed; what only some know, kept as the JSON it came in
/// (<see cref="Extensions"/>), so that a dialect that does know it can take it from there.
/// </summary>
public sealed record ChatRequest
{
    /// <summary>The client's dialect, whose words <see cref="Extensions"/>, unknown parts and built-in tools are; one of <see cref="ChatDialects"/>.</summary>
    public string Dialect { get; init; } = ChatDialects.OpenAiChat;

    /// <summary>System and developer instructions in order, before and between the turns.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    public ToolChoice? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    /// <summary>Upper bound of produced tokens, reasoning included.</summary>
    public int? MaxOutputTokens { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? PresencePenalty { get; init; }

    public long? Seed { get; init; }

    /// <summary>The client asked with OpenAI's old <c>functions</c>; <see cref="Tools"/> holds them all the same.</summary>
    public bool LegacyFunctions { get; init; }

    /// <summary>Number of answers wanted; 1 when absent.</summary>
    public int Choices { get; init; } = 1;

    public IReadOnlyList<string> StopSequences { get; init; } = [];

    public ResponseFormat? ResponseFormat { get; init; }

    public ReasoningSettings? Reasoning { get; init; }

    /// <summary>The caller's end user, passed on where the upstream has a field for it.</summary>
    public string? EndUser { get; init; }

    /// <summary>Marks for a provider's prompt cache may be set where the caller has set none.</summary>
    public bool PromptCaching { get; init; }

    /// <summary>Fields of the client's body that have no typed place here, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extensions { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Paths of the inner form and of the client's body, where they differ (<c>messages[0]</c> is its <c>system</c>), for what is reported as dropped.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Paths { get; init; } = [];

    /// <summary>Paths in the client's body that this form cannot hold at all; reported as dropped whatever the upstream is.</summary>
    public IReadOnlyList<string> NotCarried { get; init; } = [];
}

/// <summary>Names of client dialects, as usage rows spell them.</summary>
public static class ChatDialects
{
    public const string OpenAiChat = "openai_chat";
    public const string OpenAiResponses = "openai_responses";
    public const string AnthropicMessages = "anthropic_messages";
}

public enum ChatRole { System, Developer, User, Assistant, Tool }

/// <summary>One turn. Tool results are messages of role <see cref="ChatRole.Tool"/> with one <see cref="ToolResultPart"/>.</summary>
public sealed record ChatMessage(ChatRole Role, IReadOnlyList<ChatPart> Parts)
{
    /// <summary>The participant's name, where the client gave one.</summary>
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, JsonElement> Extensions { get; init; } = new Dictionary<string, JsonElement>();
}

/// <summary>A piece of a message.</summary>
public abstract record ChatPart
{
    /// <summary>A prompt-cache mark on this piece, as the client wrote it (<c>{"type":"ephemeral","ttl":"1h"}</c>).</summary>
    public JsonElement? CacheControl { get; init; }
}

public sealed record TextPart(string Text) : ChatPart;

/// <param name="Url">An address, when <paramref name="Base64"/> is null.</param>
/// <param name="Detail">OpenAI's <c>low</c>, <c>high</c>, <c>auto</c>.</param>
public sealed record ImagePart(string? Url, string? MediaType, string? Base64, string? Detail = null) : ChatPart;

/// <summary>A document (PDF or text) given inline, by address or by the upstream's file id.</summary>
public sealed record FilePart(string? Url, string? MediaType, string? Base64, string? FileId, string? FileName) : ChatPart;

/// <param name="Format">OpenAI's name of the format: <c>wav</c>, <c>mp3</c>.</param>
public sealed record AudioPart(string Base64, string Format) : ChatPart;

/// <summary>The assistant asked for a tool.</summary>
/// <param name="ArgumentsJson">The arguments as JSON text; may be empty or (from careless models) invalid.</param>
public sealed record ToolCallPart(string Id, string Name, string ArgumentsJson) : ChatPart
{
    /// <summary>Opaque upstream state that belongs to the call (Gemini's thought signature).</summary>
    public string? Signature { get; init; }

    /// <summary>Whose <see cref="Signature"/> it is (<see cref="SignatureFormats"/>); null when the client does not say.</summary>
    public string? SignatureFormat { get; init; }
}

/// <param name="IsError">The tool failed; the parts say how.</param>
public sealed record ToolResultPart(string CallId, IReadOnlyList<ChatPart> Parts, bool IsError = false) : ChatPart;

/// <summary>Thinking from an earlier turn, with the signature that lets the upstream trust it.</summary>
/// <param name="RedactedData">Set instead of text for thinking that the provider encrypted.</param>
/// <param name="Format">Whose signature or data it is (<see cref="SignatureFormats"/>); null when the client does not say.</param>
public sealed record ReasoningPart(string Text, string? Signature, string? RedactedData = null, string? Format = null) : ChatPart;

/// <summary>The assistant declined, in its own words.</summary>
public sealed record RefusalPart(string Text) : ChatPart;

/// <summary>A piece no other type covers, as it came.</summary>
/// <param name="Kind">The dialect's own name of it.</param>
public sealed record UnknownPart(string Kind, JsonElement Value) : ChatPart;

/// <param name="Parameters">JSON schema of the arguments; null for none.</param>
public sealed record ToolDefinition(string Name, string? Description, JsonElement? Parameters, bool? Strict = null)
{
    /// <summary>A tool that is no function (web search, computer use), as it came; the other fields are then empty.</summary>
    public JsonElement? BuiltIn { get; init; }

    public JsonElement? CacheControl { get; init; }

    /// <summary>The client's tool takes words; <see cref="Parameters"/> hold them as one string, <c>input</c>.</summary>
    public bool IsCustom { get; init; }
}

public enum ToolChoiceKind { Auto, None, Required, Function }

public sealed record ToolChoice(ToolChoiceKind Kind, string? FunctionName = null)
{
    /// <summary>When not empty, only these of the offered functions may be called.</summary>
    public IReadOnlyList<string> AllowedFunctions { get; init; } = [];
}

public enum ResponseFormatKind { Text, JsonObject, JsonSchema }

public sealed record ResponseFormat(ResponseFormatKind Kind, string? Name = null, JsonElement? Schema = null, bool? Strict = null, string? Description = null);

/// <param name="Effort"><c>none</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c>, <c>max</c>.</param>
/// <param name="BudgetTokens">Tokens for thinking, where the client states them instead.</param>
public sealed record ReasoningSettings(string? Effort, int? BudgetTokens = null);
