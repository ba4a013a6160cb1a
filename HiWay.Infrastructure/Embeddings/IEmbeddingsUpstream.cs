using System.Buffers;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Embeddings;

/// <summary>One upstream API that makes embeddings and does not speak OpenAI's dialect for them. Holds no per-call state.</summary>
public interface IEmbeddingsUpstream
{
    /// <summary>As usage rows spell it: <c>gemini_embeddings</c>.</summary>
    string Name { get; }

    /// <summary>Texts that one upstream call takes; longer requests go in several.</summary>
    int BatchLimit(Deployment deployment);

    /// <summary>The absolute address of a call.</summary>
    Uri Address(Deployment deployment);

    /// <summary>Writes the body of one call.</summary>
    /// <param name="first">Index of its first text.</param>
    /// <param name="dropped">Receives the fields that this upstream cannot express.</param>
    void Write(EmbeddingsRequest request, int first, int count, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped);

    /// <summary>Reads a whole 2xx answer.</summary>
    /// <exception cref="System.Text.Json.JsonException">The body is not what the API promises; the attempt failed and may fall back.</exception>
    void Read(ReadOnlySpan<byte> body, EmbeddingVectors into);
}

/// <summary>Every API that HiWay embeds with, one instance each.</summary>
public static class EmbeddingsUpstreams
{
    private static readonly GeminiEmbeddings Gemini = new();
    private static readonly VertexEmbeddings Vertex = new();
    private static readonly CohereEmbeddings Cohere = new();
    private static readonly BedrockEmbeddings Bedrock = new();
    private static readonly OllamaEmbeddings Ollama = new();

    /// <summary>Null for those that speak OpenAI's dialect, whose bytes go through as they are.</summary>
    public static IEmbeddingsUpstream? For(Deployment deployment) => deployment.Provider.Dialect switch
    {
        UpstreamDialect.Gemini when deployment.Provider.Slug == "vertex" => Vertex,
        UpstreamDialect.Gemini => Gemini,
        UpstreamDialect.CohereV2 => Cohere,
        UpstreamDialect.BedrockConverse => Bedrock,
        UpstreamDialect.OllamaChat => Ollama,
        _ => null,
    };
}
