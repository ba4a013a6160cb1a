using System.Text;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Tests.Fuzz;

/// <summary>What the fuzzer spoils: every recorded request and answer, every request of the translations, and bodies written here for what those lack.</summary>
internal static class FuzzSeeds
{
    private const string Completion = """
        {"model":"m","prompt":"Once upon","suffix":"the end","max_tokens":9,"temperature":0.2,"n":2,"logprobs":3,"echo":true,"stop":["a","b"],"stream":true,"stream_options":{"include_usage":true},"best_of":3,"logit_bias":{"5":1},"seed":4,"user":"u","hiway":{"strict":false,"tags":["t"]}}
        """;

    private const string RichChat = """
        {"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"developer","content":"And kind."},
        {"role":"user","name":"ann","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}},{"type":"image_url","image_url":{"url":"https://x.test/a.png"}},{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]},
        {"role":"assistant","content":null,"refusal":null,"reasoning_content":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"c2ln","format":"anthropic-claude-v1","index":0}],"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"},"extra_content":{"google":{"thought_signature":"c2ln"}}},{"id":"call_2","type":"custom","custom":{"name":"g","input":"x"}}]},
        {"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"1"}]},{"role":"tool","tool_call_id":"call_2","content":"2"},{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"role":"function","name":"f","content":"x"},{"role":"user","content":"Go"}],
        "tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","$defs":{"t":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/t"},{"type":"null"}]}}}},"properties":{"a":{"type":["integer","null"],"minimum":1},"t":{"$ref":"#/$defs/t"},"e":{"enum":["x",1,null]},"o":{"oneOf":[{"const":1},{"type":"array","prefixItems":[{"type":"string"}],"maxItems":2}]}},"required":["a"],"additionalProperties":false}}},{"type":"custom","custom":{"name":"g","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}},"parallel_tool_calls":false,"response_format":{"type":"json_schema","json_schema":{"name":"s","strict":true,"schema":{"type":"object","properties":{"x":{"type":"string","pattern":"^a","format":"date"}}}}},
        "reasoning_effort":"low","verbosity":"low","logprobs":true,"top_logprobs":2,"n":2,"seed":5,"stop":["a"],"service_tier":"flex","metadata":{"a":"b"},"modalities":["text","audio"],"audio":{"voice":"alloy","format":"mp3"},"prediction":{"type":"content","content":"x"},"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"DE"}}},"stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":50,"temperature":1,"top_p":0.9,"presence_penalty":0.1,"frequency_penalty":0.1,"logit_bias":{"1":-1},"user":"u","store":false,"hiway":{"tier":"light"},"cache":false}
        """;

    private const string Functions = """
        {"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}],"functions":[{"name":"f","parameters":{"type":"object","properties":{}}}],"function_call":{"name":"f"}}
        """;

    private const string RichMessage = """
        {"model":"m","max_tokens":3000,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"Look","citations":null},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},{"type":"image","source":{"type":"url","url":"https://x.test/a.png"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="},"title":"t","context":"c","citations":{"enabled":true}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"}},{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x"}]}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"redacted_thinking","data":"ZGF0YQ=="},{"type":"text","text":"So","citations":[{"type":"char_location","cited_text":"x","document_index":0,"document_title":null,"start_char_index":0,"end_char_index":1}]},{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"x"}},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://x.test","title":"t","encrypted_content":"e","page_age":null}]},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1},"cache_control":{"type":"ephemeral","ttl":"1h"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[{"type":"text","text":"1"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},{"type":"text","text":"Go"}]},{"role":"assistant","content":"{"}],
        "tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"integer"}}},"cache_control":{"type":"ephemeral"}},{"type":"web_search_20250305","name":"web_search","max_uses":2,"allowed_domains":["x.test"]}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},"thinking":{"type":"enabled","budget_tokens":1024},"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},"stop_sequences":["a"],"temperature":1,"top_p":0.9,"top_k":5,"metadata":{"user_id":"u"},"service_tier":"auto","stream":true,"container":"c","mcp_servers":[],"hiway":{"profile":"budget"}}
        """;

    private const string RichResponse = """
        {"model":"m","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"Look"},{"type":"input_image","image_url":"https://x.test/a.png","detail":"auto"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="},{"type":"input_file","file_id":"file_1"}]},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm"}],"encrypted_content":"hw1.s.anthropic-claude-v1.c2ln"},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"So","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"No."}]},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"1"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]},{"type":"custom_tool_call","call_id":"call_2","name":"g","input":"x"},{"type":"custom_tool_call_output","call_id":"call_2","output":"y"},{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"x"}},{"type":"item_reference","id":"msg_0"},{"role":"developer","content":"Go"}],
        "tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false},"strict":true},{"type":"web_search","search_context_size":"low","filters":{"allowed_domains":["x.test"]}},{"type":"custom","name":"g"},{"type":"mcp","server_label":"s","server_url":"https://x.test"}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"reasoning":{"effort":"low","summary":"auto"},"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"},"strict":true},"verbosity":"low"},"include":["reasoning.encrypted_content","message.output_text.logprobs"],"top_logprobs":2,"max_output_tokens":50,"temperature":1,"top_p":1,"metadata":{"a":"b"},"store":false,"truncation":"auto","service_tier":"flex","previous_response_id":null,"prompt_cache_key":"k","safety_identifier":"u","stream":true,"background":false,"max_tool_calls":3,"user":"u"}
        """;

