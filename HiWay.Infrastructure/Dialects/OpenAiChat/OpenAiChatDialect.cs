using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>OpenAI's chat completions as an upstream: OpenAI itself and everyone who copies it.</summary>
public sealed class OpenAiChatDialect : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.OpenAiChat;

    public string Name => "openai_chat";

    public Uri ChatUri(Deployment deployment, bool stream) => ProviderAddress.ChatOf(deployment);

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Authorization = new("Bearer", key);
        }
    }

    public void Authorize(HttpRequestMessage request, ReadOnlySpan<byte> body, Deployment deployment, DateTimeOffset now) => Authorize(request, deployment);

    /// <summary>Most take the key as a bearer token, Azure in a header of its own.</summary>
    internal static void Authorize(HttpRequestMessage request, Deployment deployment)
    {
        if (deployment.ApiKey.Reveal() is not { Length: > 0 } key)
        {
            return;
        }

        if (deployment.Provider.KeyHeader is { } header)
        {
            request.Headers.TryAddWithoutValidation(header, key);
        }
        else
        {
            request.Headers.Authorization = new("Bearer", key);
        }
    }

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        OpenAiChatRequestWriter.Write(request, deployment, stream, body, dropped);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        JsonText.MustBeUtf8(body);
        try
        {
            OpenAiChatAnswerReader.ReadWhole(body, sink);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new OpenAiChatAnswerReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        OpenAiErrors.Read(status, headers, body, now);
}
