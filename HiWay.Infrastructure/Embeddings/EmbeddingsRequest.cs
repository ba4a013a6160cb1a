namespace HiWay.Infrastructure.Embeddings;

/// <summary>Texts to embed, in the inner form that every upstream's writer reads.</summary>
public sealed record EmbeddingsRequest
{
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Length of the vectors; null takes the model's own.</summary>
    public int? Dimensions { get; init; }

    /// <summary>What the vectors are for; null when the caller did not say.</summary>
    public EmbeddingPurpose? Purpose { get; init; }
}

/// <summary>What vectors are for. Some models make other vectors for a question than for the document that answers it.</summary>
public enum EmbeddingPurpose { Document, Query, Classification, Clustering }

/// <summary>Cohere's word <c>input_type</c>, which its own clients and OpenAI's (as an extra field) send.</summary>
public static class EmbeddingPurposes
{
    private static readonly string[] s_names = ["search_document", "search_query", "classification", "clustering"];

    public static string Text(this EmbeddingPurpose purpose) => s_names[(int)purpose];

    public static EmbeddingPurpose? Parse(string? text) => Array.IndexOf(s_names, text) is var i and >= 0 ? (EmbeddingPurpose)i : null;
}

/// <summary>What an upstream gave for a request, gathered over as many upstream calls as its batch limit made necessary.</summary>
public sealed class EmbeddingVectors
{
    public List<float[]> Vectors { get; } = [];

    /// <summary>Tokens that the upstream counted; null while it counted none.</summary>
    public long? InputTokens { get; private set; }

    public void Count(long tokens) => InputTokens = (InputTokens ?? 0) + tokens;
}
