using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.Ollama;

/// <summary>
/// Ollama's own API (<c>POST /api/chat</c>), which knows more than its OpenAI-compatible one: thinking on and off, how long a model stays loaded.
/// Chosen by a base URL that ends in <c>/api</c>.
/// </summary>
public sealed class OllamaDialect : IUpstreamDialect
{
    public UpstreamDialect Kind => UpstreamDialect.OllamaChat;

    public string Name => "ollama_chat";

    public ToolNameRule? ToolNames => null;

    public bool TakesPictureAddresses => false;

    public StreamFraming Framing => StreamFraming.JsonLines;

    public Uri ChatUri(Deployment deployment, bool stream) => new(deployment.BaseUrl, deployment.Provider.ChatPath);

    public void WriteHeaders(HttpRequestHeaders headers, Secret apiKey)
    {
        if (apiKey.Reveal() is { Length: > 0 } key)
        {
            headers.Authorization = new("Bearer", key);
        }
    }

    public void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped) =>
        OllamaRequestWriter.Write(request, deployment, stream, body, dropped);

    public void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        var reader = new OllamaAnswerReader(sink);
        reader.Read(default, body);
        reader.MustBeWhole();
    }

    public IUpstreamStreamReader NewStreamReader(IAnswerSink sink) => new OllamaAnswerReader(sink);

    public UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        OpenAiErrors.Read(status, headers, body, now);
}
