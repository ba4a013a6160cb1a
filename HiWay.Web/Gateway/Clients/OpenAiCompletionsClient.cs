using System.Buffers;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiCompletions;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Clients;

/// <summary>OpenAI's first API, a prompt and its continuation. No upstream is asked on it: today's models answer conversations.</summary>
internal sealed class OpenAiCompletionsClient : IClientDialect
{
    public string Name => "openai_completions";

    public string Endpoint => "/v1/completions";

    public ReadOnlyMemory<byte> Heartbeat => ClientDialects.OpenAiChat.Heartbeat;

    public (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => CompletionsBodyScanner.Scan(rented, length);

    public ChatRequest ReadRequest(ReadOnlySpan<byte> body) => OpenAiCompletionsRequestReader.Read(body);

    public bool PassesThrough(Deployment deployment) => false;

    public void WritePassthrough(ChatBody body, Deployment deployment, IBufferWriter<byte> to) => throw Never();

    public IStreamRelay PassthroughStream(ChatBody body) => throw Never();

    public IAnswerRelay PassthroughAnswer(ChatBody body) => throw Never();

    public AnswerDefaults Defaults(GatewayCall call, Deployment deployment) =>
        new($"cmpl-{call.RequestId[4..]}", deployment.Model.UpstreamModel, call.ArrivedAt.ToUnixTimeSeconds())
        {
            IncludeUsage = call.Body.IncludeUsage,
            Echo = OpenAiCompletionsRequestReader.Echo(call.Body.Bytes.Span),
        };

    public ClientStreamWriter NewStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) => new OpenAiCompletionsStreamWriter(output, defaults);

    public ClientAnswerWriter NewAnswerWriter(AnswerDefaults defaults) => new OpenAiCompletionsAnswerWriter(defaults);

    public void WriteError(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway) =>
        ErrorEnvelope.Write(to, error, requestId, hiway);

    public void WriteStreamError(IBufferWriter<byte> to, GatewayError error, string requestId) =>
        ClientDialects.OpenAiChat.WriteStreamError(to, error, requestId);

    private static InvalidOperationException Never() => new("No upstream speaks this dialect.");
}
