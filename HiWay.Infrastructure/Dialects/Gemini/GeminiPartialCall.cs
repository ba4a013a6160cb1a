using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>
/// Arguments that come in pieces, each with the path of the value that it belongs to
/// (Fixtures/recordings/google/google-generate-content-partial-tool-args-stream-x02.json). JSON text can only be made when all are there.
/// </summary>
/// <param name="call">Which call of the candidate they belong to.</param>
internal sealed class GeminiPartialCall(int call)
{
    private const int MaxItems = 10_000;

    private readonly JsonObject _arguments = [];

    public int Call { get; } = call;

    /// <exception cref="JsonException">A path is none.</exception>
    public void Add(ReadOnlySpan<byte> partialArgs)
    {
        if (partialArgs.Length == 0)
        {
            return;
        }

        try
        {
            AddPieces(JsonElement.Parse(partialArgs));
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or InvalidCastException)
        {
            throw new JsonException("The pieces of arguments cannot be read.", e);
        }
    }

    private void AddPieces(JsonElement pieces)
    {
        foreach (var piece in pieces.EnumerateArray())
        {
            var path = piece.GetProperty("jsonPath").GetString() ?? throw new JsonException("A piece of arguments has no path.");
            if (piece.TryGetProperty("stringValue", out var text))
            {
                Put(path, JsonValue.Create(text.GetString() ?? ""), append: true);
            }
            else if (piece.TryGetProperty("numberValue", out var number))
            {
                Put(path, JsonNode.Parse(number.GetRawText()), append: false);
            }
            else if (piece.TryGetProperty("boolValue", out var flag))
            {
                Put(path, flag.GetBoolean(), append: false);
            }
            else if (piece.TryGetProperty("nullValue", out _))
            {
                Put(path, null, append: false);
            }
        }
    }

    public ReadOnlySpan<byte> ToJson() => Encoding.UTF8.GetBytes(_arguments.ToJsonString());

    private void Put(string path, JsonNode? value, bool append)
    {
        var steps = Steps(path);
        JsonNode at = _arguments;
        for (var i = 0; i < steps.Count - 1; i++)
        {
            at = Child(at, steps[i]) ?? Place(at, steps[i], steps[i + 1] is int ? new JsonArray() : new JsonObject())!;
        }

        if (append && Child(at, steps[^1]) is JsonValue before && before.TryGetValue<string>(out var soFar))
        {
            value = soFar + value!.GetValue<string>();
        }

        Place(at, steps[^1], value);
    }

    private static JsonNode? Child(JsonNode parent, object step) => (parent, step) switch
    {
        (JsonObject members, string name) => members[name],
        (JsonArray items, int index) => index < items.Count ? items[index] : null,
        _ => throw new JsonException("The pieces of arguments do not fit together."),
    };

    private static JsonNode? Place(JsonNode parent, object step, JsonNode? value)
    {
        if (parent is JsonObject members)
        {
            members[(string)step] = value;
            return value;
        }

        var items = (JsonArray)parent;
        var index = (int)step;
        if (index > MaxItems)
        {
            throw new JsonException("A list of arguments is too long.");
        }

        while (items.Count <= index)
        {
            items.Add(null);
        }

        items[index] = value;
        return value;
    }

    /// <summary><c>$.a.b[0]['c d']</c> as names and positions.</summary>
    private static List<object> Steps(string path)
    {
        var steps = new List<object>();
        var rest = path.AsSpan().TrimStart('$');
        while (rest.Length > 0)
        {
            if (rest[0] == '[')
            {
                var end = rest.IndexOf(']');
                if (end < 2)
                {
                    throw new JsonException($"The path '{path}' cannot be read.");
                }

                var inside = rest[1..end];
                steps.Add(int.TryParse(inside, out var index) && index >= 0 ? index : inside.Trim("'\"").ToString());
                rest = rest[(end + 1)..];
                continue;
            }

            rest = rest[0] == '.' ? rest[1..] : rest;
            var stop = rest.IndexOfAny('.', '[');
            steps.Add((stop < 0 ? rest : rest[..stop]).ToString());
            rest = stop < 0 ? default : rest[stop..];
        }

        return steps.Count > 0 && steps[0] is string ? steps : throw new JsonException($"The path '{path}' cannot be read.");
    }
}
