using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Images;

/// <summary>Amazon's Titan and Nova Canvas behind Bedrock's <c>InvokeModel</c>; both take one body (docs.aws.amazon.com/nova/latest/userguide/image-gen-req-resp-structure.html).</summary>
internal sealed class BedrockImages : IImagesUpstream
{
    public string Name => "bedrock_invoke";

    public int MostImages(Deployment deployment) => 5;

    public Uri Address(Deployment deployment) => new(deployment.BaseUrl, $"model/{Uri.EscapeDataString(deployment.Model.UpstreamModel)}/invoke");

    public void Write(ImagesRequest request, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("taskType"u8, "TEXT_IMAGE"u8);
        json.WriteStartObject("textToImageParams"u8);
        json.WriteString("text"u8, request.Prompt);
        json.WriteEndObject();
        json.WriteStartObject("imageGenerationConfig"u8);
        json.WriteNumber("numberOfImages"u8, request.Count);
        json.WriteString("quality"u8, request.Quality is "high" or "hd" ? "premium"u8 : "standard"u8);
        if (request.Pixels is { } pixels)
        {
            json.WriteNumber("width"u8, pixels.Width);
            json.WriteNumber("height"u8, pixels.Height);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public void Read(ReadOnlySpan<byte> body, MadeImages into)
    {
        var root = JsonElement.Parse(body);
        if (root.ValueKind is not JsonValueKind.Object)
        {
            throw new JsonException("An answer with pictures must be a JSON object.");
        }

        if (root.TryGetProperty("images", out var images) && images.ValueKind is JsonValueKind.Array)
        {
            into.Base64.AddRange(images.EnumerateArray().Select(picture => picture.GetString()).OfType<string>());
        }

        if (into.Base64.Count == 0)
        {
            into.Refusal = root.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.String ? error.GetString() : "The model made no picture of this prompt.";
        }
    }
}
