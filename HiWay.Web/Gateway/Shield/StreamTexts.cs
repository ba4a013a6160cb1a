using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Shield;

/// <summary>One piece of text in a stream's event.</summary>
/// <param name="Channel">Which text it continues.</param>
/// <param name="InJson">The text is itself JSON: a tool call's arguments.</param>
/// <param name="IsWhole">Nothing continues it: a source's address, a picture.</param>
internal readonly record struct StreamText(JsonNode Parent, string? Name, int Index, string Channel, string Value, bool InJson, bool IsWhole = false)
{
    /// <summary>It tells programs what stands beside it; no person's words and no secret of theirs.</summary>
    public bool IsStructural => Name is { } name && StreamTexts.IsStructural(name);

    /// <summary>What stands in its place now.</summary>
    public string? Said => (Name is { } name ? ((JsonObject)Parent)[name] : ((JsonArray)Parent)[Index])?.GetValue<string>();

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
        "data", "format", "thought_signature", "obfuscation",
    };

    // Members of a delta that come whole, with all that is in them.
    private static readonly HashSet<string> s_whole = new(StringComparer.Ordinal)
    {
        "annotations", "annotation", "citations", "citation", "images", "image_url", "extra_content", "url_citation",
    };

    public static bool IsStructural(string name) => s_structural.Contains(name);

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
        Walk(json, Place(json, ""), new(InDelta: false, ArgumentsOf(json), IsWhole: false), texts);
        if (IsLegacy(json) && json["choices"] is JsonArray choices)
        {
            for (var i = 0; i < choices.Count; i++)
            {
                if (choices[i] is JsonObject choice && choice["text"] is JsonValue text && text.GetValueKind() == JsonValueKind.String)
                {
                    texts.Add(new(choice, "text", 0, $"{PlaceOf(choice, i)}/text", text.GetValue<string>(), InJson: false));
                }
            }
        }

        return texts;
    }

    /// <summary>Takes the log-probabilities out of an event: they spell the text that belongs to it, and what was said so far beside the new piece.</summary>
    public static void RemoveTokens(JsonObject json)
    {
        if (json["logprobs"] is JsonArray)
        {
            json["logprobs"] = new JsonArray();
        }

        foreach (var choice in (json["choices"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            if (choice["logprobs"] is not null)
            {
                choice["logprobs"] = null;
            }
        }
    }

    /// <summary>Takes out of an event what repeats the answer so far beside its new piece, as Perplexity's streams do (<c>message</c> beside <c>delta</c>).</summary>
    /// <returns>False when nothing does.</returns>
    public static bool RemoveRepeated(JsonObject json)
    {
        var any = false;
        foreach (var choice in (json["choices"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            any |= choice["delta"] is JsonObject && choice.Remove("message");
        }

        return any;
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

    /// <summary>Places of the texts that end with this event.</summary>
    public static IReadOnlyList<string> Ended(JsonObject json)
    {
        var type = json["type"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        if (type is not null)
        {
            return type == "content_block_stop" || type.EndsWith(".done", StringComparison.Ordinal) ? [Place(json, "")]
                : type is "message_delta" or "message_stop" or "response.completed" or "response.incomplete" or "response.failed" or "error" ? [""] : [];
        }

        if (json["choices"] is not JsonArray choices)
        {
            return json["error"] is JsonObject ? [""] : [];
        }

        List<string>? ended = null;
        for (var i = 0; i < choices.Count; i++)
        {
            if (choices[i] is JsonObject choice && choice["finish_reason"] is JsonValue reason && reason.GetValueKind() == JsonValueKind.String)
            {
                (ended ??= []).Add(PlaceOf(choice, i));
            }
        }

        return ended ?? (IReadOnlyList<string>)[];
    }

    /// <summary>Whether a text stands at a place or below it: in choice 1, not in choice 10.</summary>
    public static bool IsAt(string channel, string place) =>
        channel.StartsWith(place, StringComparison.Ordinal) && (place.Length == 0 || channel.Length == place.Length || channel[place.Length] is '/' or '#' or '[');

    private static IEnumerable<StreamText> Said(JsonObject json) =>
        json["error"] is JsonObject failed ? [new(json, "error", 0, "error", failed.ToJsonString(GatewayJson.Serialized), true)] : Of(json);

    /// <summary>Legacy completions know no deltas: their text stands in the choice.</summary>
    private static bool IsLegacy(JsonObject json) => json["object"] is JsonValue kind && kind.TryGetValue<string>(out var name) && name == "text_completion";

    private static string PlaceOf(JsonObject choice, int at) => Place(choice, HasIndex(choice) ? "/choices" : $"/choices[{at}]");

    private static void Walk(JsonNode node, string place, Surroundings around, List<StreamText> texts)
    {
        if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is JsonObject item)
                {
                    Walk(item, Place(item, HasIndex(item) ? place : $"{place}[{i}]"), around, texts);
                }
            }

            return;
        }

        foreach (var (name, value) in (JsonObject)node)
        {
            var here = around with { InDelta = around.InDelta || name == "delta", IsWhole = around.IsWhole || s_whole.Contains(name) };
            if (value is JsonValue leaf)
            {
                if (here.InDelta && leaf.GetValueKind() == JsonValueKind.String && !IsStructural(name))
                {
                    texts.Add(new(node, name, 0, $"{place}/{name}", leaf.GetValue<string>(), around.Arguments || IsArguments(name), here.IsWhole));
                }
            }
            else if (value is not null && name is not ("logprobs" or "usage" or "_hiway" or "response" or "item" or "part"))
            {
                Walk(value, value is JsonObject inner ? Place(inner, $"{place}/{name}") : $"{place}/{name}", here, texts);
            }
        }
    }

    private readonly record struct Surroundings(bool InDelta, bool Arguments, bool IsWhole);

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
