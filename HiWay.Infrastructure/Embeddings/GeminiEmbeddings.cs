using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>
/// Gemini's <c>batchEmbedContents</c> (Fixtures/recordings/google/google-embeddings-plain-01.json). It mostly answers without a count of
/// tokens.
/// </summary>
internal sealed class GeminiEmbeddings : IEmbeddingsUpstream
{
    public string Name => "gemini_embeddings";

    /// <summary>The API refuses a batch of more than 100 requests.</summary>
    public int BatchLimit(Deployment deployment) => 100;

    public Uri Address(Deployment deployment) => new(deployment.BaseUrl, $"{Model(deployment)}:batchEmbedContents");

    public void Write(EmbeddingsRequest request, int first, int count, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartArray("requests"u8);
        for (var i = first; i < first + count; i++)
        {
            json.WriteStartObject();
            json.WriteString("model"u8, Model(deployment));
            json.WriteStartObject("content"u8);
            json.WriteStartArray("parts"u8);
            json.WriteStartObject();
            json.WriteString("text"u8, request.Texts[i]);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            if (request.Purpose is { } purpose)
            {
                json.WriteString("taskType"u8, TaskType(purpose));
            }

            if (request.Dimensions is { } dimensions)
            {
                json.WriteNumber("outputDimensionality"u8, dimensions);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void Read(ReadOnlySpan<byte> body, EmbeddingVectors into)
    {
        var root = JsonElement.Parse(body);
        foreach (var embedding in VectorJson.Member(root, "embeddings").EnumerateArray())
        {
            into.Vectors.Add(VectorJson.Read(VectorJson.Member(embedding, "values")));
        }

        if (VectorJson.Count(root, "usageMetadata", "promptTokenCount") is { } tokens)
        {
            into.Count(tokens);
        }
    }

    private static string Model(Deployment deployment)
    {
        var model = deployment.Model.UpstreamModel;
        return model.Contains('/') ? model : $"models/{Uri.EscapeDataString(model)}";
    }

    internal static string TaskType(EmbeddingPurpose purpose) => purpose switch
    {
        EmbeddingPurpose.Document => "RETRIEVAL_DOCUMENT",
        EmbeddingPurpose.Query => "RETRIEVAL_QUERY",
        EmbeddingPurpose.Classification => "CLASSIFICATION",
        EmbeddingPurpose.Clustering => "CLUSTERING",
    };
}
