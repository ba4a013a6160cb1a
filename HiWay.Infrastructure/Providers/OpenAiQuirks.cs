using System.Collections.Frozen;

namespace HiWay.Infrastructure.Providers;

/// <summary>How a provider of OpenAI's dialect is asked to think.</summary>
public enum ReasoningWish
{
    /// <summary><c>reasoning_effort</c>.</summary>
    Effort,

    /// <summary><c>reasoning: {effort | max_tokens}</c> (OpenRouter).</summary>
    Object,

    /// <summary><c>thinking: {type}</c>, on or off (DeepSeek, Moonshot).</summary>
    Switch,

    /// <summary>It cannot be told.</summary>
    None,
}

/// <summary>How a provider of OpenAI's dialect takes its own earlier thinking back.</summary>
public enum ReasoningReturn
{
    /// <summary><c>reasoning_content</c>, and OpenRouter's <c>reasoning_details</c> for what is signed: servers that pass unknown members over.</summary>
    Both,

    /// <summary><c>reasoning_content</c> in turns that called tools; elsewhere it is refused or ignored (DeepSeek, Moonshot).</summary>
    WithCalls,

    /// <summary>Parts of type <c>thinking</c> (Mistral).</summary>
    Parts,

    None,
}

/// <summary>
/// In what a provider that speaks OpenAI's dialect differs from OpenAI: a request that needs none of it passes as bytes, any other is written anew.
/// What is said here stands in the providers' API references, or was seen in the recordings that the remarks name.
/// </summary>
public sealed record OpenAiQuirks
{
    /// <summary>The only members that it takes; null for all.</summary>
    public FrozenSet<string>? Takes { get; init; }

    /// <summary>Members that it answers with a 400 or 422.</summary>
    public FrozenSet<string> Refuses { get; init; } = [];

    /// <summary>Members that its models that think answer with a 400.</summary>
    public FrozenSet<string> ThinkersRefuse { get; init; } = [];

