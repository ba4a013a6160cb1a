using System.Text.Json.Nodes;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>Something that a provider's answer can say beside its words, whole and streamed.</summary>
/// <param name="Whole">Places in the plain answer, dotted, and the JSON that stands there.</param>
/// <param name="Streamed">The same for the plain stream: the event's number, a place in it (none for an event of its own before it), and the JSON.</param>
/// <param name="Marker">What a client must find for it to have arrived as it is.</param>
public sealed record AnswerFeature(UpstreamDialect From, string Name, (string Path, string Json)[] Whole, (int At, string? Path, string Json)[] Streamed, string Marker)
{
    /// <summary>Why a client may see nothing of it and be told nothing, by the client's dialect; <c>*</c> for all.</summary>
    public Dictionary<string, string> LeftOut { get; init; } = [];

    public override string ToString() => $"{From}: {Name}";
}

/// <summary>What each provider's answers can say, and the plain answers around it.</summary>
public static class AnswerFeatures
{
    private const string Chat = "openai_chat", Responses = "openai_responses", Messages = "anthropic_messages";

    private static readonly Dictionary<UpstreamDialect, (string Whole, (string Name, string Data)[] Stream)> s_plain = new()
    {
        [UpstreamDialect.OpenAiChat] = (
            """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":900,"completion_tokens":120,"total_tokens":1020}}""",
            [
                ("", """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}"""),
                ("", """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}"""),
                ("", """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""),
                ("", """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":900,"completion_tokens":120,"total_tokens":1020}}"""),
            ]),
        [UpstreamDialect.AnthropicMessages] = (
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":900,"output_tokens":120}}""",
            [
                ("message_start", """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":900,"output_tokens":1}}}"""),
                ("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
                ("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"""),
                ("content_block_stop", """{"type":"content_block_stop","index":0}"""),
                ("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":120}}"""),
                ("message_stop", """{"type":"message_stop"}"""),
            ]),
        [UpstreamDialect.OpenAiResponses] = (
            """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":900,"output_tokens":120,"total_tokens":1020}}""",
            [
                ("", """{"type":"response.created","response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[]}}"""),
                ("", """{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","status":"in_progress","content":[]}}"""),
                ("", """{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"msg_1","delta":"Hello","logprobs":[]}"""),
                ("", """{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}}"""),
                ("", """{"type":"response.completed","response":{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[],"usage":{"input_tokens":900,"output_tokens":120,"total_tokens":1020}}}"""),
            ]),
        [UpstreamDialect.Gemini] = (
            """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":900,"candidatesTokenCount":120},"modelVersion":"m","responseId":"r1"}""",
            [
                ("", """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"index":0}],"modelVersion":"m","responseId":"r1"}"""),
                ("", """{"candidates":[{"content":{"role":"model","parts":[{"text":"lo"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":900,"candidatesTokenCount":120},"modelVersion":"m","responseId":"r1"}"""),
            ]),
        [UpstreamDialect.BedrockConverse] = (
            """{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":900,"outputTokens":120,"totalTokens":1020}}""",
            [
                ("messageStart", """{"role":"assistant"}"""), ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hello"}}"""), ("contentBlockStop", """{"contentBlockIndex":0}"""),
                ("messageStop", """{"stopReason":"end_turn"}"""), ("metadata", """{"usage":{"inputTokens":900,"outputTokens":120,"totalTokens":1020}}"""),
            ]),
        [UpstreamDialect.CohereV2] = (
            """{"id":"c1","message":{"role":"assistant","content":[{"type":"text","text":"Hello"}]},"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":900,"output_tokens":120}}}""",
            [
                ("", """{"type":"message-start","id":"c1","delta":{"message":{"role":"assistant"}}}"""), ("", """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"""),
                ("", """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hello"}}}}"""), ("", """{"type":"content-end","index":0}"""),
                ("", """{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":900,"output_tokens":120}}}}"""),
            ]),
        [UpstreamDialect.OllamaChat] = (
            """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":900,"eval_count":120}""",
            [
                ("", """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hello"},"done":false}"""),
                ("", """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":900,"eval_count":120}"""),
            ]),
    };

