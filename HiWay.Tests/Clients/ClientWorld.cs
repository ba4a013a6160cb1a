using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Clients;

/// <summary>One gateway with a replaying provider for all tests of a class; each test sets what the provider answers next.</summary>
public sealed class ClientWorld : IAsyncLifetime
{
    private GatewayWorld? _world;

    /// <summary>The model that every test asks for.</summary>
    public const string Model = "acme/m1";

    public GatewayWorld World => _world!;

    public ReplayUpstream Upstream => World.Upstream;

    public async ValueTask InitializeAsync() => _world = await GatewayWorld.StartAsync();

    public ValueTask DisposeAsync() => _world?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Two calls of a function in one answer, as OpenAI sends it.</summary>
    public static Reply TwoToolCalls { get; } = Reply.Json("""
        {"id":"chatcmpl-t","object":"chat.completion","created":1760000000,"model":"m1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
        "tool_calls":[{"id":"call_paris","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"call_rome","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]}}],
        "usage":{"prompt_tokens":60,"completion_tokens":30,"total_tokens":90}}
        """);

    /// <summary>The same as a stream: arguments in pieces, the calls one after the other by their index.</summary>
    public static Reply TwoStreamedToolCalls { get; } = Reply.Sse(
        Delta("""{"role":"assistant","content":null}"""),
        Delta("""{"tool_calls":[{"index":0,"id":"call_paris","type":"function","function":{"name":"weather","arguments":""}}]}"""),
        Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}"""),
        Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]}"""),
        Delta("""{"tool_calls":[{"index":1,"id":"call_rome","type":"function","function":{"name":"weather","arguments":""}}]}"""),
        Delta("""{"tool_calls":[{"index":1,"function":{"arguments":"{\"city\":\"Rome\"}"}}]}"""),
        Delta("{}", "\"tool_calls\""),
        """{"id":"chatcmpl-t","object":"chat.completion.chunk","created":1760000000,"model":"m1","choices":[],"usage":{"prompt_tokens":60,"completion_tokens":30,"total_tokens":90}}""",
        "[DONE]");

    /// <summary>Many small pieces of text with time between them, for clients that leave early.</summary>
    public static Reply SlowStream { get; } =
        Reply.ChatStream([.. Enumerable.Range(0, 200).Select(i => $"{i} ")]) with { GapBetweenChunks = TimeSpan.FromMilliseconds(50) };

    private static string Delta(string delta, string finish = "null") =>
        "{\"id\":\"chatcmpl-t\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"m1\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";
}
