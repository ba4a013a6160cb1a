using System.Text;
using System.Text.Json.Nodes;
using HiWay.Web.Gateway.Shield;

namespace HiWay.Web.Gateway.Judging;

/// <summary>The words of an answer as its reader saw them, from the bytes of any client dialect.</summary>
internal static class AnswerWords
{
    // Thinking is not the answer; identifiers and names are no words.
    private static readonly string[] s_thinking = ["reasoning", "thinking"];

    /// <returns>Null when there is nothing to rate: no words, or the model calls tools, which a judge does not see.</returns>
    public static string? Of(ReadOnlySpan<byte> answer, bool streamed)
    {
        var words = new StringBuilder();
        return (streamed ? AddStream(answer, words) : AddWhole(AnswerJson.Parse(answer), words)) && words.Length > 0 ? words.ToString() : null;
    }

    private static bool AddStream(ReadOnlySpan<byte> answer, StringBuilder words)
    {
        var isText = true;
        StreamTexts.Read(answer, piece =>
        {
            isText &= !piece.InJson;   // a tool's arguments, or an error
            if (piece.Name is { } name && !IsThinking(name) && !IsThinking(Text((JsonObject)piece.Parent, "type") ?? ""))
            {
                words.Append(piece.Value);
            }
        });
        return isText;
    }

    private static bool AddWhole(JsonNode? answer, StringBuilder words)
    {
        foreach (var choice in Objects(answer, "choices"))
        {
            words.Append(Text(choice, "text"));
            if (choice["message"] is JsonObject message)
            {
                if (message["tool_calls"] is JsonArray { Count: > 0 })
                {
                    return false;
                }

                words.Append(Text(message, "content"));
            }
        }

        foreach (var item in Objects(answer, "output").Concat(Objects(answer, "content")))
        {
            switch (Text(item, "type"))
            {
                case "text":
                    words.Append(Text(item, "text"));
                    break;
                case "message":
                    foreach (var part in Objects(item, "content"))
                    {
                        words.Append(Text(part, "text"));
                    }

                    break;
                case "reasoning" or "thinking" or "redacted_thinking":
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private static bool IsThinking(string name) => Array.Exists(s_thinking, word => name.Contains(word, StringComparison.Ordinal));

    private static IEnumerable<JsonObject> Objects(JsonNode? parent, string name) => parent is JsonObject node && node[name] is JsonArray list ? list.OfType<JsonObject>() : [];

    private static string? Text(JsonObject parent, string name) => parent[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
