using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>
/// Google's embedding models on Vertex AI, which answers <c>:predict</c> and counts tokens
/// (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
/// </summary>
internal sealed class VertexEmbeddings : IEmbeddingsUpstream
{
    public string Name => "vertex_predict";

    /// <summary>Gemini's take one text a call, the older models 250.</summary>
    public int BatchLimit(Deployment deployment) => deployment.Model.UpstreamModel.StartsWith("gemini", StringComparison.Ordinal) ? 1 : 250;

    public Uri Address(Deployment deployment) => new(deployment.BaseUrl, $"models/{Uri.EscapeDataString(deployment.Model.UpstreamModel)}:predict");

    public void Write(EmbeddingsRequest request, int first, int count, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartArray("instances"u8);
        for (var i = first; i < first + count; i++)
        {
            json.WriteStartObject();
            json.WriteString("content"u8, request.Texts[i]);
            if (request.Purpose is { } purpose)
            {
                json.WriteString("task_type"u8, GeminiEmbeddings.TaskType(purpose));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (request.Dimensions is { } dimensions)
        {
            json.WriteStartObject("parameters"u8);
            json.WriteNumber("outputDimensionality"u8, dimensions);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public void Read(ReadOnlySpan<byte> body, EmbeddingVectors into)
    {
        foreach (var prediction in VectorJson.Member(JsonElement.Parse(body), "predictions").EnumerateArray())
        {
            var embeddings = VectorJson.Member(prediction, "embeddings");
            into.Vectors.Add(VectorJson.Read(VectorJson.Member(embeddings, "values")));
            if (VectorJson.Count(embeddings, "statistics", "token_count") is { } tokens)
            {
                into.Count(tokens);
            }
        }
    }
}
