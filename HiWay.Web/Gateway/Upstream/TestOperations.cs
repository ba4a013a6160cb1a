using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Limits;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>What the test provider answers to calls that are no conversation: pure functions of the body.</summary>
internal static class TestOperations
{
    private const int DefaultDimensions = 1_536;
    private const int MostDimensions = 4_096;

    /// <summary>A picture of one grey pixel.</summary>
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

    /// <summary>One vector of length 1 for each input; the same text always gets the same one.</summary>
    public static JsonObject Embeddings(JsonObject body)
    {
        var input = body["input"];
        List<JsonNode?> inputs = input is JsonArray array && array.Count > 0 && array[0] is not JsonValue { } ? [.. array]
            : input is JsonArray texts && texts[0] is JsonValue first && first.GetValueKind() == JsonValueKind.String ? [.. texts]
            : [input];
        var dimensions = body["dimensions"] is JsonValue size && size.TryGetValue<int>(out var asked) ? Math.Clamp(asked, 1, MostDimensions) : DefaultDimensions;
        var base64 = body["encoding_format"]?.GetValue<string>() == "base64";
        var tokens = inputs.Sum(one => one is JsonArray ids ? ids.Count : TokenEstimate.OfBytes(Encoding.UTF8.GetByteCount(one?.ToString() ?? "")));
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. inputs.Select((one, i) => new JsonObject
            {
                ["object"] = "embedding",
                ["index"] = i,
                ["embedding"] = Vector(one?.ToJsonString() ?? "", dimensions) is var vector && base64
                    ? Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(vector))
                    : new JsonArray([.. vector.Select(number => (JsonNode)number)]),
            })]),
            ["model"] = body["model"]?.GetValue<string>() ?? "",
            ["usage"] = new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens },
        };
    }

    /// <summary>As many pixels as were asked for.</summary>
    public static JsonObject Images(JsonObject body, long created)
    {
        var count = body["n"] is JsonValue n && n.TryGetValue<int>(out var asked) ? asked : 1;
        var tokens = TokenEstimate.OfBytes(Encoding.UTF8.GetByteCount(body["prompt"]?.ToString() ?? ""));
        return Images(count, tokens, created);
    }

    public static JsonObject Images(int count, int promptTokens, long created) => new()
    {
        ["created"] = created,
        ["data"] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => new JsonObject { ["b64_json"] = Pixel })]),
        ["usage"] = new JsonObject
        {
            ["input_tokens"] = promptTokens,
            ["input_tokens_details"] = new JsonObject { ["text_tokens"] = promptTokens, ["image_tokens"] = 0 },
            ["output_tokens"] = count,
            ["total_tokens"] = promptTokens + count,
        },
    };

    /// <summary>The pictures as a stream's events.</summary>
    public static string ImageEvents(JsonObject images, string kind)
    {
        var text = new StringBuilder();
        foreach (var picture in images["data"]!.AsArray())
        {
            text.Append($"event: {kind}.completed\ndata: ").Append(new JsonObject
            {
                ["type"] = $"{kind}.completed",
                ["b64_json"] = picture!["b64_json"]!.GetValue<string>(),
                ["created_at"] = images["created"]!.GetValue<long>(),
                ["usage"] = images["usage"]!.DeepClone(),
            }.ToJsonString()).Append("\n\n");
        }

        return text.ToString();
    }

    private static float[] Vector(string text, int dimensions)
    {
        // Numbers drawn from the text's hash, made one long.
        var vector = new float[dimensions];
        var block = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        var sum = 0.0;
        for (var i = 0; i < dimensions; i++)
        {
            if (i % 8 == 0 && i > 0)
            {
                block = SHA256.HashData(block);
            }

            vector[i] = BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(i % 8 * 4)) / (float)int.MaxValue;
            sum += vector[i] * (double)vector[i];
        }

        var length = (float)Math.Sqrt(sum);
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] /= length;
        }

        return vector;
    }
}
