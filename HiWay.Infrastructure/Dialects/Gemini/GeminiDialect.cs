using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Google's Gemini API (<c>generateContent</c>).</summary>
public sealed class GeminiDialect : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.Gemini;

    public string Name => "gemini";

    public ToolNameRule? ToolNames => ToolNameRule.Gemini;

    public Uri ChatUri(Deployment deployment, bool stream)
    {
        // Tuned models bring their own collection: tunedModels/my-model.
        var model = deployment.Model.UpstreamModel;
        var path = model.Contains('/') ? model : $"models/{Uri.EscapeDataString(model)}";
        return new(deployment.BaseUrl, stream ? $"{path}:streamGenerateContent?alt=sse" : $"{path}:generateContent");
    }

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Add("x-goog-api-key", key);
        }
    }

    /// <summary>Vertex takes Google's access tokens as everybody takes tokens, and API keys as the Gemini API does.</summary>
    public void Authorize(HttpRequestMessage request, ReadOnlySpan<byte> body, Deployment deployment, DateTimeOffset now)
    {
        if (deployment.Provider.Slug == ProviderAddress.Vertex && deployment.ApiKey.Reveal() is { Length: > 0 } token && !IsApiKey(token))
        {
            request.Headers.Authorization = new("Bearer", token);
        }
        else
        {
            WriteHeaders(request.Headers, deployment.ApiKey);
        }
    }

    private static bool IsApiKey(string key) => key.StartsWith("AIza", StringComparison.Ordinal) || key.StartsWith("AQ.", StringComparison.Ordinal);

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        GeminiRequestWriter.Write(request, deployment, body, dropped);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        JsonText.MustBeUtf8(body);
        try
        {
            GeminiAnswerReader.ReadWhole(body, sink);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new GeminiAnswerReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        GeminiErrors.Read(status, headers, body, now);
}