    private static readonly string s_logprobs = """{"content":[{"token":"Hello","logprob":-0.125,"bytes":null,"top_logprobs":[{"token":"Hi","logprob":-2.5,"bytes":null}]}],"refusal":null}""";

    private static readonly Dictionary<string, string> s_serving = new() { ["*"] = "it describes how the provider ran the call, not the answer" };

    private static readonly Dictionary<string, string> s_safety = new() { ["*"] = "scores of the provider's filter; what they lead to, a blocked answer, arrives as such" };

    public static IReadOnlyList<AnswerFeature> All { get; } =
    [
        // OpenAI's chat and those who speak it.
        Choice("log-probabilities", "logprobs", s_logprobs, "-0.125"),
        Message("refusal", "refusal", "\"I may not MARK\"", "MARK"),
        Message("web citations (`annotations`)", "annotations", """[{"type":"url_citation","url_citation":{"start_index":0,"end_index":5,"url":"https://e.com/MARK","title":"T"}}]""", "https://e.com/MARK"),
        Message("reasoning (`reasoning_content`, `reasoning`)", "reasoning_content", "\"Hm MARK\"", "Hm MARK"),
        Message("signed reasoning (`reasoning_details`)", "reasoning_details", """[{"type":"reasoning.text","text":"Hm","signature":"MARKc2ln","format":"anthropic-claude-v1","index":0}]""", "MARKc2ln"),
        Message("encrypted reasoning (`reasoning_details`)", "reasoning_details", """[{"type":"reasoning.encrypted","data":"MARKZGF0","format":"anthropic-claude-v1","index":0}]""", "MARKZGF0"),
        Message("speech", "audio", """{"id":"audio_1","data":"UklMARK","expires_at":9,"transcript":"Hello"}""", "UklMARK"),
        Message("pictures (`images`)", "images", """[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORMARK"}}]""", "iVBORMARK"),
        Message("tools that the provider ran (Groq's `executed_tools`)", "executed_tools", """[{"index":0,"type":"search","arguments":"{}","output":"MARK"}]""", "MARK"),
        Choice("the sequence that stopped it (vLLM's `stop_reason`)", "stop_reason", "\"MARKSTOP\"", "MARKSTOP") with { LeftOut = new() { [Responses] = "the dialect has no stop sequences" } },
        new(UpstreamDialect.OpenAiChat, "sources (Perplexity's `search_results`)", [("search_results", """[{"title":"T","url":"https://e.com/MARK","snippet":"S"}]""")], [(1, "search_results", """[{"title":"T","url":"https://e.com/MARK","snippet":"S"}]""")], "https://e.com/MARK"),
        new(UpstreamDialect.OpenAiChat, "sources, addresses alone (xAI's `citations`)", [("citations", """["https://e.com/MARK"]""")], [(2, "citations", """["https://e.com/MARK"]""")], "https://e.com/MARK"),
        new(UpstreamDialect.OpenAiChat, "service tier", [("service_tier", "\"priority\"")], [(0, "service_tier", "\"priority\"")], "\"service_tier\":\"priority\""),
        new(UpstreamDialect.OpenAiChat, "system_fingerprint", [("system_fingerprint", "\"fp_MARK\"")], [(0, "system_fingerprint", "\"fp_MARK\"")], "fp_MARK") { LeftOut = s_serving },
        new(UpstreamDialect.OpenAiChat, "several answers", [("choices.1", """{"index":1,"message":{"role":"assistant","content":"MARK"},"finish_reason":"stop"}""")],
            [(1, null, """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"role":"assistant","content":"MARK"},"finish_reason":"stop"}]}""")], "MARK"),
        new(UpstreamDialect.OpenAiChat, "several answers that are calls", [("choices.1", """{"index":1,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"MARK","arguments":"{}"}}]},"finish_reason":"tool_calls"}""")],
            [(1, null, """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"MARK","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""")], "MARK"),
        Counted(UpstreamDialect.OpenAiChat, "cached tokens", "usage.prompt_tokens_details", """{"cached_tokens":377}""", 3),
        Counted(UpstreamDialect.OpenAiChat, "tokens of reasoning", "usage.completion_tokens_details", """{"reasoning_tokens":77}""", 3, "77"),
        Counted(UpstreamDialect.OpenAiChat, "tokens of speech", "usage.completion_tokens_details", """{"audio_tokens":77}""", 3, "77") with { LeftOut = new() { [Responses] = "in the count of the whole answer", [Messages] = "in the count of the whole answer" } },
        new(UpstreamDialect.OpenAiChat, "what the provider's filter found (Azure's `content_filter_results`, `prompt_filter_results`)", [("choices.0.content_filter_results", """{"hate":{"filtered":false,"severity":"safe"}}""")], [(1, "choices.0.content_filter_results", """{"hate":{"filtered":false,"severity":"safe"}}""")], "severity") { LeftOut = s_safety },
        new(UpstreamDialect.OpenAiChat, "questions to ask next (Perplexity's `related_questions`)", [("related_questions", """["MARK?"]""")], [(2, "related_questions", """["MARK?"]""")], "MARK?") { LeftOut = new() { ["*"] = "an offer of the provider's own page, not part of the answer" } },

        // Anthropic.
        Block("thinking with its signature", """{"type":"thinking","thinking":"Hm MARK","signature":"c2lnMARK"}""", "c2lnMARK",
            """{"type":"thinking","thinking":"","signature":""}""", """{"type":"thinking_delta","thinking":"Hm MARK"}""", """{"type":"signature_delta","signature":"c2lnMARK"}"""),
        Block("redacted thinking", """{"type":"redacted_thinking","data":"ZGF0MARK"}""", "ZGF0MARK"),
        Block("a tool that the provider ran, and its result", """{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://e.com","title":"T","encrypted_content":"MARK","page_age":null}]}""", "encrypted_content"),
        Block("results of code", """{"type":"bash_code_execution_tool_result","tool_use_id":"srvtoolu_1","content":{"type":"bash_code_execution_result","stdout":"MARK","stderr":"","return_code":0,"content":[]}}""", "MARK"),
        Block("a compaction", """{"type":"compaction","content":"MARK"}""", "MARK"),
        Block("words with a web citation", """{"type":"text","text":"Cited","citations":[{"type":"web_search_result_location","url":"https://e.com/MARK","title":"T","encrypted_index":"x","cited_text":"c"}]}""", "https://e.com/MARK",
            """{"type":"text","text":"","citations":[]}""", """{"type":"text_delta","text":"Cited"}""", """{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://e.com/MARK","title":"T","encrypted_index":"x","cited_text":"c"}}"""),
        Block("words with a citation of a document", """{"type":"text","text":"","citations":[{"type":"char_location","cited_text":"MARK","document_index":0,"document_title":"D","start_char_index":0,"end_char_index":4}]}""", "char_location",
            """{"type":"text","text":"","citations":[]}""", """{"type":"citations_delta","citation":{"type":"char_location","cited_text":"MARK","document_index":0,"document_title":"D","start_char_index":0,"end_char_index":4}}"""),
        new(UpstreamDialect.AnthropicMessages, "the sequence that stopped it", [("stop_reason", "\"stop_sequence\""), ("stop_sequence", "\"MARKSTOP\"")], [(4, "delta.stop_reason", "\"stop_sequence\""), (4, "delta.stop_sequence", "\"MARKSTOP\"")], "MARKSTOP") { LeftOut = new() { [Responses] = "the dialect has no stop sequences" } },
        new(UpstreamDialect.AnthropicMessages, "a refusal with its words", [("stop_reason", "\"refusal\""), ("stop_details", """{"type":"refusal","category":"cyber","explanation":"MARK"}""")], [(4, "delta.stop_reason", "\"refusal\""), (4, "delta.stop_details", """{"type":"refusal","category":"cyber","explanation":"MARK"}""")], "MARK"),
        new(UpstreamDialect.AnthropicMessages, "the machine that code ran on (`container`)", [("container", """{"id":"container_MARK","expires_at":"2026-01-01T00:00:00Z"}""")], [(4, "delta.container", """{"id":"container_MARK","expires_at":"2026-01-01T00:00:00Z"}""")], "container_MARK"),
        new(UpstreamDialect.AnthropicMessages, "what was cut from the conversation (`context_management`)", [("context_management", """{"applied_edits":[{"type":"clear_tool_uses_20250919","cleared_input_tokens":5}]}""")], [(4, "context_management", """{"applied_edits":[{"type":"clear_tool_uses_20250919","cleared_input_tokens":5}]}""")], "clear_tool_uses"),
        new(UpstreamDialect.AnthropicMessages, "service tier", [("usage.service_tier", "\"priority\"")], [(0, "message.usage.service_tier", "\"priority\"")], "\"service_tier\":\"priority\""),
        Counted(UpstreamDialect.AnthropicMessages, "tokens read from the cache", "usage.cache_read_input_tokens", "377", 0),
        Counted(UpstreamDialect.AnthropicMessages, "tokens written to the cache", "usage.cache_creation_input_tokens", "377", 0),
        Counted(UpstreamDialect.AnthropicMessages, "how long they are kept", "usage.cache_creation", """{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":377}""", 0) with
        {
            Whole = [("usage.cache_creation_input_tokens", "377"), ("usage.cache_creation", """{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":377}""")],
            Streamed = [(0, "message.usage.cache_creation_input_tokens", "377"), (0, "message.usage.cache_creation", """{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":377}""")],
        },
        Counted(UpstreamDialect.AnthropicMessages, "tokens of thinking", "usage.output_tokens_details", """{"thinking_tokens":77}""", 4, "77"),
        Counted(UpstreamDialect.AnthropicMessages, "searches", "usage.server_tool_use", """{"web_search_requests":7}""", 4, "\"web_search_requests\":7") with { LeftOut = new() { [Chat] = "the dialect counts tokens alone; HiWay's cost has the searches", [Responses] = "the dialect counts tokens alone; HiWay's cost has the searches" } },

        // Responses.
        Item("encrypted reasoning", """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAMARK"}""", "gAAAMARK"),
        Item("reasoning with a summary", """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm MARK"}]}""", "Hm MARK"),
        Item("reasoning in full", """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm MARK"}]}""", "Hm MARK"),
        Item("a picture", """{"type":"image_generation_call","id":"ig_1","status":"completed","result":"/9j/MARK"}""", "/9j/MARK"),
        Item("a search that the provider ran", """{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"MARK"}}""", "MARK"),
        Item("code that the provider ran", """{"type":"code_interpreter_call","id":"ci_1","status":"completed","code":"MARK","container_id":"x","outputs":[]}""", "MARK"),
        Item("a call of a server of tools", """{"type":"mcp_call","id":"mcp_1","server_label":"s","name":"n","arguments":"{}","output":"MARK"}""", "MARK"),
        Item("a compaction", """{"type":"compaction","id":"cmp_1","encrypted_content":"MARK"}""", "MARK"),
        Item("a call of a tool that takes words", """{"type":"custom_tool_call","id":"ctc_1","call_id":"c1","name":"n","input":"MARK"}""", "MARK"),
        Item("a refusal", """{"type":"message","id":"msg_2","role":"assistant","status":"completed","content":[{"type":"refusal","refusal":"I may not MARK"}]}""", "MARK"),
        Item("words with a web citation", """{"type":"message","id":"msg_2","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Cited","annotations":[{"type":"url_citation","start_index":0,"end_index":5,"url":"https://e.com/MARK","title":"T"}]}]}""", "https://e.com/MARK"),
        Item("words with a citation of a file", """{"type":"message","id":"msg_2","role":"assistant","status":"completed","content":[{"type":"output_text","text":"","annotations":[{"type":"file_citation","index":0,"file_id":"file_MARK","filename":"f"}]}]}""", "file_MARK"),
        Item("log-probabilities", """{"type":"message","id":"msg_2","role":"assistant","status":"completed","content":[{"type":"output_text","text":"","annotations":[],"logprobs":[{"token":"Hello","logprob":-0.125,"bytes":[],"top_logprobs":[]}]}]}""", "-0.125"),
        new(UpstreamDialect.OpenAiResponses, "service tier", [("service_tier", "\"priority\"")], [(4, "response.service_tier", "\"priority\"")], "\"service_tier\":\"priority\"") { LeftOut = new() { [$"{Messages} streamed"] = "it is told with the last event, and the dialect has a place in its first alone" } },
        Counted(UpstreamDialect.OpenAiResponses, "cached tokens", "usage.input_tokens_details", """{"cached_tokens":377}""", 4),
        Counted(UpstreamDialect.OpenAiResponses, "tokens of reasoning", "usage.output_tokens_details", """{"reasoning_tokens":77}""", 4, "77"),

        // Gemini.
        Part("thoughts", """{"text":"Hm MARK","thought":true}""", "Hm MARK"),
        Part("a signature", """{"text":"","thoughtSignature":"c2lnMARK"}""", "c2lnMARK"),
        Part("a signed call", """{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2lnMARK"}""", "c2lnMARK"),
        Part("code that the provider ran", """{"executableCode":{"language":"PYTHON","code":"MARK"}}""", "MARK"),
        Part("its result", """{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"MARK"}}""", "MARK"),
        Part("a tool that the provider ran", """{"toolCall":{"toolType":"GOOGLE_SEARCH","id":"1","args":{"q":"MARK"}}}""", "MARK"),
        Part("a picture", """{"inlineData":{"mimeType":"image/png","data":"iVBORMARK"}}""", "iVBORMARK"),
        Part("speech", """{"inlineData":{"mimeType":"audio/L16;rate=24000","data":"UklMARK"}}""", "UklMARK"),
        Part("a file", """{"inlineData":{"mimeType":"text/csv","data":"YSxiMARK"}}""", "YSxiMARK"),
        Candidate("sources (`groundingMetadata`)", "groundingMetadata", """{"groundingChunks":[{"web":{"uri":"https://e.com/MARK","title":"T"}}],"groundingSupports":[{"segment":{"startIndex":0,"endIndex":5,"text":"Hello"},"groundingChunkIndices":[0]}]}""", "https://e.com/MARK"),
        Candidate("words that were published elsewhere (`citationMetadata`)", "citationMetadata", """{"citationSources":[{"startIndex":0,"endIndex":5,"uri":"https://e.com/MARK","license":""}]}""", "https://e.com/MARK"),
        Candidate("log-probabilities", "logprobsResult", """{"chosenCandidates":[{"token":"Hello","tokenId":1,"logProbability":-0.125}],"topCandidates":[{"candidates":[{"token":"Hi","logProbability":-2.5}]}]}""", "-0.125"),
        Candidate("the search box (`searchEntryPoint`)", "groundingMetadata", """{"searchEntryPoint":{"renderedContent":"<div>MARK</div>"}}""", "MARK") with { LeftOut = new() { ["*"] = "markup for a page; the sources arrive as citations" } },
        Candidate("what was read (`urlContextMetadata`)", "urlContextMetadata", """{"urlMetadata":[{"retrievedUrl":"https://e.com/MARK","urlRetrievalStatus":"URL_RETRIEVAL_STATUS_SUCCESS"}]}""", "MARK") with { LeftOut = new() { ["*"] = "the addresses are the caller's own; what the answer takes from them arrives as citations" } },
        Candidate("scores of the filter (`safetyRatings`)", "safetyRatings", """[{"category":"HARM_CATEGORY_HARASSMENT","probability":"LOW"}]""", "HARASSMENT") with { LeftOut = s_safety },
        Candidate("`avgLogprobs`", "avgLogprobs", "-0.5", "-0.5") with { LeftOut = new() { ["*"] = "no other dialect knows a mean; the single ones arrive" } },
        new(UpstreamDialect.Gemini, "why the filter cut it (`finishMessage`)", [("candidates.0.finishReason", "\"SAFETY\""), ("candidates.0.finishMessage", "\"MARK\"")], [(1, "candidates.0.finishReason", "\"SAFETY\""), (1, "candidates.0.finishMessage", "\"MARK\"")], "MARK"),
        new(UpstreamDialect.Gemini, "why the prompt was blocked (`promptFeedback`)", [("candidates", "[]"), ("promptFeedback", """{"blockReason":"SAFETY","blockReasonMessage":"MARK"}""")], [(0, "promptFeedback", """{"blockReason":"SAFETY","blockReasonMessage":"MARK"}""")], "MARK"),
        new(UpstreamDialect.Gemini, "several answers", [("candidates.1", """{"content":{"role":"model","parts":[{"text":"MARK"}]},"finishReason":"STOP","index":1}""")], [(1, "candidates.1", """{"content":{"role":"model","parts":[{"text":"MARK"}]},"finishReason":"STOP","index":1}""")], "MARK"),
        Counted(UpstreamDialect.Gemini, "cached tokens", "usageMetadata.cachedContentTokenCount", "377", 1),
        Counted(UpstreamDialect.Gemini, "tokens of thoughts", "usageMetadata.thoughtsTokenCount", "77", 1, "77"),
        Counted(UpstreamDialect.Gemini, "tokens of a tool's prompt", "usageMetadata.toolUsePromptTokenCount", "77", 1, "977"),
        Counted(UpstreamDialect.Gemini, "tokens of pictures", "usageMetadata.candidatesTokensDetails", """[{"modality":"IMAGE","tokenCount":77}]""", 1, "77") with { LeftOut = new() { [Responses] = "in the count of the whole answer", [Messages] = "in the count of the whole answer" } },

        // Bedrock.
        Converse("signed reasoning", """{"reasoningContent":{"reasoningText":{"text":"Hm","signature":"c2lnMARK"}}}""", "c2lnMARK", """{"reasoningContent":{"text":"Hm"}}""", """{"reasoningContent":{"signature":"c2lnMARK"}}"""),
        Converse("redacted reasoning", """{"reasoningContent":{"redactedContent":"ZGF0MARK"}}""", "ZGF0MARK", """{"reasoningContent":{"redactedContent":"ZGF0MARK"}}"""),
        Converse("cited words", """{"citationsContent":{"content":[{"text":"Cited"}],"citations":[{"title":"T","location":{"web":{"url":"https://e.com/MARK"}}}]}}""", "https://e.com/MARK", """{"citation":{"title":"T","location":{"web":{"url":"https://e.com/MARK"}}}}"""),
        Converse("words cited from a document", """{"citationsContent":{"content":[{"text":"Cited"}],"citations":[{"title":"MARK","location":{"documentChar":{"documentIndex":0,"start":0,"end":4}}}]}}""", "documentChar", """{"citation":{"title":"MARK","location":{"documentChar":{"documentIndex":0,"start":0,"end":4}}}}"""),
        Converse("a picture", """{"image":{"format":"png","source":{"bytes":"iVBORMARK"}}}""", "iVBORMARK", """{"image":{"format":"png","source":{"bytes":"iVBORMARK"}}}"""),
        new(UpstreamDialect.BedrockConverse, "a tool that the provider ran", [("output.message.content.1", """{"toolUse":{"toolUseId":"t","name":"nova_grounding","type":"server_tool_use","input":{"q":"MARK"}}}""")],
            [(3, null, """{"$name":"contentBlockStart","contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"MARK","type":"server_tool_use"}}}""")], "MARK"),
        new(UpstreamDialect.BedrockConverse, "the sequence that stopped it", [("stopReason", "\"stop_sequence\""), ("additionalModelResponseFields", """{"stop_sequence":"MARKSTOP"}""")], [(3, "stopReason", "\"stop_sequence\""), (3, "additionalModelResponseFields", """{"stop_sequence":"MARKSTOP"}""")], "MARKSTOP") { LeftOut = new() { [Responses] = "the dialect has no stop sequences" } },
        new(UpstreamDialect.BedrockConverse, "a model's own fields (`additionalModelResponseFields`)", [("additionalModelResponseFields", """{"x":"MARK"}""")], [(3, "additionalModelResponseFields", """{"x":"MARK"}""")], "MARK"),
        new(UpstreamDialect.BedrockConverse, "service tier", [("serviceTier", """{"type":"priority"}""")], [(4, "serviceTier", """{"type":"priority"}""")], "\"service_tier\":\"priority\"") { LeftOut = new() { [$"{Messages} streamed"] = "it is told with the last event, and the dialect has a place in its first alone" } },
        new(UpstreamDialect.BedrockConverse, "what a guardrail did (`trace`)", [("trace", """{"guardrail":{"modelOutput":["MARK"]}}""")], [(4, "trace", """{"guardrail":{"modelOutput":["MARK"]}}""")], "MARK") { LeftOut = s_safety },
        new(UpstreamDialect.BedrockConverse, "`metrics`, `performanceConfig`", [("metrics", """{"latencyMs":7777}""")], [(4, "metrics", """{"latencyMs":7777}""")], "7777") { LeftOut = s_serving },
        Counted(UpstreamDialect.BedrockConverse, "tokens read from the cache", "usage.cacheReadInputTokens", "377", 4),
        Counted(UpstreamDialect.BedrockConverse, "tokens written to the cache", "usage.cacheWriteInputTokens", "377", 4),

        // Cohere.
        new(UpstreamDialect.CohereV2, "thinking", [("message.content.1", """{"type":"thinking","thinking":"Hm MARK"}""")], [(3, null, """{"type":"content-delta","index":1,"delta":{"message":{"content":{"thinking":"Hm MARK"}}}}""")], "Hm MARK"),
        new(UpstreamDialect.CohereV2, "a plan before calls (`tool_plan`)", [("message.tool_plan", "\"I will MARK\"")], [(1, null, """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I will MARK"}}}""")], "I will MARK"),
        new(UpstreamDialect.CohereV2, "citations", [("message.citations", """[{"start":0,"end":5,"text":"MARK","sources":[{"type":"document","id":"d"}]}]""")], [(3, null, """{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":5,"text":"MARK","sources":[]}}}}""")], "MARK"),
        new(UpstreamDialect.CohereV2, "log-probabilities", [("logprobs", """[{"token_ids":[1],"text":"Hello","logprobs":[-0.125]}]""")], [(2, "logprobs", """{"token_ids":[1],"text":"Hello","logprobs":[-0.125]}""")], "-0.125"),
        Counted(UpstreamDialect.CohereV2, "tokens of reasoning", "usage.tokens", """{"input_tokens":900,"output_tokens":120,"reasoning_tokens":77}""", 4, "77"),

        // Ollama.
        new(UpstreamDialect.OllamaChat, "thinking", [("message.thinking", "\"Hm MARK\"")], [(0, "message.thinking", "\"Hm MARK\"")], "Hm MARK"),
        new(UpstreamDialect.OllamaChat, "pictures", [("message.images", """["iVBORMARK"]""")], [(0, "message.images", """["iVBORMARK"]""")], "iVBORMARK"),
        new(UpstreamDialect.OllamaChat, "log-probabilities", [("logprobs", """[{"token":"Hello","logprob":-0.125,"bytes":[],"top_logprobs":[]}]""")], [(0, "logprobs", """[{"token":"Hello","logprob":-0.125,"bytes":[],"top_logprobs":[]}]""")], "-0.125"),
        new(UpstreamDialect.OllamaChat, "times (`total_duration` and others)", [("total_duration", "7777")], [(1, "total_duration", "7777")], "7777") { LeftOut = s_serving },
    ];

