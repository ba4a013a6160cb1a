using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Turns <c>logprobsResult</c> into OpenAI's log-probabilities: the chosen token of each step, beside it the likeliest ones.</summary>
internal static class GeminiLogprobs
{
    public static void Pass(ReadOnlySpan<byte> result, IAnswerSink sink, int choice)
    {
        if (result.IndexOf("\"chosenCandidates\""u8) < 0)
        {
            return;
        }

        var root = JsonElement.Parse(result);
        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty("chosenCandidates", out var chosen) || chosen.ValueKind is not JsonValueKind.Array
            || chosen.GetArrayLength() == 0)
        {
            return;
        }

        var tops = root.TryGetProperty("topCandidates", out var top) && top.ValueKind is JsonValueKind.Array ? top.EnumerateArray().ToList() : [];
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("content");
            var step = 0;
            foreach (var token in chosen.EnumerateArray())
            {
                json.WriteStartObject();
                WriteToken(json, token);
                json.WriteStartArray("top_logprobs");
                WriteTop(json, step < tops.Count ? tops[step] : default);
                json.WriteEndArray();
                json.WriteEndObject();
                step++;
            }

            json.WriteEndArray();
            json.WriteNull("refusal");
            json.WriteEndObject();
        }

        sink.Extra(choice, ExtraKinds.Logprobs, buffer.WrittenSpan);
    }

    private static void WriteTop(Utf8JsonWriter json, JsonElement step)
    {
        if (step.ValueKind is not JsonValueKind.Object || !step.TryGetProperty("candidates", out var candidates) || candidates.ValueKind is not JsonValueKind.Array)
        {
            return;
        }

        foreach (var candidate in candidates.EnumerateArray())
        {
            json.WriteStartObject();
            WriteToken(json, candidate);
            json.WriteEndObject();
        }
    }

    private static void WriteToken(Utf8JsonWriter json, JsonElement token)
    {
        var isObject = token.ValueKind is JsonValueKind.Object;
        json.WriteString("token", isObject ? ErrorText.String(token, "token") ?? "" : "");
        json.WriteNumber("logprob", isObject && token.TryGetProperty("logProbability", out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var number)
            && double.IsFinite(number) ? number : 0);
        json.WriteNull("bytes");
    }
}
