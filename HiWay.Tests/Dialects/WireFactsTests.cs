using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Dialects;

/// <summary>
/// What was counted over thousands of recorded calls (Fixtures/wire-facts.json): every finish reason and every count of tokens that a provider was seen
/// to send means something here, or it is written down why not. A new fact fails until somebody has thought about it.
/// </summary>
public sealed class WireFactsTests
{
    private const string Broken = "broken";

    /// <summary>What each word for an end means; calls decide for themselves, so their word is an ordinary end.</summary>
    private static readonly Dictionary<string, string> s_ends = new()
    {
        ["chat_completions stop"] = "Stop", ["chat_completions eos"] = "Stop", ["chat_completions tool_calls"] = "Stop", ["chat_completions tool_call"] = "Stop", ["chat_completions function_call"] = "Stop",
        ["chat_completions length"] = "Length", ["chat_completions content_filter"] = "ContentFilter",
        ["messages end_turn"] = "Stop", ["messages pause_turn"] = "Stop", ["messages stop_sequence"] = "Stop", ["messages tool_use"] = "Stop", ["messages max_tokens"] = "Length",
        ["generate_content STOP"] = "Stop", ["generate_content 1"] = "Stop", ["generate_content MAX_TOKENS"] = "Length", ["generate_content 2"] = "Length", ["generate_content SAFETY"] = "ContentFilter",
        ["generate_content MODEL_ARMOR"] = "ContentFilter", ["generate_content MALFORMED_FUNCTION_CALL"] = Broken, ["generate_content UNEXPECTED_TOOL_CALL"] = Broken,
        ["converse end_turn"] = "Stop", ["converse tool_use"] = "Stop", ["converse max_tokens"] = "Length", ["converse guardrail_intervened"] = "ContentFilter",
        ["cohere_chat COMPLETE"] = "Stop", ["cohere_chat STOP_SEQUENCE"] = "Stop", ["cohere_chat TOOL_CALL"] = "Stop", ["cohere_chat MAX_TOKENS"] = "Length",
        ["ollama_chat stop"] = "Stop", ["ollama_chat length"] = "Length",
        ["responses status=complete"] = "Stop", ["responses status=completed"] = "Stop", ["responses status=incomplete (max_output_tokens)"] = "Length",
    };

    /// <summary>Counts that change no bill, and why.</summary>
    private static readonly Dictionary<string, string> s_notCounted = new()
    {
        ["chat_completions total_tokens"] = "the sum of the others",
        ["chat_completions prompt_tokens_details.text_tokens"] = "what is left of the prompt",
        ["chat_completions prompt_cache_miss_tokens"] = "what is left of the prompt",
        ["chat_completions prompt_tokens_details.video_tokens"] = "paid as the rest of the prompt",
        ["chat_completions audio_prompt_tokens"] = "Mistral's alias of prompt_tokens_details.audio_tokens",
        ["chat_completions completion_tokens_details.text_tokens"] = "what is left of the answer",
        ["chat_completions completion_tokens_details.accepted_prediction_tokens"] = "part of the answer, at its price",
        ["chat_completions completion_tokens_details.rejected_prediction_tokens"] = "part of the answer, at its price",
        ["messages cache_creation.ephemeral_5m_input_tokens"] = "what is left of cache_creation_input_tokens",
        ["responses total_tokens"] = "the sum of the others",
        ["responses context_details.input_tokens"] = "the last turn's context, not what is billed",
        ["responses context_details.output_tokens"] = "the last turn's context, not what is billed",
        ["responses output_tokens_details.tool_output_tokens"] = "part of the answer, at its price",
        ["generate_content totalTokenCount"] = "the sum of the others",
        ["converse totalTokens"] = "the sum of the others",
        ["converse cacheReadInputTokenCount"] = "the older name of cacheReadInputTokens, sent beside it",
        ["converse cacheWriteInputTokenCount"] = "the older name of cacheWriteInputTokens, sent beside it",
        ["cohere_chat cached_tokens"] = "billed_units are what is paid",
        ["cohere_chat tokens.image_tokens"] = "billed_units are what is paid",
        ["cohere_chat tokens.input_tokens"] = "billed_units are what is paid",
        ["cohere_chat tokens.output_tokens"] = "billed_units are what is paid",
    };

    private static readonly Dictionary<string, UpstreamDialect> s_dialects = new()
    {
        ["chat_completions"] = UpstreamDialect.OpenAiChat, ["messages"] = UpstreamDialect.AnthropicMessages, ["generate_content"] = UpstreamDialect.Gemini, ["converse"] = UpstreamDialect.BedrockConverse,
        ["cohere_chat"] = UpstreamDialect.CohereV2, ["ollama_chat"] = UpstreamDialect.OllamaChat, ["responses"] = UpstreamDialect.OpenAiResponses,
    };

