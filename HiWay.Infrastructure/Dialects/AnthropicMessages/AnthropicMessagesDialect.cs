using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Anthropic's Messages API and the servers that copy it.</summary>
public sealed class AnthropicMessagesDialect : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.AnthropicMessages;

    public string Name => "anthropic_messages";

    public ToolNameRule? ToolNames => ToolNameRule.Anthropic;

    public Uri ChatUri(Deployment deployment, bool stream) => new(deployment.BaseUrl, deployment.Provider.ChatPath);

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        headers.Add("anthropic-version", "2023-06-01");
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Add("x-api-key", key);
        }
    }

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        AnthropicRequestWriter.Write(request, deployment, stream, body, dropped);

    public bool TakesPrefill(ChatRequest request, Deployment deployment) => AnthropicRequestWriter.TakesPrefill(request, deployment);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        JsonText.MustBeUtf8(body);
        try
        {
            AnthropicAnswerReader.Read(body, sink);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new AnthropicStreamReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        AnthropicErrors.Read(status, headers, body, now);
}
