using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>Cohere's <c>/v2/embed</c> (Fixtures/recordings/cohere/cohere-embeddings-plain-01.json).</summary>
internal sealed class CohereEmbeddings : IEmbeddingsUpstream
{
    public string Name => "cohere_embed";

    /// <summary>docs.cohere.com/reference/embed: at most 96 texts a call.</summary>
    public int BatchLimit(Deployment deployment) => 96;

    public Uri Address(Deployment deployment) => new(deployment.BaseUrl, "embed");

    public void Write(EmbeddingsRequest request, int first, int count, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("model"u8, deployment.Model.UpstreamModel);
        WriteFields(json, request, first, count);
        json.WriteEndObject();
    }

    /// <summary>All but the model, which Bedrock names in the address.</summary>
    internal static void WriteFields(Utf8JsonWriter json, EmbeddingsRequest request, int first, int count)
    {
        // Required since the third generation; OpenAI's clients cannot say it, and what they embed most are documents.
        json.WriteString("input_type"u8, (request.Purpose ?? EmbeddingPurpose.Document).Text());
        json.WriteStartArray("embedding_types"u8);
        json.WriteStringValue("float"u8);
        json.WriteEndArray();
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("output_dimension"u8, dimensions);
        }

        json.WriteStartArray("texts"u8);
        for (var i = first; i < first + count; i++)
        {
            json.WriteStringValue(request.Texts[i]);
        }

        json.WriteEndArray();
    }

    public void Read(ReadOnlySpan<byte> body, EmbeddingVectors into) => ReadAnswer(JsonElement.Parse(body), into);

    /// <summary>By type (<c>embeddings.float</c>), or the plain list of the first API.</summary>
    internal static void ReadAnswer(JsonElement root, EmbeddingVectors into)
    {
        var embeddings = VectorJson.Member(root, "embeddings");
        if (embeddings.ValueKind is JsonValueKind.Object)
        {
            embeddings = VectorJson.Member(embeddings, "float");
        }

        foreach (var vector in embeddings.EnumerateArray())
        {
            into.Vectors.Add(VectorJson.Read(vector));
        }

        if (VectorJson.Count(root, "meta", "billed_units", "input_tokens") is { } tokens)
        {
            into.Count(tokens);
        }
    }
}
