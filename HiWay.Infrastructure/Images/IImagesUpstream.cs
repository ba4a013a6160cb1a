using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Images;

/// <summary>Pictures to make, in the inner form that every upstream's writer reads.</summary>
/// <param name="Count">1 to 10.</param>
/// <param name="Size"><c>1024x1536</c>; null or <c>auto</c> leaves it to the model.</param>
/// <param name="Quality">OpenAI's words: <c>low</c>, <c>medium</c>, <c>high</c>, <c>hd</c>, <c>standard</c>, <c>auto</c>.</param>
public sealed record ImagesRequest(string Prompt, int Count, string? Size, string? Quality)
{
    /// <summary>Width and height in pixels; null when not said.</summary>
    public (int Width, int Height)? Pixels =>
        Size?.Split('x') is [var width, var height] && int.TryParse(width, out var w) && int.TryParse(height, out var h) && w > 0 && h > 0 ? (w, h) : null;
}

/// <summary>Pictures that an upstream made.</summary>
public sealed class MadeImages
{
    /// <summary>Base64, as it came.</summary>
    public List<string> Base64 { get; } = [];

    /// <summary>Tokens, where the upstream counts them.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>Why there is no picture, in the upstream's words.</summary>
    public string? Refusal { get; set; }
}

/// <summary>One upstream API that makes pictures and does not speak OpenAI's dialect for them. Holds no per-call state.</summary>
public interface IImagesUpstream
{
    /// <summary>As usage rows spell it: <c>gemini_images</c>.</summary>
    string Name { get; }

    /// <summary>Pictures that one call makes at most.</summary>
    int MostImages(Deployment deployment);

    Uri Address(Deployment deployment);

    /// <param name="dropped">Receives the fields that this upstream cannot express.</param>
    void Write(ImagesRequest request, Deployment deployment, IBufferWriter<byte> body, ICollection<string> dropped);

    /// <summary>Reads a whole 2xx answer.</summary>
    /// <exception cref="System.Text.Json.JsonException">The body is not what the API promises.</exception>
    void Read(ReadOnlySpan<byte> body, MadeImages into);
}

/// <summary>Every API that HiWay draws with, one instance each.</summary>
public static class ImagesUpstreams
{
    private static readonly GeminiImages Gemini = new();
    private static readonly BedrockImages Bedrock = new();

    /// <summary>Null for those that speak OpenAI's dialect, whose bytes go through as they are.</summary>
    public static IImagesUpstream? For(Deployment deployment) => deployment.Provider.Dialect switch
    {
        UpstreamDialect.Gemini => Gemini,
        UpstreamDialect.BedrockConverse => Bedrock,
        _ => null,
    };
}
