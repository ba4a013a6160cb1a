using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>OpenAI's Responses API as an upstream. Addresses, keys and errors are those of the same provider's chat API.</summary>
public sealed class OpenAiResponsesDialect : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.OpenAiResponses;

    public string Name => "openai_responses";

    public Uri ChatUri(Deployment deployment, bool stream) => new(deployment.BaseUrl, deployment.Provider.ResponsesPath ?? "responses");

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Authorization = new("Bearer", key);
        }
    }

    public void Authorize(HttpRequestMessage request, ReadOnlySpan<byte> body, Deployment deployment, DateTimeOffset now) =>
        OpenAiChatDialect.Authorize(request, deployment);

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        OpenAiResponsesRequestWriter.Write(request, deployment, stream, body, dropped);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        JsonText.MustBeUtf8(body);
        try
        {
            OpenAiResponsesAnswerReader.Read(body, sink);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new OpenAiResponsesStreamReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        OpenAiErrors.Read(status, headers, body, now);
}
