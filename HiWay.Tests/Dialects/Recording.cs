using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects.Framing;
using Xunit.Sdk;

[assembly: RegisterXunitSerializer(typeof(HiWay.Tests.Dialects.RecordingSerializer), typeof(HiWay.Tests.Dialects.Recording))]

namespace HiWay.Tests.Dialects;

/// <summary>One recorded call of a provider (Fixtures/recordings).</summary>
public sealed class Recording
{
    private static readonly Lazy<IReadOnlyList<Recording>> Known = new(() =>
        [.. File.ReadLines(Path.Combine(Folder, "index.jsonl")).Where(line => line.Length > 0).Select(line => new Recording(JsonNode.Parse(line)!))]);

    private readonly Lazy<JsonNode> _file;

    private Recording(JsonNode entry)
    {
        Name = (string)entry["name"]!;
        Provider = (string)entry["provider"]!;
        Api = (string)entry["api"]!;
        IsStream = (bool)entry["stream"]!;
        Status = (int)entry["status"]!;
        Tags = [.. entry["tags"]!.AsArray().Select(tag => (string)tag!)];
        var path = Path.Combine(Folder, (string)entry["file"]!);
        _file = new(() => JsonNode.Parse(File.ReadAllText(path))!);
    }

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Fixtures", "recordings");

    public static IReadOnlyList<Recording> All => Known.Value;

    public string Name { get; }

    public string Provider { get; }

    public string Api { get; }

    public bool IsStream { get; }

    public int Status { get; }

    public IReadOnlyList<string> Tags { get; }

    public JsonNode? RequestBody => _file.Value["request"]?["body"];

    public JsonNode? AnswerBody => _file.Value["response"]!["body"];

    public bool HasEventStream => _file.Value["response"]!["sse"] is not null || RawChunks is not null || Framing is not StreamFraming.ServerSentEvents;

    public StreamFraming Framing => Frames is not null ? StreamFraming.AwsEventStream
        : _file.Value["response"]!["ndjson"] is not null ? StreamFraming.JsonLines
        : StreamFraming.ServerSentEvents;

    /// <summary>The decoded frames of an AWS event stream: headers and payload.</summary>
    public JsonArray? Frames => _file.Value["response"]!["eventstream"] as JsonArray;

    private JsonArray? RawChunks => _file.Value["response"]!["raw_chunks_base64"] as JsonArray;

    /// <summary>Byte counts of the network's reads, where they were recorded.</summary>
    public IReadOnlyList<int>? ReadSizes => RawChunks?.Select(chunk => Convert.FromBase64String((string)chunk!).Length).ToList()
        ?? (_file.Value["response"]!["chunk_sizes"] as JsonArray)?.Select(size => (int)size!).ToList();

    public bool ClosesEarly => (bool?)_file.Value["response"]!["closes_early"] ?? false;

    /// <summary>The exact bytes of the stream.</summary>
    public byte[] Stream => RawChunks is { } chunks
        ? [.. chunks.SelectMany(chunk => Convert.FromBase64String((string)chunk!))]
        : _file.Value["response"]!["eventstream_base64"] is { } frames ? Convert.FromBase64String((string)frames!)
        : Encoding.UTF8.GetBytes(string.Join('\n', (_file.Value["response"]!["sse"] ?? _file.Value["response"]!["ndjson"])!.AsArray().Select(line => (string)line!)));

    /// <summary>The answer's bytes, where it is no stream.</summary>
    public byte[] Body => Encoding.UTF8.GetBytes(AnswerBody?.ToJsonString() ?? (string?)_file.Value["response"]!["text"] ?? "");

    /// <summary>The stream's data fields, cut by plain string means.</summary>
    public IReadOnlyList<string> DataLines =>
    [
        .. Encoding.UTF8.GetString(Stream).Split('\n')
            .Select(line => line.TrimEnd('\r'))
            .Where(line => line.StartsWith("data:", StringComparison.Ordinal))
            .Select(line => line[5..].TrimStart(' ')),
    ];

    /// <summary>The stream's JSON chunks.</summary>
    public IReadOnlyList<JsonNode> Chunks => Framing is StreamFraming.JsonLines
        ? [.. Encoding.UTF8.GetString(Stream).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)]
        : Frames is not null ? [.. Frames.Select(frame => frame!["payload"]!)]
        : [.. DataLines.Where(data => data.Length > 0 && data != "[DONE]").Select(data => JsonNode.Parse(data)!)];

    public HttpResponseHeaders Headers
    {
        get
        {
            var headers = new HttpResponseMessage().Headers;
            foreach (var (name, value) in _file.Value["response"]!["headers"]!.AsObject())
            {
                headers.TryAddWithoutValidation(name, value?.GetValueKind() is JsonValueKind.String ? (string)value! : value?.ToString());
            }

            return headers;
        }
    }

    public static Recording Named(string name) => All.Single(recording => recording.Name == name);

    public override string ToString() => Name;
}

/// <summary>Shows a recording by its name in the test list.</summary>
public sealed class RecordingSerializer : IXunitSerializer
{
    public object Deserialize(Type type, string serializedValue) => Recording.Named(serializedValue);

    public bool IsSerializable(Type type, object? value, out string failureReason)
    {
        failureReason = "";
        return value is Recording;
    }

    public string Serialize(object value) => ((Recording)value).Name;
}
