using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Embeddings;
using HiWay.Infrastructure.Images;
using HiWay.Infrastructure.Providers;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Dialects;

/// <summary>Providers whose embeddings and pictures have an API of their own: what is asked, and what is understood of the answer.</summary>
public sealed class EmbeddingUpstreamTests
{
    [Theory]
    [InlineData(UpstreamDialect.CohereV2, "embed-english-v3.0", "https://h/v2/", "https://h/v2/embed", """{"model":"embed-english-v3.0","input_type":"search_document","embedding_types":["float"],"output_dimension":256,"texts":["a","b"]}""")]
    [InlineData(UpstreamDialect.BedrockConverse, "cohere.embed-v4:0", "https://h/", "https://h/model/cohere.embed-v4%3A0/invoke", """{"input_type":"search_document","embedding_types":["float"],"output_dimension":256,"texts":["a","b"]}""")]
    [InlineData(UpstreamDialect.BedrockConverse, "amazon.titan-embed-text-v2:0", "https://h/", "https://h/model/amazon.titan-embed-text-v2%3A0/invoke", """{"inputText":"a","dimensions":256}""")]
    [InlineData(UpstreamDialect.BedrockConverse, "amazon.nova-2-multimodal-embeddings-v1:0", "https://h/", "https://h/model/amazon.nova-2-multimodal-embeddings-v1%3A0/invoke",
        """{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX","embeddingDimension":256,"text":{"truncationMode":"NONE","value":"a"}}}""")]
    [InlineData(UpstreamDialect.OllamaChat, "nomic-embed-text", "https://h/api/", "https://h/api/embed", """{"model":"nomic-embed-text","input":["a","b"],"dimensions":256}""")]
    public void EachIsAskedInItsOwnWords(UpstreamDialect dialect, string model, string baseUrl, string address, string expected)
    {
        var deployment = Deployment(dialect, model, baseUrl);
        var upstream = EmbeddingsUpstreams.For(deployment)!;
        var body = new ArrayBufferWriter<byte>();

        upstream.Write(new EmbeddingsRequest { Texts = ["a", "b"], Dimensions = 256 }, 0, Math.Min(2, upstream.BatchLimit(deployment)), deployment, body, []);

        Assert.Equal(address, upstream.Address(deployment).AbsoluteUri);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(body.WrittenSpan)), Encoding.UTF8.GetString(body.WrittenSpan));
    }

    [Fact]
    public void Vertex_IsAskedToPredict_AndItsCountsAreSummed()
    {
        var deployment = Deployment(UpstreamDialect.Gemini, "gemini-embedding-001", "https://h/v1/publishers/google/");
        deployment = deployment with { Provider = deployment.Provider with { Slug = "vertex" } };
        var upstream = EmbeddingsUpstreams.For(deployment)!;
        var body = new ArrayBufferWriter<byte>();
        var vectors = new EmbeddingVectors();

        upstream.Write(new EmbeddingsRequest { Texts = ["a"], Dimensions = 256, Purpose = EmbeddingPurpose.Query }, 0, upstream.BatchLimit(deployment), deployment, body, []);
        upstream.Read("""{"predictions":[{"embeddings":{"values":[0.5,1],"statistics":{"truncated":false,"token_count":6}}}]}"""u8, vectors);

        Assert.Equal("https://h/v1/publishers/google/models/gemini-embedding-001:predict", upstream.Address(deployment).AbsoluteUri);
        Assert.Equal("""{"instances":[{"content":"a","task_type":"RETRIEVAL_QUERY"}],"parameters":{"outputDimensionality":256}}""", Encoding.UTF8.GetString(body.WrittenSpan));
        Assert.Equal((6L, 2), (vectors.InputTokens, Assert.Single(vectors.Vectors).Length));
    }

    [Theory]
    [InlineData(UpstreamDialect.BedrockConverse, "amazon.titan-embed-text-v2:0", """{"embedding":[0.5,1],"inputTextTokenCount":7}""", 7L)]
    [InlineData(UpstreamDialect.BedrockConverse, "amazon.nova-2-multimodal-embeddings-v1:0", """{"embeddings":[{"embeddingType":"TEXT","embedding":[0.5,1]}]}""", null)]
    [InlineData(UpstreamDialect.BedrockConverse, "cohere.embed-english-v3", """{"embeddings":[[0.5,1]],"id":"x","response_type":"embeddings_floats"}""", null)]
    [InlineData(UpstreamDialect.BedrockConverse, "cohere.embed-v4:0", """{"embeddings":{"float":[[0.5,1]]},"meta":{"billed_units":{"input_tokens":7}}}""", 7L)]
    [InlineData(UpstreamDialect.OllamaChat, "nomic-embed-text", """{"model":"x","embeddings":[[0.5,1]],"prompt_eval_count":7}""", 7L)]
    public void EachAnswerIsUnderstood(UpstreamDialect dialect, string model, string answer, long? tokens)
    {
        var vectors = new EmbeddingVectors();

        EmbeddingsUpstreams.For(Deployment(dialect, model, "https://h/"))!.Read(Encoding.UTF8.GetBytes(answer), vectors);

        Assert.Equal([0.5f, 1f], Assert.Single(vectors.Vectors));
        Assert.Equal(tokens, vectors.InputTokens);
    }

    [Fact]
    public void CoheresRecordedAnswer_IsUnderstood()
    {
        var vectors = new EmbeddingVectors();

        EmbeddingsUpstreams.For(Deployment(UpstreamDialect.CohereV2, "embed-english-v3.0", "https://h/"))!.Read(Reply.Recorded("cohere", "cohere-embeddings-plain-01").Chunks[0], vectors);

        Assert.Equal((64, 0.008766174f, 3L), (Assert.Single(vectors.Vectors).Length, vectors.Vectors[0][0], vectors.InputTokens));
    }

    [Theory]
    [InlineData("""{"embeddings":"x"}""")]
    [InlineData("""{"embeddings":{"float":[["a"]]}}""")]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    public void WhatIsNoAnswer_IsABrokenOne(string answer) => Assert.ThrowsAny<Exception>(() =>
        EmbeddingsUpstreams.For(Deployment(UpstreamDialect.CohereV2, "m", "https://h/"))!.Read(Encoding.UTF8.GetBytes(answer), new EmbeddingVectors()));

    [Fact]
    public void BedrocksPictures_AreAskedForAndRead()
    {
        var deployment = Deployment(UpstreamDialect.BedrockConverse, "amazon.nova-canvas-v1:0", "https://h/");
        var upstream = ImagesUpstreams.For(deployment)!;
        var body = new ArrayBufferWriter<byte>();
        var made = new MadeImages();

        upstream.Write(new ImagesRequest("a cat", 2, "1024x768", "hd"), deployment, body, []);
        upstream.Read("""{"images":["aGk=","aG8="]}"""u8, made);

        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"taskType":"TEXT_IMAGE","textToImageParams":{"text":"a cat"},"imageGenerationConfig":{"numberOfImages":2,"quality":"premium","width":1024,"height":768}}"""),
            JsonNode.Parse(body.WrittenSpan)));
        Assert.Equal("https://h/model/amazon.nova-canvas-v1%3A0/invoke", upstream.Address(deployment).AbsoluteUri);
        Assert.Equal(["aGk=", "aG8="], made.Base64);
    }

    private static Deployment Deployment(UpstreamDialect dialect, string model, string baseUrl) => new(
        new() { Id = $"p/{model}", Provider = "p", UpstreamModel = model, Name = model }, new() { Slug = "p", Name = "P", Dialect = dialect }, new Uri(baseUrl), "cred_1", new(""));
}
