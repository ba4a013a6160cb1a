using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Turns <c>groundingMetadata</c> into web citations: each support names the chunks (sources) behind a span of the answer.</summary>
internal static class GeminiGrounding
{
    public static void Pass(ReadOnlySpan<byte> metadata, IAnswerSink sink, int choice)
    {
        // Empty in every chunk of a stream but the last.
        if (metadata.IndexOf("\"groundingChunks\""u8) < 0)
        {
            return;
        }

        var root = JsonElement.Parse(metadata);
        if (!root.TryGetProperty("groundingChunks", out var chunks) || chunks.ValueKind is not JsonValueKind.Array)
        {
            return;
        }

        var sources = chunks.EnumerateArray().Select(Source).ToList();
        var cited = new bool[sources.Count];
        if (root.TryGetProperty("groundingSupports", out var supports) && supports.ValueKind is JsonValueKind.Array)
        {
            foreach (var support in supports.EnumerateArray())
            {
                PassSupport(support, sources, cited, sink, choice);
            }
        }

        for (var i = 0; i < sources.Count; i++)
        {
            if (!cited[i])
            {
                Pass(sources[i], 0, 0, sink, choice);
            }
        }
    }

    /// <summary>Turns <c>citationMetadata</c>, where the model repeats words that were published, into web citations; a source without an address goes on as it came.</summary>
    public static void PassCitations(ReadOnlySpan<byte> metadata, IAnswerSink sink, int choice)
    {
        if (metadata.Length <= 2 || metadata[0] != (byte)'{')
        {
            return;
        }

        var members = new JsonMembers(metadata);
        while (members.Next())
        {
            // The Gemini API's newer name, its older one, and Vertex's.
            if (!members.Is("citationSources"u8) && !members.Is("citations"u8))
            {
                continue;
            }

            var sources = new JsonObjects(members.Nested);
            while (sources.Next())
            {
                PassCitation(sources.Value, sink, choice);
            }
        }
    }

    private static void PassCitation(ReadOnlySpan<byte> source, IAnswerSink sink, int choice)
    {
        ReadOnlySpan<byte> url = default, title = default;
        long start = 0, end = 0;
        var members = new JsonMembers(source);
        while (members.Next())
        {
            if (members.Is("uri"u8))
            {
                url = members.Text;
            }
            else if (members.Is("title"u8))
            {
                title = members.Text;
            }
            else if (members.Is("startIndex"u8))
            {
                start = members.Count;
            }
            else if (members.Is("endIndex"u8))
            {
                end = members.Count;
            }
        }

        if (url.Length > 0)
        {
            UrlCitations.Pass(sink, choice, url, title, default, start, end);
        }
        else
        {
            sink.Extra(choice, ExtraKinds.Citation, source);
        }
    }

    /// <summary>How many queries the search was asked; the chunks of a stream repeat them.</summary>
    public static int CountQueries(ReadOnlySpan<byte> metadata)
    {
        if (metadata.IndexOf("\"webSearchQueries\""u8) < 0)
        {
            return 0;
        }

        var root = JsonElement.Parse(metadata);
        return root.ValueKind is JsonValueKind.Object && root.TryGetProperty("webSearchQueries", out var queries) && queries.ValueKind is JsonValueKind.Array
            ? queries.GetArrayLength()
            : 0;
    }

    private static void PassSupport(JsonElement support, List<(string Url, string Title)> sources, bool[] cited, IAnswerSink sink, int choice)
    {
        if (!support.TryGetProperty("groundingChunkIndices", out var indices) || indices.ValueKind is not JsonValueKind.Array)
        {
            return;
        }

        var (start, end) = support.TryGetProperty("segment", out var segment) && segment.ValueKind is JsonValueKind.Object
            ? (Number(segment, "startIndex"), Number(segment, "endIndex"))
            : (0, 0);
        foreach (var entry in indices.EnumerateArray())
        {
            if (entry.ValueKind is JsonValueKind.Number && entry.TryGetInt32(out var index) && index >= 0 && index < sources.Count)
            {
                cited[index] = true;
                Pass(sources[index], start, end, sink, choice);
            }
        }
    }

    private static void Pass((string Url, string Title) source, long start, long end, IAnswerSink sink, int choice)
    {
        if (source.Url.Length > 0)
        {
            UrlCitations.Pass(sink, choice, JsonText.Encode(source.Url), JsonText.Encode(source.Title), default, start, end);
        }
    }

    private static (string Url, string Title) Source(JsonElement chunk) =>
        chunk.ValueKind is JsonValueKind.Object
        && (chunk.TryGetProperty("web", out var source) || chunk.TryGetProperty("retrievedContext", out source) || chunk.TryGetProperty("maps", out source))
            ? (ErrorText.String(source, "uri") ?? "", ErrorText.String(source, "title") ?? "")
            : ("", "");

    private static long Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var number) ? number : 0;
}