    private static IEnumerable<(string Api, JsonNode Facts)> Facts => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "wire-facts.json")))!.AsArray()
        .Select(one => ((string)one!["api"]!, one)).Where(one => s_dialects.ContainsKey(one.Item1));

    public static TheoryData<string> Ends => [.. Names("finish_reasons").Where(one => one != "responses status=queued")];

    public static TheoryData<string> Counts => [.. Names("usage_fields").Where(one => one.Contains("oken", StringComparison.Ordinal) && !one.Contains("cost", StringComparison.Ordinal) && !one.EndsWith("Details[]", StringComparison.Ordinal)
        && !one.EndsWith("_details", StringComparison.Ordinal) && !one.Contains("message_start", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Ends))]
    public void AFinishReason_IsUnderstood(string fact)
    {
        Assert.True(s_ends.TryGetValue(fact, out var expected), $"Nobody has said what '{fact}' means.");

        var seen = Read(fact[..fact.IndexOf(' ')], fact[(fact.IndexOf(' ') + 1)..], null).Seen;

        Assert.Equal(expected == Broken, seen.Failed);
        if (expected != Broken)
        {
            var reason = Assert.Single(seen.Finish);
            Assert.Equal(expected, reason is FinishReason.ToolCalls ? "Stop" : reason.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void ACountOfTokens_GoesIntoTheUsage(string fact)
    {
        var (api, path) = (fact[..fact.IndexOf(' ')], fact[(fact.IndexOf(' ') + 1)..]);
        var without = Read(api, null, null).Seen.Usage;
        var with = Read(api, null, path).Seen.Usage;

        if (s_notCounted.TryGetValue(fact, out var why))
        {
            Assert.True(without == with, $"It is counted all the same: {why}");
        }
        else
        {
            Assert.NotEqual<TokenUsage?>(without, with);
        }
    }

    /// <summary>Words of frames and of pieces that mean something here: those that carry the answer and are read in RecordedAnswerTests, and those of <see cref="AnswerFeatures"/>.</summary>
    private static readonly Dictionary<string, string[]> s_understood = new()
    {
        ["messages sse_events"] = ["content_block_delta", "content_block_start", "content_block_stop", "ping", "message_start", "message_delta", "message_stop"],
        ["messages content_block_types"] =
        [
            "text", "tool_use", "thinking", "redacted_thinking", "server_tool_use", "web_search_tool_result", "bash_code_execution_tool_result", "tool_search_tool_result", "code_execution_tool_result",
            "text_editor_code_execution_tool_result", "advisor_tool_result", "mcp_tool_result", "compaction", "web_fetch_tool_result", "mcp_tool_use",
        ],
        ["messages delta_types"] = ["text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta", "compaction_delta"],
        ["messages top_level_fields"] = ["content", "id", "model", "role", "stop_reason", "stop_sequence", "type", "usage", "stop_details", "container", "context_management"],
        ["converse sse_events"] = ["contentBlockDelta", "contentBlockStop", "messageStart", "messageStop", "metadata", "contentBlockStart"],
        ["converse content_block_types"] = ["text", "toolUse", "reasoningContent", "citationsContent", "toolResult"],
        ["converse top_level_fields"] = ["metrics", "output", "stopReason", "usage", "trace", "serviceTier", "performanceConfig", "additionalModelResponseFields"],
        ["cohere_chat event_types"] = ["content-delta", "tool-call-delta", "tool-plan-delta", "message-start", "message-end", "content-start", "content-end", "tool-call-start", "tool-call-end", "citation-start", "citation-end"],
        ["generate_content part_fields"] = ["text", "thoughtSignature", "functionCall", "thought", "executableCode", "codeExecutionResult", "toolCall", "toolResponse", "inlineData"],
        ["generate_content candidate_fields"] = ["content", "index", "finishReason", "finishMessage", "avgLogprobs", "groundingMetadata", "urlContextMetadata", "safetyRatings", "logprobsResult", "citationMetadata"],
        ["generate_content top_level_fields"] = ["candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback"],
        ["chat_completions message_fields"] = ["content", "role", "refusal", "annotations", "tool_calls", "reasoning_content", "reasoning", "function_call", "audio", "reasoning_details", "executed_tools"],
        ["chat_completions delta_fields"] = ["content", "role", "refusal", "annotations", "tool_calls", "reasoning_content", "reasoning", "reasoning_details", "executed_tools"],
        ["chat_completions choice_extra_fields"] = ["content_filter_results", "matched_stop", "stop_reason", "error"],
        ["responses output_item_types"] =
        [
            "message", "reasoning", "function_call", "web_search_call", "tool_search_call", "tool_search_output", "image_generation_call", "code_interpreter_call", "file_search_call", "mcp_call", "mcp_list_tools",
            "compaction", "custom_tool_call",
        ],
        ["responses sse_events"] =
        [
            "response.output_text.delta", "response.function_call_arguments.delta", "response.reasoning_summary_text.delta", "response.reasoning_text.delta", "response.refusal.delta", "response.output_item.added",
            "response.output_item.done", "response.created", "response.completed", "response.incomplete", "response.output_text.annotation.added",
        ],
        ["ollama_chat ollama_fields"] = ["model", "message", "done", "done_reason", "eval_count", "prompt_eval_count"],
    };

    /// <summary>Those that need not be read, and why.</summary>
    private static readonly Dictionary<string, string[]> s_passedOver = new()
    {
        ["the data says its own type"] = ["messages sse_events data", "cohere_chat sse_events *"],
        ["what they hold came with the deltas, and comes again with the item"] =
        [
            "responses sse_events response.in_progress", "responses sse_events response.content_part.added", "responses sse_events response.content_part.done", "responses sse_events response.output_text.done",
            "responses sse_events response.function_call_arguments.done", "responses sse_events response.reasoning_summary_part.added", "responses sse_events response.reasoning_summary_part.done",
            "responses sse_events response.reasoning_summary_text.done", "responses sse_events response.reasoning_text.done", "responses sse_events response.custom_tool_call_input.delta",
            "responses sse_events response.custom_tool_call_input.done", "responses sse_events response.code_interpreter_call_code.delta", "responses sse_events response.web_search_call.in_progress",
            "responses sse_events response.web_search_call.searching", "responses sse_events response.web_search_call.completed", "responses sse_events response.mcp_list_tools.in_progress",
            "responses sse_events response.mcp_list_tools.completed",
        ],
        ["Groq's error in a stream; its data is an error object, which every reader knows"] = ["chat_completions sse_events error"],
        ["when it was made; HiWay's own clock says so too"] = ["generate_content top_level_fields createTime", "ollama_chat ollama_fields created_at"],
        ["times of the server"] = ["ollama_chat ollama_fields total_duration", "ollama_chat ollama_fields load_duration", "ollama_chat ollama_fields prompt_eval_duration", "ollama_chat ollama_fields eval_duration"],
        ["the provider's own words for what the others say"] =
        [
            "chat_completions choice_extra_fields native_finish_reason", "chat_completions choice_extra_fields finish_details", "chat_completions choice_extra_fields text", "chat_completions choice_extra_fields seed",
            "chat_completions delta_fields channel", "chat_completions delta_fields token_id",
        ],
        ["Google's endpoint of OpenAI's dialect repeats on the message what stands on its calls"] = ["chat_completions message_fields extra_content", "chat_completions message_fields thought_signature"],
    };

    public static TheoryData<string> Frames => [.. ((string[])["sse_events", "event_types", "content_block_types", "delta_types", "part_fields", "candidate_fields", "message_fields", "delta_fields", "choice_extra_fields", "output_item_types", "ollama_fields"])
        .SelectMany(kind => Facts.Where(one => !(one.Api == "messages" && (string?)one.Facts["provider"] == "openai")).SelectMany(one => (one.Facts[kind] as JsonObject ?? []).Select(fact => $"{one.Api} {kind} {fact.Key}")))
        .Concat(Facts.Where(one => one.Api is "messages" or "converse" or "generate_content" && (string?)one.Facts["provider"] != "openai").SelectMany(one => (one.Facts["top_level_fields"] as JsonObject ?? []).Select(fact => $"{one.Api} top_level_fields {fact.Key}")))
        .Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Frames))]
    public void AnEventOrPiece_IsUnderstood_OrPassedOverForAReason(string fact)
    {
        var kind = fact[..fact.LastIndexOf(' ')];
        var understood = s_understood.TryGetValue(kind, out var words) && words.Contains(fact[(kind.Length + 1)..]);
        var passedOver = s_passedOver.Values.Any(facts => facts.Contains(fact) || facts.Contains($"{kind} *"));

        Assert.True(understood || passedOver, $"Nobody has said what '{fact}' means.");
    }

    public static TheoryData<string> Errors => [.. Facts.Where(one => !(one.Api == "messages" && (string?)one.Facts["provider"] == "openai"))
        .SelectMany(one => (one.Facts["error_shapes"] as JsonObject ?? []).Select(shape => $"{one.Api}|{shape.Key}")).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>A fact is an error's status and its members: <c>400 error.message, error.type</c>.</summary>
    [Theory]
    [MemberData(nameof(Errors))]
    public void AnError_IsToldInTheProvidersWords(string fact)
    {
        var (api, shape) = (fact[..fact.IndexOf('|')], fact[(fact.IndexOf('|') + 1)..]);
        var status = int.Parse(shape[..3], System.Globalization.CultureInfo.InvariantCulture);
        var body = new JsonObject();
        foreach (var member in shape[4..].Split(", "))
        {
            Say(body, member.Replace("[]", "", StringComparison.Ordinal).Split('.'), member is "message" or "error" or "detail" or "error.message" ? "What went wrong" : "word");
        }

        var error = UpstreamDialects.For(s_dialects[api]).ReadError(status, new HttpResponseMessage().Headers, Encoding.UTF8.GetBytes(body.ToJsonString()), DateTimeOffset.UnixEpoch);

        Assert.Equal(status, error.Status);
        Assert.Contains("What went wrong", error.Message, StringComparison.Ordinal);
    }

    private static void Say(JsonObject at, ReadOnlySpan<string> path, string word)
    {
        if (path.Length == 1)
        {
            at[path[0]] = word;
            return;
        }

        if (at[path[0]] is not JsonObject inner)
        {
            at[path[0]] = inner = [];
        }

        Say(inner, path[1..], word);
    }

    private static IEnumerable<string> Names(string kind) => Facts
        .SelectMany(one => (one.Facts[kind] as JsonObject ?? []).Select(fact => $"{one.Api} {fact.Key}")).Distinct().Order(StringComparer.Ordinal);

    /// <summary>A short answer with this end, or with this count set to 7.</summary>
    private static CollectingSink Read(string api, string? end, string? count)
    {
        var number = end is "1" or "2" ? end : $"\"{end ?? "STOP"}\"";
        var (answer, usage) = api switch
        {
            "chat_completions" => ($$"""{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"{{end ?? "stop"}}"}]}""", """{"prompt_tokens":100,"completion_tokens":100,"total_tokens":200}"""),
            "messages" => ($$"""{"type":"message","id":"x","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"{{end ?? "end_turn"}}"}""", """{"input_tokens":100,"output_tokens":100,"cache_creation_input_tokens":9}"""),
            "generate_content" => ($$"""{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"finishReason":{{number}} }]}""", """{"promptTokenCount":100,"candidatesTokenCount":100}"""),
            "converse" => ($$$"""{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"{{{end ?? "end_turn"}}}"}""", """{"inputTokens":100,"outputTokens":100}"""),
            "cohere_chat" => ($$"""{"id":"x","message":{"role":"assistant","content":[{"type":"text","text":"x"}]},"finish_reason":"{{end ?? "COMPLETE"}}"}""", """{"billed_units":{"input_tokens":100,"output_tokens":100},"tokens":{"input_tokens":110,"output_tokens":100}}"""),
            "ollama_chat" => ($$"""{"model":"m","message":{"role":"assistant","content":"x"},"done":true,"done_reason":"{{end ?? "stop"}}"}""", "{}"),
            _ => (ResponseOf(end ?? "status=completed"), """{"input_tokens":100,"output_tokens":100,"total_tokens":200}"""),
        };
        var json = JsonNode.Parse(answer)!.AsObject();
        var counts = JsonNode.Parse(usage)!.AsObject();
        if (count is not null)
        {
            Set(counts, count.Split('.'));
        }

        json[api == "generate_content" ? "usageMetadata" : "usage"] = counts;
        var sink = new CollectingSink();
        UpstreamDialects.For(s_dialects[api]).ReadAnswer(Encoding.UTF8.GetBytes(json.ToJsonString()), sink);
        return sink;
    }

    /// <param name="end"><c>status=incomplete (max_output_tokens)</c>.</param>
    private static string ResponseOf(string end)
    {
        var words = end["status=".Length..].Split(' ', '(', ')');
        return new JsonObject
        {
            ["id"] = "x", ["object"] = "response", ["model"] = "m", ["status"] = words[0],
            ["incomplete_details"] = words.Length > 1 ? new JsonObject { ["reason"] = words[2] } : null,
            ["output"] = JsonNode.Parse("""[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"x"}]}]"""),
        }.ToJsonString();
    }

    private static void Set(JsonObject at, ReadOnlySpan<string> path)
    {
        if (path.Length == 1)
        {
            at[path[0]] = 7;
            return;
        }

        if (at[path[0]] is not JsonObject inner)
        {
            at[path[0]] = inner = [];
        }

        Set(inner, path[1..]);
    }
}
