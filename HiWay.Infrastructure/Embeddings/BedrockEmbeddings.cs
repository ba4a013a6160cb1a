using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>
/// Embedding models behind Bedrock's <c>InvokeModel</c>, which hands each maker's own body through: Amazon's Titan takes one text a call,
/// Nova one with its own schema, Cohere's the body of Cohere (docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html).
/// </summary>
internal sealed class BedrockEmbeddings : IEmbeddingsUpstream
{
    public string Name => "bedrock_invoke";

    public int BatchLimit(Deployment deployment) => IsCohere(deployment) ? 96 : 1;

    // The colon of a version must be escaped too: it is what the signature is made over.
    public Uri Address(Deployment deployment) => new(deployment.BaseUrl, $"model/{Uri.EscapeDataString(deployment.Model.UpstreamModel)}/invoke");

    public void Write(EmbeddingsRequest request, int first, int count, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        if (IsCohere(deployment))
        {
            CohereEmbeddings.WriteFields(json, request, first, count);
        }
        else if (deployment.Model.UpstreamModel.Contains("nova", StringComparison.Ordinal))
        {
            WriteNova(json, request, first);
        }
        else
        {
            json.WriteString("inputText"u8, request.Texts[first]);
            if (request.Dimensions is { } dimensions)
            {
                WriteTitanDimensions(json, deployment, dimensions, dropped);
            }
        }

        json.WriteEndObject();
    }

    public void Read(ReadOnlySpan<byte> body, EmbeddingVectors into)
    {
        var root = JsonElement.Parse(body);
        if (root.ValueKind is JsonValueKind.Object && root.TryGetProperty("embedding", out var titan))
        {
            into.Vectors.Add(VectorJson.Read(titan));
            Count(root, into);
            return;
        }

        var embeddings = VectorJson.Member(root, "embeddings");
        if (embeddings.ValueKind is JsonValueKind.Array && embeddings.GetArrayLength() > 0 && embeddings[0].ValueKind is JsonValueKind.Object)
        {
            into.Vectors.Add(VectorJson.Read(VectorJson.Member(embeddings[0], "embedding")));
            Count(root, into);
            return;
        }

        CohereEmbeddings.ReadAnswer(root, into);
    }

    private static void Count(JsonElement root, EmbeddingVectors into)
    {
        if (VectorJson.Count(root, "inputTextTokenCount") is { } tokens)
        {
            into.Count(tokens);
        }
    }

    private static void WriteNova(Utf8JsonWriter json, EmbeddingsRequest request, int first)
    {
        json.WriteString("taskType"u8, "SINGLE_EMBEDDING"u8);
        json.WriteStartObject("singleEmbeddingParams"u8);
        json.WriteString("embeddingPurpose"u8, request.Purpose switch
        {
            EmbeddingPurpose.Query => "TEXT_RETRIEVAL",
            EmbeddingPurpose.Classification => "CLASSIFICATION",
            EmbeddingPurpose.Clustering => "CLUSTERING",
            _ => "GENERIC_INDEX",
        });
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("embeddingDimension"u8, dimensions);
        }

        json.WriteStartObject("text"u8);
        json.WriteString("truncationMode"u8, "NONE"u8);
        json.WriteString("value"u8, request.Texts[first]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The first generation has one length only.</summary>
    private static void WriteTitanDimensions(Utf8JsonWriter json, Deployment deployment, int dimensions, ICollection<string> dropped)
    {
        var model = deployment.Model.UpstreamModel;
        if (model.Contains("titan-embed-image", StringComparison.Ordinal))
        {
            json.WriteStartObject("embeddingConfig"u8);
            json.WriteNumber("outputEmbeddingLength"u8, dimensions);
            json.WriteEndObject();
        }
        else if (model.Contains("-v2", StringComparison.Ordinal))
        {
            json.WriteNumber("dimensions"u8, dimensions);
        }
        else if (!dropped.Contains("dimensions"))
        {
            dropped.Add("dimensions");
        }
    }

    private static bool IsCohere(Deployment deployment) => deployment.Model.UpstreamModel.Contains("cohere.", StringComparison.Ordinal);
}
