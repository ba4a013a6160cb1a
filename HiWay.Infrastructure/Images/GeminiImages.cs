using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Gemini;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Images;

/// <summary>
/// Google's two ways to a picture: Imagen answers <c>:predict</c>, Gemini's image models answer <c>:generateContent</c> with a picture among
/// the parts (ai.google.dev/gemini-api/docs/imagen, …/image-generation).
/// </summary>
internal sealed class GeminiImages : IImagesUpstream
{
    private static readonly (string Name, double Ratio)[] s_ratios = [("1:1", 1), ("3:4", 0.75), ("4:3", 4 / 3.0), ("9:16", 9 / 16.0), ("16:9", 16 / 9.0)];

    public string Name => "gemini_images";

    public int MostImages(Deployment deployment) => IsImagen(deployment) ? 4 : 1;

    public Uri Address(Deployment deployment) =>
        new(deployment.BaseUrl, $"models/{Uri.EscapeDataString(deployment.Model.UpstreamModel)}:{(IsImagen(deployment) ? "predict" : "generateContent")}");

    public void Write(ImagesRequest request, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        if (IsImagen(deployment))
        {
            json.WriteStartArray("instances"u8);
            json.WriteStartObject();
            json.WriteString("prompt"u8, request.Prompt);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("parameters"u8);
            json.WriteNumber("sampleCount"u8, request.Count);
            WriteRatio(json, request);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("contents"u8);
            json.WriteStartObject();
            json.WriteString("role"u8, "user"u8);
            json.WriteStartArray("parts"u8);
            json.WriteStartObject();
            json.WriteString("text"u8, request.Prompt);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("generationConfig"u8);
            json.WriteStartArray("responseModalities"u8);
            json.WriteStringValue("TEXT"u8);
            json.WriteStringValue("IMAGE"u8);
            json.WriteEndArray();
            if (request.Pixels is not null)
            {
                json.WriteStartObject("imageConfig"u8);
                WriteRatio(json, request);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (request.Quality is not (null or "auto" or "standard"))
        {
            dropped.Add("quality");
        }
    }

    public void Read(ReadOnlySpan<byte> body, MadeImages into)
    {
        var root = JsonElement.Parse(body);
        if (root.ValueKind is not JsonValueKind.Object)
        {
            throw new JsonException("An answer with pictures must be a JSON object.");
        }

        if (root.TryGetProperty("predictions", out var predictions) && predictions.ValueKind is JsonValueKind.Array)
        {
            ReadPredictions(predictions, into);
        }
        else if (root.TryGetProperty("candidates", out var candidates) && candidates.ValueKind is JsonValueKind.Array)
        {
            ReadCandidates(candidates, into);
        }

        if (root.TryGetProperty("usageMetadata", out var usage))
        {
            var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(usage));
            reader.Read();
            into.Usage = GeminiUsage.Read(ref reader);
        }

        if (into.Base64.Count == 0)
        {
            into.Refusal ??= root.TryGetProperty("promptFeedback", out var feedback) && Text(feedback, "blockReason") is { } reason
                ? $"The prompt was blocked: {reason}."
                : "The model made no picture of this prompt.";
        }
    }

    /// <summary>The nearest that the API knows; it has no sizes in pixels.</summary>
    private static void WriteRatio(Utf8JsonWriter json, ImagesRequest request)
    {
        if (request.Pixels is { } pixels)
        {
            var wanted = Math.Log((double)pixels.Width / pixels.Height);
            json.WriteString("aspectRatio"u8, s_ratios.MinBy(ratio => Math.Abs(Math.Log(ratio.Ratio) - wanted)).Name);
        }
    }

    private static void ReadPredictions(JsonElement predictions, MadeImages into)
    {
        foreach (var prediction in predictions.EnumerateArray())
        {
            if (Text(prediction, "bytesBase64Encoded") is { } picture)
            {
                into.Base64.Add(picture);
            }
            else
            {
                into.Refusal ??= Text(prediction, "raiFilteredReason");
            }
        }
    }

    private static void ReadCandidates(JsonElement candidates, MadeImages into)
    {
        foreach (var candidate in candidates.EnumerateArray())
        {
            if (candidate.ValueKind is not JsonValueKind.Object || !candidate.TryGetProperty("content", out var content)
                || content.ValueKind is not JsonValueKind.Object || !content.TryGetProperty("parts", out var parts) || parts.ValueKind is not JsonValueKind.Array)
            {
                continue;
            }

            foreach (var part in parts.EnumerateArray())
            {
                if (part.ValueKind is JsonValueKind.Object && part.TryGetProperty("inlineData", out var data) && Text(data, "data") is { } picture)
                {
                    into.Base64.Add(picture);
                }
                else if (Text(part, "text") is { Length: > 0 } words)
                {
                    into.Refusal = words;
                }
            }
        }
    }

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static bool IsImagen(Deployment deployment) => deployment.Model.UpstreamModel.StartsWith("imagen", StringComparison.Ordinal);
}