    private static readonly Lazy<Dictionary<IClientDialect, byte[][]>> Bodies = new(ReadBodies);

    /// <summary>Bodies of embeddings and pictures.</summary>
    public static readonly byte[][] Embeddings =
    [
        .. ((string[])
        [
            """{"model":"m","input":["one","two"],"dimensions":3,"encoding_format":"base64","input_type":"query","user":"u"}""",
            """{"model":"m","input":[[1,2],[3]],"encoding_format":"float","hiway":{"strict":true}}""", """{"model":"m","input":[1,2,3]}""", """{"model":"m","input":"one","cache":true}""",
        ]).Select(Encoding.UTF8.GetBytes),
    ];

    public static readonly byte[][] Images =
    [
        .. ((string[])
        [
            """{"model":"m","prompt":"a cat","n":2,"size":"1024x1536","quality":"low","response_format":"b64_json","output_format":"png","partial_images":2,"stream":true,"background":"transparent","user":"u"}""",
            """{"model":"m","prompt":"a cat","images":[{"image_url":"data:image/png;base64,iVBORw0KGgo="}],"mask":{"file_id":"f"},"style":"vivid"}""",
        ]).Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Answers with vectors and pictures, of every API that makes them.</summary>
    public static readonly byte[][] OperationAnswers =
    [
        .. ((string[])
        [
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2e-3,3]},{"object":"embedding","index":1,"embedding":"zczMPQAAgD8="}],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}""",
            """{"embeddings":[{"values":[0.1,0.2]},{"values":[0.3,0.4]}]}""", """{"id":"x","embeddings":{"float":[[0.1,0.2],[1,2]]},"texts":["a","b"],"meta":{"billed_units":{"input_tokens":3}}}""",
            """{"embedding":[0.1,0.2],"inputTextTokenCount":5}""", """{"model":"m","embeddings":[[0.1,0.2],[3,4]],"prompt_eval_count":4}""", """{"predictions":[{"embeddings":{"values":[0.1],"statistics":{"token_count":3}}}]}""",
            """{"created":1,"data":[{"b64_json":"iVBORw0KGgo=","revised_prompt":"x"},{"url":"https://x.test/a.png"}],"usage":{"input_tokens":5,"output_tokens":10,"total_tokens":15,"input_tokens_details":{"text_tokens":5,"image_tokens":0},"cost_in_usd_ticks":7}}""",
            """{"candidates":[{"content":{"parts":[{"text":"Here"},{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":9,"totalTokenCount":14}}""",
            """{"predictions":[{"bytesBase64Encoded":"iVBORw0KGgo=","mimeType":"image/png"},{"raiFilteredReason":"x"}]}""", """{"images":["iVBORw0KGgo="],"seeds":[1],"finish_reasons":[null],"error":null}""",
        ]).Select(Encoding.UTF8.GetBytes),
    ];

    public static readonly byte[] ImageStream = Encoding.UTF8.GetBytes(
        "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBORw0KGgo=\",\"partial_image_index\":0}\n\nevent: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"iVBORw0KGgo=\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}}\n\n");

    public static readonly byte[] Form = Encoding.UTF8.GetBytes(
        "--edge\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--edge\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na cat\r\n--edge\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--edge\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n--edge\r\nContent-Disposition: form-data; name=\"mask\"; filename*=UTF-8''b.png\r\n\r\nPNG\r\n--edge--\r\n");

    public static readonly byte[] Error = Encoding.UTF8.GetBytes(
        """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded","code":5,"status":"UNAVAILABLE","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}],"metadata":{"raw":"{}"}},"detail":[{"loc":["a"],"msg":"m"}],"message":"x","__type":"a#ThrottlingException"}""");

    public static IReadOnlyList<Recording> Streams { get; } = [.. Recording.All.Where(one => one.Status < 400 && one.HasEventStream)];

    public static IReadOnlyList<Recording> Answers { get; } = [.. Recording.All.Where(one => one.Status < 400 && !one.HasEventStream)];

    /// <summary>Sound bodies of a client's dialect.</summary>
    public static byte[][] Requests(IClientDialect client) => Bodies.Value[client];

    private static Dictionary<IClientDialect, byte[][]> ReadBodies()
    {
        List<string> chats = [RichChat, Functions], messages = [RichMessage], responses = [RichResponse];
        foreach (var recording in Recording.All.Where(one => one.RequestBody is JsonObject))
        {
            (recording.Api switch { "chat_completions" => chats, "messages" => messages, "responses" => responses, _ => null })?.Add(recording.RequestBody!.ToJsonString());
        }

        chats.AddRange(ReferenceTranslationTests.All.Select(one => one.Request));
        messages.AddRange(AnthropicReferenceTests.All.Select(one => one.Request));
        responses.AddRange(ResponsesTranslationTests.All.Where(one => one.From == "openai-responses").Select(one => one.Request));
        return new()
        {
            [ClientDialects.OpenAiChat] = Bytes(chats), [ClientDialects.AnthropicMessages] = Bytes(messages), [ClientDialects.OpenAiResponses] = Bytes(responses),
            [ClientDialects.OpenAiCompletions] = Bytes([Completion, """{"model":"m","prompt":["x"]}"""]),
        };
    }

    private static byte[][] Bytes(IEnumerable<string> texts) => [.. texts.Distinct().Select(Encoding.UTF8.GetBytes)];
}
