namespace HiWay.Tests.Dialects;

/// <summary>Something that a request can ask for, as each client dialect says it.</summary>
/// <param name="Marker">What must be found in an upstream's body for the wish to have arrived as it is; null when any change shows it.</param>
/// <param name="Chat">The members of a chat completions body; null where the dialect has no word for it.</param>
/// <param name="Without">The same body without the wish, where it is more than one plain question; by dialect in the same order.</param>
internal sealed record TranslationFeature(string Name, string? Marker, string? Chat, string? Responses, string? Messages)
{
    public (string Chat, string Responses, string Messages)? Without { get; init; }

    /// <summary>HiWay acts on it, whether or not the provider is told: the end user that usage and caps are kept for.</summary>
    public bool HiWayReadsIt { get; init; }
}

/// <summary>What docs/translation.md has a row for.</summary>
internal static class TranslationFeatures
{
    public const string PlainChat = """ "messages":[{"role":"user","content":"Hi"}] """;
    public const string PlainResponses = """ "input":"Hi" """;
    public const string PlainMessages = """ "max_tokens":1000,"messages":[{"role":"user","content":"Hi"}] """;

    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""";
    private const string ChatTools = $$$""" {{{PlainChat}}},"tools":[{"type":"function","function":{"name":"weather","parameters":{{{Schema}}}}}] """;
    private const string ResponsesTools = $$$""" {{{PlainResponses}}},"tools":[{"type":"function","name":"weather","parameters":{{{Schema}}},"strict":null}] """;
    private const string MessagesTools = $$$""" {{{PlainMessages}}},"tools":[{"name":"weather","input_schema":{{{Schema}}}}] """;

    private static readonly (string, string, string) Tools = (ChatTools, ResponsesTools, MessagesTools);

    public static IReadOnlyList<TranslationFeature> All { get; } =
    [
        new("system prompt", "SysMark",
            """ "messages":[{"role":"system","content":"SysMark"},{"role":"user","content":"Hi"}] """,
            $""" {PlainResponses},"instructions":"SysMark" """,
            $""" {PlainMessages},"system":"SysMark" """),
        new("several turns", "TurnMark",
            """ "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"TurnMark"},{"role":"user","content":"And?"}] """,
            """ "input":[{"role":"user","content":"Hi"},{"role":"assistant","content":"TurnMark"},{"role":"user","content":"And?"}] """,
            """ "max_tokens":1000,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"TurnMark"},{"role":"user","content":"And?"}] """),
        new("image, base64", "iVBORw0KGgoMARK=",
            """ "messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoMARK="}}]}] """,
            """ "input":[{"role":"user","content":[{"type":"input_text","text":"What?"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgoMARK="}]}] """,
            """ "max_tokens":1000,"messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoMARK="}}]}] """),
        new("image, by address", "https://example.com/cat.png",
            """ "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/cat.png"}},{"type":"text","text":"What?"}]}] """,
            """ "input":[{"role":"user","content":[{"type":"input_image","image_url":"https://example.com/cat.png"},{"type":"input_text","text":"What?"}]}] """,
            """ "max_tokens":1000,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/cat.png"}},{"type":"text","text":"What?"}]}] """),
        new("PDF, base64", "JVBERi0xLjQMARK=",
            """ "messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQMARK="}},{"type":"text","text":"Sum up"}]}] """,
            """ "input":[{"role":"user","content":[{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQMARK="},{"type":"input_text","text":"Sum up"}]}] """,
            """ "max_tokens":1000,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjQMARK="}},{"type":"text","text":"Sum up"}]}] """),
        new("audio, base64", "UklGRgMARK==",
            """ "messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRgMARK==","format":"wav"}},{"type":"text","text":"What?"}]}] """,
            null, null),
        new("tools", "weather", ChatTools, ResponsesTools, MessagesTools),
        new("tool calls and results in the history", "ResultMark",
            $$$""" {{{ChatTools}}},"messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"ResultMark"}] """,
            $$$""" {{{ResponsesTools}}},"input":[{"role":"user","content":"Hi"},{"type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Oslo\"}"},{"type":"function_call_output","call_id":"call_1","output":"ResultMark"}] """,
            $$$""" {{{MessagesTools}}},"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Oslo"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"ResultMark"}]}] """),
        new("a tool that takes words", "WordMark", $$$""" {{{PlainChat}}},"tools":[{"type":"custom","custom":{"name":"note","description":"WordMark"}}] """, $$$""" {{{PlainResponses}}},"tools":[{"type":"custom","name":"note","description":"WordMark"}] """, null),
        new("image in a tool's result", "iVBORw0KGgoMARK=", null, null,
            $$$""" {{{MessagesTools}}},"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Oslo"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoMARK="}}]}]}] """),
        new("tool choice: a named tool", null,
            $$$""" {{{ChatTools}}},"tool_choice":{"type":"function","function":{"name":"weather"}} """,
            $$$""" {{{ResponsesTools}}},"tool_choice":{"type":"function","name":"weather"} """,
            $$$""" {{{MessagesTools}}},"tool_choice":{"type":"tool","name":"weather"} """) { Without = Tools },
        new("tool choice: any", null, $""" {ChatTools},"tool_choice":"required" """, $""" {ResponsesTools},"tool_choice":"required" """,
            $$$""" {{{MessagesTools}}},"tool_choice":{"type":"any"} """) { Without = Tools },
        new("one call at a time", null, $""" {ChatTools},"parallel_tool_calls":false """, $""" {ResponsesTools},"parallel_tool_calls":false """,
            $$$""" {{{MessagesTools}}},"tool_choice":{"type":"auto","disable_parallel_tool_use":true} """) { Without = Tools },
        new("JSON schema", "city",
            $$$""" {{{PlainChat}}},"response_format":{"type":"json_schema","json_schema":{"name":"place","schema":{{{Schema}}},"strict":true}} """,
            $$$""" {{{PlainResponses}}},"text":{"format":{"type":"json_schema","name":"place","schema":{{{Schema}}},"strict":true}} """,
            $$$""" {{{PlainMessages}}},"output_config":{"format":{"type":"json_schema","schema":{{{Schema}}}}} """),
        new("JSON object", null, $$$""" {{{PlainChat}}},"response_format":{"type":"json_object"} """, $$$""" {{{PlainResponses}}},"text":{"format":{"type":"json_object"}} """, null),
        new("reasoning effort", "\"low\"", $""" {PlainChat},"reasoning_effort":"low" """, $$$""" {{{PlainResponses}}},"reasoning":{"effort":"low"} """,
            $$$""" {{{PlainMessages}}},"output_config":{"effort":"low"} """),
        new("thinking with a budget", "2048", null, null, """ "max_tokens":4000,"messages":[{"role":"user","content":"Hi"}],"thinking":{"type":"enabled","budget_tokens":2048} """),
        new("temperature", "0.31", $""" {PlainChat},"temperature":0.31 """, $""" {PlainResponses},"temperature":0.31 """, $""" {PlainMessages},"temperature":0.31 """),
        new("top_p", "0.87", $""" {PlainChat},"top_p":0.87 """, $""" {PlainResponses},"top_p":0.87 """, $""" {PlainMessages},"top_p":0.87 """),
        new("top_k", "41", null, null, $""" {PlainMessages},"top_k":41 """),
        new("longest answer", "1234", $""" {PlainChat},"max_completion_tokens":1234 """, $""" {PlainResponses},"max_output_tokens":1234 """,
            """ "max_tokens":1234,"messages":[{"role":"user","content":"Hi"}] """),
        new("stop sequences", "HALTMARK", $""" {PlainChat},"stop":["HALTMARK"] """, null, $""" {PlainMessages},"stop_sequences":["HALTMARK"] """),
        new("seed", "424242", $""" {PlainChat},"seed":424242 """, null, null),
        new("presence penalty", "0.41", $""" {PlainChat},"presence_penalty":0.41 """, null, null),
        new("frequency penalty", "0.43", $""" {PlainChat},"frequency_penalty":0.43 """, null, null),
        new("logit bias", "50256", $$$""" {{{PlainChat}}},"logit_bias":{"50256":-77} """, null, null),
        new("log-probabilities", "ogprobs", $""" {PlainChat},"logprobs":true,"top_logprobs":3 """, $""" {PlainResponses},"include":["message.output_text.logprobs"],"top_logprobs":3 """, null),
        new("several answers", "7", $""" {PlainChat},"n":7 """, null, null),
        new("service tier", "flex", $""" {PlainChat},"service_tier":"flex" """, $""" {PlainResponses},"service_tier":"flex" """, $""" {PlainMessages},"service_tier":"standard_only" """),
        new("end user", "user-mark", $""" {PlainChat},"user":"user-mark" """, $""" {PlainResponses},"user":"user-mark" """, $$$""" {{{PlainMessages}}},"metadata":{"user_id":"user-mark"} """) { HiWayReadsIt = true },
        new("predicted output", "PredMark", $$$""" {{{PlainChat}}},"prediction":{"type":"content","content":"PredMark"} """, null, null),
        new("prompt-cache marks", null,
            """ "messages":[{"role":"system","content":[{"type":"text","text":"Long","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"Hi"}] """,
            null,
            $$$""" {{{PlainMessages}}},"system":[{"type":"text","text":"Long","cache_control":{"type":"ephemeral"}}] """)
        {
            Without = (
                """ "messages":[{"role":"system","content":[{"type":"text","text":"Long"}]},{"role":"user","content":"Hi"}] """, PlainResponses,
                $$$""" {{{PlainMessages}}},"system":[{"type":"text","text":"Long"}] """),
        },
        new("citations of documents", null, null, null,
            """ "max_tokens":1000,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Facts"},"citations":{"enabled":true}},{"type":"text","text":"Hi"}]}] """)
        {
            Without = (PlainChat, PlainResponses,
                """ "max_tokens":1000,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Facts"}},{"type":"text","text":"Hi"}]}] """),
        },
        new("web search by the provider", null, $$$""" {{{PlainChat}}},"web_search_options":{} """, $$$""" {{{PlainResponses}}},"tools":[{"type":"web_search"}] """,
            $$$""" {{{PlainMessages}}},"tools":[{"type":"web_search_20250305","name":"web_search"}] """),
    ];
}
