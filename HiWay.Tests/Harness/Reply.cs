using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HiWay.Tests.Harness;

/// <summary>How a reply stops.</summary>
public enum ReplyEnd
{
    Complete,

    /// <summary>The connection is cut before anything was answered.</summary>
    ResetBeforeHeaders,

    /// <summary>The connection is cut after the last chunk, without the end of the body.</summary>
    AbortAfterChunks,

    /// <summary>After the last chunk nothing more comes, and the connection stays open.</summary>
    StallAfterChunks,
}

/// <summary>What the upstream answers to one request.</summary>
public sealed record Reply
{
    public int Status { get; init; } = 200;

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body's exact bytes, each element written and flushed by itself.</summary>
    public IReadOnlyList<byte[]> Chunks { get; init; } = [];

    public TimeSpan DelayBeforeHeaders { get; init; }

    /// <summary>Between the headers, which are sent at once, and the first chunk.</summary>
    public TimeSpan DelayBeforeBody { get; init; }

    public TimeSpan GapBetweenChunks { get; init; }

    public bool Gzip { get; init; }

    public ReplyEnd End { get; init; }

    /// <summary>Nothing at all, for ever.</summary>
    public static Reply Silence { get; } = new() { DelayBeforeHeaders = Timeout.InfiniteTimeSpan };

    public static Reply Reset { get; } = new() { End = ReplyEnd.ResetBeforeHeaders };

    public static Reply Json(string body, int status = 200) => new()
    {
        Status = status,
        Headers = [new("Content-Type", "application/json")],
        Chunks = [Encoding.UTF8.GetBytes(body)],
    };

    /// <summary>An error as OpenAI writes it.</summary>
    public static Reply Error(int status, string code = "test_error", string? retryAfter = null) =>
        Json($$"""{"error": {"message": "The upstream says {{status}}.", "type": "{{code}}", "param": null, "code": "{{code}}" } }""", status)
            .With(retryAfter is null ? [] : [new("Retry-After", retryAfter)]);

    /// <summary>A stream whose events are written one by one: <c>Sse("{…}", "{…}", "[DONE]")</c>.</summary>
    public static Reply Sse(params string[] data) => SseRaw([.. data.Select(one => $"data: {one}\n\n")]);

    /// <summary>A stream of exact pieces, with whatever line ends, comments and cuts the test wants.</summary>
    public static Reply SseRaw(params string[] pieces) => new()
    {
        Headers = [new("Content-Type", "text/event-stream; charset=utf-8")],
        Chunks = [.. pieces.Select(Encoding.UTF8.GetBytes)],
    };

    /// <summary>A whole answer in OpenAI's chat dialect with usage.</summary>
    public static Reply Chat(string text, int inputTokens = 9, int outputTokens = 12, string model = "test-model") => Json(new JsonObject
    {
        ["id"] = "chatcmpl-test",
        ["object"] = "chat.completion",
        ["created"] = 1_760_000_000,
        ["model"] = model,
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
            ["finish_reason"] = "stop",
        }),
        ["usage"] = Usage(inputTokens, outputTokens),
    }.ToJsonString());

    /// <summary>The same as a stream, one piece of text per chunk, usage in a last chunk without choices, then <c>[DONE]</c>.</summary>
    public static Reply ChatStream(IReadOnlyList<string> pieces, int inputTokens = 9, int outputTokens = 12, string model = "test-model")
    {
        List<JsonObject> chunks =
        [
            Chunk(model, Choice(new JsonObject { ["role"] = "assistant", ["content"] = "" }, null)),
            .. pieces.Select(piece => Chunk(model, Choice(new JsonObject { ["content"] = piece }, null))),
            Chunk(model, Choice([], "stop")),
            Chunk(model),
        ];
        chunks[^1]["usage"] = Usage(inputTokens, outputTokens);
        return Sse([.. chunks.Select(chunk => chunk.ToJsonString()), "[DONE]"]);
    }

    /// <summary>A recording: <c>Fixtures/recordings/&lt;provider&gt;/&lt;name&gt;.json</c>.</summary>
    public static Reply Recorded(string provider, string name) => Recording.Load(provider, name).Reply;

    public Reply With(params IEnumerable<KeyValuePair<string, string>> headers) => this with { Headers = [.. Headers, .. headers] };

    /// <summary>The same bytes, cut anew into pieces of this many bytes.</summary>
    public Reply InPiecesOf(int bytes) => this with { Chunks = [.. Chunks.SelectMany(chunk => chunk).Chunk(bytes)] };

    private static JsonObject Usage(int input, int output) =>
        new() { ["prompt_tokens"] = input, ["completion_tokens"] = output, ["total_tokens"] = input + output };

    private static JsonObject Choice(JsonObject delta, string? finish) => new() { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish };

    private static JsonObject Chunk(string model, params JsonNode[] choices) => new()
    {
        ["id"] = "chatcmpl-test",
        ["object"] = "chat.completion.chunk",
        ["created"] = 1_760_000_000,
        ["model"] = model,
        ["choices"] = new JsonArray(choices),
    };
}

