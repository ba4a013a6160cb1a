using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Contents;
using HiWay.Web.Gateway.Shield;

namespace HiWay.Web.Gateway.Contents;

/// <summary>What is kept of one call while it runs: a copy of its prompt, and of what the client gets.</summary>
internal sealed class KeptContent(byte[] request)
{
    /// <summary>Of an answer; a text that is longer is cut in any case.</summary>
    private const int MaxAnswerBytes = 4 * 1024 * 1024;

    private static readonly JsonSerializerOptions s_asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private MemoryStream? _answer;

    /// <summary>Adds a piece of the answer.</summary>
    public void Add(ReadOnlySpan<byte> answer)
    {
        _answer ??= new();
        _answer.Write(answer[..(int)Math.Min(answer.Length, MaxAnswerBytes - _answer.Length)]);
    }

    public CallContent Of(GatewayCall call) => new(
        call.Workspace.Id, call.RequestId, call.ArrivedAt, call.Workspace.Privacy.Scanner, request, _answer?.ToArray() ?? [], call.Streamed ? TextOfStream : static whole => whole);

    /// <summary>The texts of a stream in any client's dialect, one after the other, as a JSON string.</summary>
    internal static byte[] TextOfStream(byte[] events)
    {
        var texts = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(events).Split('\n'))
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal) && Read(line[6..]) is { } json)
            {
                foreach (var piece in PiecesOf(json))
                {
                    (texts.TryGetValue(piece.Channel, out var text) ? text : texts[piece.Channel] = new()).Append(piece.Value);
                }
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(string.Join("\n\n", texts.Values), s_asWritten);
    }

    private static IEnumerable<StreamText> PiecesOf(JsonObject json)
    {
        if (json["error"] is JsonObject failed)
        {
            return [new(json, "error", 0, "error", failed.ToJsonString(s_asWritten), true)];
        }

        // Legacy completions know no deltas: their text stands in the choice.
        return json["object"] is JsonValue kind && kind.TryGetValue<string>(out var name) && name == "text_completion" && json["choices"] is JsonArray choices
            ? choices.OfType<JsonObject>().Where(choice => choice["text"] is JsonValue)
                .Select(choice => new StreamText(choice, "text", 0, $"{choice["index"]}", choice["text"]!.ToString(), false))
            : StreamTexts.Of(json);
    }

    /// <summary>Null for the last event when the copy was cut in it.</summary>
    private static JsonObject? Read(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
