using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Shield;

/// <summary>One piece of text in a stream's event.</summary>
/// <param name="Channel">Which text it continues.</param>
/// <param name="InJson">The text is itself JSON: a tool call's arguments.</param>
internal readonly record struct StreamText(JsonNode Parent, string? Name, int Index, string Channel, string Value, bool InJson)
{
    public void Set(string value)
    {
        if (Name is { } name)
        {
            ((JsonObject)Parent)[name] = value;
        }
        else
        {
            ((JsonArray)Parent)[Index] = value;
        }
    }
}

/// <summary>
/// Finds the pieces of text in a stream's event. In all dialects they stand in a member called `delta`, or are it; what says which text
/// a piece belongs to is called `index` or ends in `_index`.
/// </summary>
internal static class StreamTexts
{
    // Members of a delta that say what it is and are not part of the text.
    private static readonly HashSet<string> s_structural = new(StringComparer.Ordinal)
    {
        "role", "type", "id", "name", "signature", "stop_reason", "stop_sequence", "status", "finish_reason", "call_id", "item_id", "encrypted_content", "object", "model", "service_tier", "system_fingerprint",
    };

    /// <summary>The pieces of a whole stream in any client's dialect, in their order; of a broken one also what is said about that.</summary>
    /// <param name="events">As the client got them; the last one may be cut.</param>
    public static void Read(ReadOnlySpan<byte> events, Action<StreamText> take)
    {
        using var reader = new SseReader();
        while (reader.TryRead(events, out var sse) || (!events.IsEmpty && reader.TryReadRest(events, out sse)))
        {
            events = events[sse.Raw.Length..];
            if (sse.HasData && AnswerJson.Parse(sse.Data) is JsonObject json)
            {
                foreach (var text in Said(json))
                {
                    take(text);
                }
            }
        }
    }

    public static List<StreamText> Of(JsonObject json)
    {
        var texts = new List<StreamText>();
        Walk(json, Place(json, ""), inDelta: false, ArgumentsOf(json), texts);
        return texts;
    }

    /// <summary>All texts of an event or a whole answer, deltas or not, with what puts a new one there.</summary>
    public static IEnumerable<StreamText> All(JsonNode json)
    {
        switch (json)
        {
            case JsonObject node:
                foreach (var (name, value) in node.ToArray())
                {
                    if (value is JsonValue leaf && leaf.GetValueKind() == JsonValueKind.String)
                    {
                        yield return new(node, name, 0, "", leaf.GetValue<string>(), IsArguments(name));
                    }
                    else if (value is not null)
                    {
                        foreach (var inner in All(value))
                        {
                            yield return inner;
                        }
                    }
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is JsonValue leaf && leaf.GetValueKind() == JsonValueKind.String)
                    {
                        yield return new(list, null, i, "", leaf.GetValue<string>(), false);
                    }
                    else if (list[i] is { } value)
                    {
                        foreach (var inner in All(value))
                        {
                            yield return inner;
                        }
                    }
                }

                break;
        }
    }

    /// <summary>Places of the texts that end with this event; null when none do.</summary>
    public static string? Ended(JsonObject json)
    {
        var type = json["type"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        if (type is not null)
        {
            return type is "content_block_stop" or "message_delta" or "message_stop" || type.EndsWith(".done", StringComparison.Ordinal)
                || type is "response.completed" or "response.incomplete" or "response.failed" or "error" ? "" : null;
        }

        if (json["choices"] is JsonArray choices)
        {
            for (var i = 0; i < choices.Count; i++)
            {
                if (choices[i] is JsonObject choice && choice["finish_reason"] is JsonValue reason && reason.GetValueKind() == JsonValueKind.String)
                {
                    return Place(choice, $"/choices{(HasIndex(choice) ? "" : $"[{i}]")}");
                }
            }
        }

        return json["error"] is JsonObject ? "" : null;
    }

    private static IEnumerable<StreamText> Said(JsonObject json)
    {
        if (json["error"] is JsonObject failed)
        {
            return [new(json, "error", 0, "error", failed.ToJsonString(GatewayJson.Serialized), true)];
        }

        // Legacy completions know no deltas: their text stands in the choice.
        return json["object"] is JsonValue kind && kind.TryGetValue<string>(out var name) && name == "text_completion" && json["choices"] is JsonArray choices
            ? choices.OfType<JsonObject>().Where(choice => choice["text"] is JsonValue)
                .Select(choice => new StreamText(choice, "text", 0, $"{choice["index"]}", choice["text"]!.ToString(), false))
            : Of(json);
    }

    private static void Walk(JsonNode node, string place, bool inDelta, bool arguments, List<StreamText> texts)
    {
        if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is JsonObject item)
                {
                    Walk(item, Place(item, HasIndex(item) ? place : $"{place}[{i}]"), inDelta, arguments, texts);
                }
            }

            return;
        }

        foreach (var (name, value) in (JsonObject)node)
        {
            var here = inDelta || name == "delta";
            if (value is JsonValue leaf)
            {
                if (here && leaf.GetValueKind() == JsonValueKind.String && !s_structural.Contains(name))
                {
                    texts.Add(new(node, name, 0, $"{place}/{name}", leaf.GetValue<string>(), arguments || IsArguments(name)));
                }
            }
            else if (value is not null && name is not ("logprobs" or "usage" or "_hiway" or "response" or "item" or "part"))
            {
                Walk(value, value is JsonObject inner ? Place(inner, $"{place}/{name}") : $"{place}/{name}", here, arguments, texts);
            }
        }
    }

    private static bool IsArguments(string name) => name is "arguments" or "partial_json" or "input_json";

    /// <summary>Responses streams a call's arguments in a plain `delta`; the event's type says what it is.</summary>
    private static bool ArgumentsOf(JsonObject json) => json["type"] is JsonValue type && type.GetValueKind() == JsonValueKind.String
        && type.GetValue<string>() is var text && (text.Contains("arguments", StringComparison.Ordinal) || text.Contains("input_json", StringComparison.Ordinal));

    private static bool HasIndex(JsonObject node) => node["index"] is JsonValue;

    private static string Place(JsonObject node, string place)
    {
        foreach (var name in (ReadOnlySpan<string>)["index", "output_index", "content_index", "summary_index"])
        {
            if (node[name] is JsonValue value && value.TryGetValue<int>(out var index))
            {
                place = string.Create(CultureInfo.InvariantCulture, $"{place}#{index}");
            }
        }

        return place;
    }
}