/// <summary>One recorded exchange with a provider; the format is described in Fixtures/recordings/ORIGINS.md.</summary>
/// <param name="Request">The recorded request; null when only the answer is known.</param>
public sealed record Recording(string Provider, string Name, JsonNode? Request, Reply Reply)
{
    // Set anew by every server for its own body.
    private static readonly string[] Framing = ["content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive", "date", "server"];

    public static Recording Load(string provider, string name)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Fixtures", "recordings", provider, name + ".json");
        var recording = JsonNode.Parse(File.ReadAllBytes(file))!;
        var response = recording["response"]!;
        var headers = (response["headers"] as JsonObject)?
            .Where(header => !Framing.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .Select(header => new KeyValuePair<string, string>(header.Key, header.Value!.ToString())).ToList() ?? [];
        if (!headers.Any(header => header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)))
        {
            headers.Add(new("Content-Type", response["sse"] is not null ? "text/event-stream" : response["ndjson"] is not null ? "application/x-ndjson" : "application/json"));
        }

        return new(provider, name, recording["request"], new Reply
        {
            Status = response["status"]!.GetValue<int>(),
            Headers = headers,
            Chunks = Body(response),
            End = response["closes_early"]?.GetValue<bool>() is true ? ReplyEnd.AbortAfterChunks : ReplyEnd.Complete,
        });
    }

    private static List<byte[]> Body(JsonNode response)
    {
        if ((response["sse"] ?? response["ndjson"]) is JsonArray lines)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines.Select(line => line!.GetValue<string>())));
            return response["chunk_sizes"] is JsonArray sizes ? Cut(bytes, [.. sizes.Select(size => size!.GetValue<int>())]) : [bytes];
        }

        if (response["raw_chunks_base64"] is JsonArray raw)
        {
            return [.. raw.Select(chunk => Convert.FromBase64String(chunk!.GetValue<string>()))];
        }

        if (response["eventstream_base64"] is { } frames)
        {
            return [Convert.FromBase64String(frames.GetValue<string>())];
        }

        return response["text"] is { } text
            ? [Encoding.UTF8.GetBytes(text.GetValue<string>())]
            : response["body"] is { } body ? [JsonSerializer.SerializeToUtf8Bytes(body)] : [];
    }

    private static List<byte[]> Cut(byte[] bytes, int[] sizes)
    {
        List<byte[]> chunks = [];
        var from = 0;
        foreach (var size in sizes)
        {
            chunks.Add(bytes[from..Math.Min(from + size, bytes.Length)]);
            from += size;
        }

        if (from < bytes.Length)
        {
            chunks.Add(bytes[from..]);
        }

        return chunks;
    }
}
