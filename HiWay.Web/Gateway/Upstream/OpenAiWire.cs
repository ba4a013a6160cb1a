using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Upstream;

internal sealed class OpenAiWire : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.OpenAiChat;

    public string Name => "openai_chat";

    public Uri ChatUri(Deployment deployment, bool stream) => new(deployment.BaseUrl, deployment.Provider.ChatPath);

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        var key = apiKey.Reveal();
        if (key.Length > 0)
        {
            headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }
    }

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) => throw new NotSupportedException();

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink) => throw new NotSupportedException();

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => throw new NotSupportedException();

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) => OpenAiErrors.Read(status, headers, body, now);
}
