using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Clients;

/// <summary>Anthropic's messages.</summary>
internal sealed class AnthropicMessagesClient : IClientDialect
{
    private static readonly byte[] Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8.ToArray();

    public string Name => ChatDialects.AnthropicMessages;

    public string Endpoint => "/v1/messages";

    public ReadOnlyMemory<byte> Heartbeat => Ping;

    public (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => AnthropicBodyScanner.Scan(rented, length);

    public ChatRequest ReadRequest(ReadOnlySpan<byte> body) => AnthropicRequestReader.Read(body);

    public bool PassesThrough(Deployment deployment) => deployment.Provider.Dialect == UpstreamDialect.AnthropicMessages;

    public void WritePassthrough(ChatBody body, Deployment deployment, IBufferWriter<byte> to) =>
        AnthropicSplice.Write(body, deployment.Model.UpstreamModel, to);

    /// <summary>Which version of the API the client was written for, and the trials that it takes part in.</summary>
    public void ForwardHeaders(IHeaderDictionary from, HttpRequestHeaders to)
    {
        if (from["anthropic-version"] is [{ Length: > 0 } version, ..])
        {
            to.Remove("anthropic-version");
            to.TryAddWithoutValidation("anthropic-version", version);
        }

        foreach (var trial in from["anthropic-beta"])
        {
            to.TryAddWithoutValidation("anthropic-beta", trial);
        }
    }

    public void WriteHeaders(IHeaderDictionary headers, string requestId) => headers["request-id"] = requestId;

    public IStreamRelay PassthroughStream(ChatBody body) => new AnthropicStreamRelay();

    public IAnswerRelay PassthroughAnswer(ChatBody body) => new AnthropicAnswerRelay();

    public AnswerDefaults Defaults(GatewayCall call, Deployment deployment) =>
        new($"msg_{call.RequestId[4..]}", deployment.Model.UpstreamModel, call.ArrivedAt.ToUnixTimeSeconds())
        {
            Dropped = call.LastAttempt?.Dropped,
            PromptTokens = call.PromptTokens,
        };

    public ClientStreamWriter NewStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) => new AnthropicStreamWriter(output, defaults);

    public ClientAnswerWriter NewAnswerWriter(AnswerDefaults defaults) => new AnthropicAnswerWriter(defaults);

    public void WriteError(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway) =>
        AnthropicErrorEnvelope.Write(to, error, requestId, hiway);

    public void WriteStreamError(IBufferWriter<byte> to, GatewayError error, string requestId)
    {
        to.Write("event: error\ndata: "u8);
        AnthropicErrorEnvelope.Write(to, error, requestId, default);
        to.Write("\n\n"u8);
    }
}