    /// <summary>The plain answer, with the feature where one is given.</summary>
    public static string Whole(UpstreamDialect from, AnswerFeature? feature)
    {
        var answer = JsonNode.Parse(s_plain[from].Whole)!;
        foreach (var (path, json) in feature?.Whole ?? [])
        {
            Set(answer, path, json);
        }

        return answer.ToJsonString();
    }

    /// <summary>The plain stream's events and their names, with the feature where one is given.</summary>
    public static List<(string Name, string Data)> Streamed(UpstreamDialect from, AnswerFeature? feature)
    {
        var events = s_plain[from].Stream.Select(one => (one.Name, Data: JsonNode.Parse(one.Data)!)).ToList();
        foreach (var (at, path, json) in feature?.Streamed.Where(one => one.Path is not null) ?? [])
        {
            Set(events[at].Data, path!, json);
        }

        // From behind, so that the numbers stay those of the plain stream.
        foreach (var (at, _, json) in (feature?.Streamed ?? []).Where(one => one.Path is null).Reverse())
        {
            var data = JsonNode.Parse(json)!.AsObject();
            var name = (string?)data["$name"] ?? (from is UpstreamDialect.AnthropicMessages ? (string)data["type"]! : "");
            data.Remove("$name");
            events.Insert(at, (name, data));
        }

        return [.. events.Select(one => (one.Name, one.Data.ToJsonString()))];
    }