    /// <summary>Members that it calls otherwise: OpenAI's name and its own.</summary>
    public FrozenDictionary<string, string> Renames { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Takes the role <c>developer</c>; others call it <c>system</c>.</summary>
    public bool DeveloperRole { get; init; }

    /// <summary>Takes <c>name</c> on messages.</summary>
    public bool Names { get; init; } = true;

    /// <summary>Takes <c>tool_choice: "required"</c> and a named function.</summary>
    public bool ForcedTools { get; init; } = true;

    /// <summary>Takes <c>tool_choice: {"type":"allowed_tools"}</c>.</summary>
    public bool AllowedTools { get; init; }

    /// <summary>Takes <c>response_format: {"type":"json_schema"}</c>.</summary>
    public bool JsonSchema { get; init; } = true;

    /// <summary>Ids of calls must be nine letters and digits (Mistral).</summary>
    public bool NineLetterCallIds { get; init; }

    /// <summary>A last turn of the assistant, which is to be continued, must be marked <c>prefix</c> (Mistral).</summary>
    public bool MarksPrefix { get; init; }

    /// <summary>Documents are parts of type <c>document_url</c>, sound is base64 without a word of its format (Mistral).</summary>
    public bool DocumentUrls { get; init; }

    /// <summary>How many log-probabilities are wanted is said in <c>logprobs</c> itself, a number (Together).</summary>
    public bool LogprobsAreACount { get; init; }

    /// <summary>Passes over or understands what OpenAI does not know: marks for the prompt cache, foreign members of messages, signatures of others.</summary>
    public bool Lax { get; init; }

    public ReasoningWish Wish { get; init; }

    /// <summary>The words that <c>reasoning_effort</c> takes, mildest first; null for all of OpenAI's.</summary>
    public IReadOnlyList<string>? Efforts { get; init; }

    /// <summary>The words of models that take others than the provider's usual ones: the beginning of their names, the first that fits; an empty list for none at all.</summary>
    public IReadOnlyList<(string Model, string[] Words)> EffortsOfModels { get; init; } = [];

    public ReasoningReturn Return { get; init; } = ReasoningReturn.None;

    /// <summary>Refuses sampling and the old name of the limit for models that think (OpenAI, Azure).</summary>
    public bool StrictAboutModels { get; init; }

    /// <summary>Servers that a workspace names itself, vLLM, Ollama: what they do not know they ignore, or say so.</summary>
    public static readonly OpenAiQuirks Lenient = new() { Lax = true, DeveloperRole = true, Return = ReasoningReturn.Both, AllowedTools = true };

    /// <summary>OpenAI itself and Azure: refuse every member that is not their own.</summary>
    public static readonly OpenAiQuirks OpenAi = new()
    {
        Takes = Set(
            "model", "messages", "stream", "stream_options", "tools", "tool_choice", "functions", "function_call", "parallel_tool_calls", "max_tokens",
            "max_completion_tokens", "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "n", "stop", "response_format", "reasoning_effort",
            "user", "audio", "logit_bias", "logprobs", "top_logprobs", "metadata", "modalities", "moderation", "prediction", "prompt_cache_key",
            "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "service_tier", "store", "verbosity", "web_search_options"),
        DeveloperRole = true,
        AllowedTools = true,
        StrictAboutModels = true,
    };

    /// <summary>Mistral: its document forbids further members (Fixtures/schemas/mistral.json, <c>additionalProperties: false</c>).</summary>
    public static readonly OpenAiQuirks Mistral = new()
    {
        Takes = Set(
            "model", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed", "metadata", "messages", "response_format", "tools", "tool_choice",
            "presence_penalty", "frequency_penalty", "n", "prediction", "parallel_tool_calls", "prompt_mode", "reasoning_effort", "guardrails",
            "prompt_cache_key", "safe_prompt"),
        Renames = Map(("max_completion_tokens", "max_tokens"), ("seed", "random_seed")),
        Names = false,
        NineLetterCallIds = true,
        MarksPrefix = true,
        DocumentUrls = true,
        Efforts = ["none", "high"],
        Return = ReasoningReturn.Parts,
    };

    /// <summary>Groq (console.groq.com/docs/openai, "Currently unsupported").</summary>
    public static readonly OpenAiQuirks Groq = new()
    {
        Refuses = Set("logprobs", "logit_bias", "top_logprobs", "top_k", "n", "store", "modalities", "audio", "prediction", "verbosity"),
        Efforts = ["low", "medium", "high"],
        EffortsOfModels = [("qwen/", ["none", "default"])],     // console.groq.com/docs/reasoning
    };

    /// <summary>DeepSeek (api-docs.deepseek.com): JSON without a schema, thinking on and off, and how hard (guides/thinking_mode).</summary>
    public static readonly OpenAiQuirks DeepSeek = new()
    {
        Renames = Map(("max_completion_tokens", "max_tokens")),
        Refuses = Set("n", "top_k"),
        JsonSchema = false,
        Wish = ReasoningWish.Switch,
        Efforts = ["low", "high", "max"],
        Return = ReasoningReturn.WithCalls,
    };

    /// <summary>xAI (docs.x.ai): takes most; models that think refuse penalties and stop sequences, and most before Grok 4.3 the effort (guides/reasoning).</summary>
    public static readonly OpenAiQuirks XAi = new()
    {
        Refuses = Set("logit_bias", "top_k"),
        ThinkersRefuse = Set("presence_penalty", "frequency_penalty", "stop"),
        Efforts = ["low", "medium", "high"],
        EffortsOfModels =
        [
            ("grok-3-mini", ["low", "high"]), ("grok-4.3", ["none", "low", "medium", "high"]),
            ("grok-3", []), ("grok-4-", []), ("grok-4.1", []), ("grok-4.20", []), ("grok-code", []),
        ],
    };

    public static readonly OpenAiQuirks Together = new()
    {
        Renames = Map(("max_completion_tokens", "max_tokens")), Efforts = ["low", "medium", "high"], Lax = true, LogprobsAreACount = true,
    };

    public static readonly OpenAiQuirks Fireworks = new()
    {
        Renames = Map(("max_completion_tokens", "max_tokens")), Efforts = ["none", "low", "medium", "high"], Return = ReasoningReturn.WithCalls,
    };

    /// <summary>Perplexity (docs.perplexity.ai): searches by itself and takes no tools.</summary>
    public static readonly OpenAiQuirks Perplexity = new()
    {
        Renames = Map(("max_completion_tokens", "max_tokens")),
        Refuses = Set("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "n", "seed", "logit_bias", "logprobs", "top_logprobs"),
        Efforts = ["minimal", "low", "medium", "high"],
    };

    /// <summary>Moonshot (platform.moonshot.ai): a tool can be offered, not forced; thinking on and off.</summary>
    public static readonly OpenAiQuirks Moonshot = new()
    {
        Renames = Map(("max_completion_tokens", "max_tokens")),
        Refuses = Set("logit_bias", "logprobs", "top_logprobs", "top_k", "seed"),
        ForcedTools = false,
        Wish = ReasoningWish.Switch,
        Return = ReasoningReturn.WithCalls,
    };

    /// <summary>OpenRouter passes on to many and drops what each does not take.</summary>
    public static readonly OpenAiQuirks OpenRouter = new()
    {
        DeveloperRole = true, Lax = true, Wish = ReasoningWish.Object, Return = ReasoningReturn.Both,
    };

    /// <summary>The words that a model takes for <c>reasoning_effort</c>, mildest first; null for all of OpenAI's.</summary>
    public IReadOnlyList<string>? EffortsOf(string model)
    {
        foreach (var (beginning, words) in EffortsOfModels)
        {
            if (model.StartsWith(beginning, StringComparison.Ordinal))
            {
                return words;
            }
        }

        return Efforts;
    }

    /// <summary>Whether a member may be sent under this name.</summary>
    public bool Allows(string name) => (Takes is null || Takes.Contains(name)) && !Refuses.Contains(name);

    /// <summary>The same for a member that is not to be renamed either; allocates nothing.</summary>
    /// <param name="thinks">The model is known to think.</param>
    public bool TakesAsIs(ReadOnlySpan<char> name, bool thinks) =>
        (Takes is null || Takes.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name))
        && !Refuses.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name)
        && !Renames.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(name)
        && !(thinks && ThinkersRefuse.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name));

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);

    private static FrozenDictionary<string, string> Map(params (string From, string To)[] names) =>
        names.ToFrozenDictionary(name => name.From, name => name.To, StringComparer.Ordinal);
}
