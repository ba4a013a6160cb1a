using System.Buffers;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Clients;

/// <summary>OpenAI's chat completions, the dialect that most clients speak.</summary>
internal sealed class OpenAiChatClient : IClientDialect
{
    private static readonly byte[] KeepAlive = ": keep-alive\n\n"u8.ToArray();

    public string Name => "openai_chat";

    public string Endpoint => TierPlacement.ChatEndpoint;

    public ReadOnlyMemory<byte> Heartbeat => KeepAlive;

    public (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => ChatBodyScanner.Scan(rented, length);

    public ChatRequest ReadRequest(ReadOnlySpan<byte> body) => OpenAiChatRequestReader.Read(body);

    public bool PassesThrough(Deployment deployment) => deployment.Dialect == UpstreamDialect.OpenAiChat;

    public void WritePassthrough(ChatBody body, Deployment deployment, IBufferWriter<byte> to) =>
        BodySplice.Write(body, deployment.Model.UpstreamModel, body.Stream && deployment.Provider.TakesStreamOptions, to);

    public IStreamRelay PassthroughStream(ChatBody body) => new OpenAiChatStreamRelay(body.IncludeUsage);

    public IAnswerRelay PassthroughAnswer(ChatBody body) => new OpenAiChatAnswerRelay();

    public AnswerDefaults Defaults(GatewayCall call, Deployment deployment) =>
        new($"chatcmpl-{call.RequestId[4..]}", deployment.Model.UpstreamModel, call.ArrivedAt.ToUnixTimeSeconds())
        {
            LegacyFunctions = DialectPairs.InnerRequest(call).LegacyFunctions,
            CustomTools = CustomTools.NamesIn(DialectPairs.InnerRequest(call)),
            IncludeUsage = call.Body.IncludeUsage,
            Dropped = call.LastAttempt?.Dropped,
        };

    public ClientStreamWriter NewStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) => new OpenAiChatStreamWriter(output, defaults);

    public ClientAnswerWriter NewAnswerWriter(AnswerDefaults defaults) => new OpenAiChatAnswerWriter(defaults);

    public void WriteError(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway) =>
        ErrorEnvelope.Write(to, error, requestId, hiway);

    public void WriteStreamError(IBufferWriter<byte> to, GatewayError error, string requestId)
    {
        to.Write("data: "u8);
        ErrorEnvelope.Write(to, error, requestId, default);
        to.Write("\n\n"u8);
    }
}
