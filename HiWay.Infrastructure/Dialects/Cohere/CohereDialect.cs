using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>Cohere's chat API, version 2 (<c>POST /v2/chat</c>).</summary>
public sealed class CohereDialect : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.CohereV2;

    public string Name => "cohere_v2";

    public ToolNameRule? ToolNames => ToolNameRule.Cohere;

    public Uri ChatUri(Deployment deployment, bool stream) => new(deployment.BaseUrl, deployment.Provider.ChatPath);

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Authorization = new("Bearer", key);
        }
    }

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        CohereRequestWriter.Write(request, deployment, stream, body, dropped);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        JsonText.MustBeUtf8(body);
        try
        {
            CohereAnswerReader.Read(body, sink);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new CohereStreamReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        CohereErrors.Read(status, body) with { RetryAfter = RetryAfter.Read(headers, now) };
}
