using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>Ollama's own API, <c>POST /api/embed</c> (Ollama's OpenAPI document, <c>EmbedRequest</c> and <c>EmbedResponse</c>).</summary>
internal sealed class OllamaEmbeddings : IEmbeddingsUpstream
{
    public string Name => "ollama_embed";

    public int BatchLimit(Deployment deployment) => int.MaxValue;

    public Uri Address(Deployment deployment) => new(deployment.BaseUrl, "embed");

    public void Write(EmbeddingsRequest request, int first, int count, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("model"u8, deployment.Model.UpstreamModel);
        json.WriteStartArray("input"u8);
        for (var i = first; i < first + count; i++)
        {
            json.WriteStringValue(request.Texts[i]);
        }

        json.WriteEndArray();
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("dimensions"u8, dimensions);
        }

        json.WriteEndObject();
    }

    public void Read(ReadOnlySpan<byte> body, EmbeddingVectors into)
    {
        var root = JsonElement.Parse(body);
        foreach (var vector in VectorJson.Member(root, "embeddings").EnumerateArray())
        {
            into.Vectors.Add(VectorJson.Read(vector));
        }

        if (VectorJson.Count(root, "prompt_eval_count") is { } tokens)
        {
            into.Count(tokens);
        }
    }
}
