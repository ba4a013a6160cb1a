using System.Text;
using System.Text.Json.Nodes;

namespace HiWay.Tests.Fuzz;

/// <summary>Spoils bytes, as a broken network or server does, or JSON, as careless programs do: the second still parses and so gets deeper.</summary>
internal static class Mutation
{
    private static readonly string[] Splinters =
        ["null", "[]", "{}", "-1", "1e400", "\"\\ud800\"", "true", "\"\"", "[[[[", "}", "\"", ",", ":", "\\", "\u0000", "99999999999999999999", "{\"a\":", "\n\n", "data: ", "event: error\n", "\uFEFF"];

    /// <summary>Values that are JSON and seldom expected.</summary>
    private static readonly string[] Values =
    [
        "null", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":null}", "-1", "0", "0.5", "1e308", "99999999999999999999", "true", "false", "\"\"", "\" \"", "\"\\u0000\"", "\"\\u0001\\\"\\\\\"",
        "\"\\ud83c\\udf0d\"", "\"data:image/png;base64,iVBORw0KGgo=\"", "\"data:,\"", "\"data:\"", "\"https://x.test/a.png\"", "\"http://[\"", "\"{\"", "\"{}\"", "\"[]\"", "\"a.b:c d\"", "\"#/$defs/a\"", "\"#\"", "2147483648", "-9223372036854775808",
        "{\"type\":null}", "{\"type\":[]}", "{\"type\":\"text\"}", "{\"type\":\"text\",\"text\":\"x\"}", "[{\"type\":\"text\",\"text\":\"\"}]", "{\"$ref\":\"#\"}", "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}",
    ];

    /// <summary>Words that stand for kinds of things in one dialect or another.</summary>
    private static readonly string[] Words =
    [
        "text", "image_url", "input_text", "output_text", "input_image", "input_file", "input_audio", "file", "document", "image", "tool_use", "tool_result", "function", "function_call", "function_call_output", "custom_tool_call",
        "thinking", "redacted_thinking", "reasoning", "refusal", "user", "assistant", "system", "developer", "tool", "auto", "none", "required", "any", "base64", "url", "json_schema", "json_object", "ephemeral",
        "message_start", "message_delta", "content_block_start", "content_block_delta", "content_block_stop", "input_json_delta", "text_delta", "signature_delta", "error", "stop", "length", "tool_calls", "content_filter",
        "response.completed", "response.failed", "response.output_text.delta", "response.function_call_arguments.delta", "item_reference", "web_search_call", "STOP", "MAX_TOKENS", "object", "array", "string",
    ];

    public static byte[] OfBytes(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var i = random.Next(1, 4); i > 0 && bytes.Count > 2; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Splinters[random.Next(Splinters.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    RetypeAfter(bytes, at, random);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Changes one to three values of a document; bytes that are no JSON are spoiled as bytes.</summary>
    public static byte[] OfJson(byte[] original, Random random)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(original)!;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException)
        {
            return OfBytes(original, random);
        }

        for (var i = random.Next(1, 4); i > 0; i--)
        {
            Change(root, random);
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    /// <summary>Either way.</summary>
    public static byte[] Of(byte[] original, Random random) => random.Next(3) == 0 ? OfBytes(original, random) : OfJson(original, random);

    private static void Change(JsonNode root, Random random)
    {
        // Down a random way, and there one member or item is changed.
        var at = root;
        while (true)
        {
            var next = at switch
            {
                JsonObject { Count: > 0 } members => members.ElementAt(random.Next(members.Count)).Value,
                JsonArray { Count: > 0 } items => items[random.Next(items.Count)],
                _ => null,
            };
            if (next is null or JsonValue || random.Next(4) == 0)
            {
                break;
            }

            at = next;
        }

        if (at is JsonObject { Count: > 0 } owner)
        {
            var (name, value) = owner.ElementAt(random.Next(owner.Count));
            switch (random.Next(8))
            {
                case 0:
                    owner.Remove(name);
                    break;
                case 1:
                    owner.Remove(name);
                    owner[name + "x"] = value;
                    break;
                case 2:
                    owner[name] = new JsonArray(value?.DeepClone(), value?.DeepClone());
                    break;
                case 3:
                    owner[name] = Deep(value, random.Next(1, 80));
                    break;
                default:
                    owner[name] = AnyValue(random);
                    break;
            }
        }
        else if (at is JsonArray { Count: > 0 } items)
        {
            var place = random.Next(items.Count);
            switch (random.Next(4))
            {
                case 0:
                    items.RemoveAt(place);
                    break;
                case 1:
                    items.Insert(place, items[place]?.DeepClone());
                    break;
                case 2:
                    var moved = items[place];
                    items.RemoveAt(place);
                    items.Insert(random.Next(items.Count + 1), moved);
                    break;
                default:
                    items[place] = AnyValue(random);
                    break;
            }
        }
    }

    private static JsonNode? AnyValue(Random random) =>
        random.Next(3) == 0 ? JsonValue.Create(Words[random.Next(Words.Length)]) : JsonNode.Parse(Values[random.Next(Values.Length)]);

    private static JsonNode? Deep(JsonNode? value, int levels)
    {
        var deep = value?.DeepClone();
        for (var i = 0; i < levels; i++)
        {
            deep = i % 2 == 0 ? new JsonArray(deep) : new JsonObject { ["type"] = deep };
        }

        return deep;
    }

    /// <summary>A value takes another type: what follows a colon becomes a splinter.</summary>
    private static void RetypeAfter(List<byte> bytes, int at, Random random)
    {
        var colon = bytes.IndexOf((byte)':', at);
        if (colon <= 0)
        {
            return;
        }

        var end = bytes.FindIndex(colon, one => one is (byte)',' or (byte)'}' or (byte)']');
        if (end > colon)
        {
            bytes.RemoveRange(colon + 1, end - colon - 1);
        }

        bytes.InsertRange(colon + 1, Encoding.UTF8.GetBytes(Splinters[random.Next(8)]));
    }
}