    private static void Set(JsonNode at, string path, string json)
    {
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            at = at is JsonArray items ? items[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)]! : at[name] ??= new JsonObject();
        }

        if (at is JsonArray list)
        {
            list.Add(JsonNode.Parse(json));
        }
        else
        {
            at[names[^1]] = JsonNode.Parse(json);
        }
    }

    private static AnswerFeature Choice(string name, string member, string json, string marker) =>
        new(UpstreamDialect.OpenAiChat, name, [($"choices.0.{member}", json)], [(member == "stop_reason" ? 2 : 1, $"choices.0.{member}", json)], marker);

    private static AnswerFeature Message(string name, string member, string json, string marker) =>
        new(UpstreamDialect.OpenAiChat, name, [($"choices.0.message.{member}", json)], [(1, $"choices.0.delta.{member}", json)], marker);

    private static AnswerFeature Block(string name, string block, string marker, string? start = null, params string[] deltas) =>
        new(UpstreamDialect.AnthropicMessages, name, [("content.1", block)],
        [
            (4, null, $$"""{"type":"content_block_start","index":1,"content_block":{{start ?? block}}}"""),
            .. deltas.Select(delta => (4, (string?)null, $$"""{"type":"content_block_delta","index":1,"delta":{{delta}}}""")),
            (4, null, """{"type":"content_block_stop","index":1}"""),
        ], marker);

    private static AnswerFeature Item(string name, string item, string marker) =>
        new(UpstreamDialect.OpenAiResponses, name, [("output.1", item)], [(4, null, $$"""{"type":"response.output_item.done","output_index":1,"item":{{item}}}""")], marker);

    private static AnswerFeature Part(string name, string part, string marker) =>
        new(UpstreamDialect.Gemini, name, [("candidates.0.content.parts.1", part)], [(1, "candidates.0.content.parts.1", part)], marker);

    private static AnswerFeature Candidate(string name, string member, string json, string marker) =>
        new(UpstreamDialect.Gemini, name, [($"candidates.0.{member}", json)], [(1, $"candidates.0.{member}", json)], marker);

    private static AnswerFeature Converse(string name, string block, string marker, params string[] deltas) =>
        new(UpstreamDialect.BedrockConverse, name, [("output.message.content.1", block)],
            [.. deltas.Select(delta => (3, (string?)null, $$"""{"$name":"contentBlockDelta","contentBlockIndex":1,"delta":{{delta}}}"""))], marker);

    /// <param name="at">The event of the stream that holds the counts.</param>
    private static AnswerFeature Counted(UpstreamDialect from, string name, string path, string json, int at, string marker = "377") =>
        new(from, name, [(path, json)], [(at, from switch
        {
            UpstreamDialect.AnthropicMessages when at == 0 => $"message.{path}",
            UpstreamDialect.OpenAiResponses => $"response.{path}",
            UpstreamDialect.CohereV2 => $"delta.{path}",
            _ => path,
        }, json)], marker);
}
