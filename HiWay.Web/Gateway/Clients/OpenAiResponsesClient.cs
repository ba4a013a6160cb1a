using System.Buffers;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiResponses;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Clients;

/// <summary>OpenAI's Responses API. OpenAI's own models are asked on it too; all others through the inner form.</summary>
internal sealed class OpenAiResponsesClient : IClientDialect
{
    private static readonly byte[] KeepAlive = ": keep-alive\n\n"u8.ToArray();

    public string Name => ChatDialects.OpenAiResponses;

    public string Endpoint => TierPlacement.ResponsesEndpoint;

    public ReadOnlyMemory<byte> Heartbeat => KeepAlive;

    public (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length) => ResponsesBodyScanner.Scan(rented, length);

    public ChatRequest ReadRequest(ReadOnlySpan<byte> body) => OpenAiResponsesRequestReader.Read(body);

    public UpstreamDialect UpstreamFor(Deployment deployment) =>
        deployment.ServesResponses ? UpstreamDialect.OpenAiResponses : deployment.Dialect;

    public bool PassesThrough(Deployment deployment) => deployment.ServesResponses;

    public void WritePassthrough(ChatBody body, Deployment deployment, IBufferWriter<byte> to)
    {
        if (!ForeignReasoning.IsIn(body.Bytes.Span))
        {
            BodySplice.Write(body, deployment.Model.UpstreamModel, askForUsage: false, to);
            return;
        }

        var spliced = new ArrayBufferWriter<byte>(body.Bytes.Length);
        BodySplice.Write(body, deployment.Model.UpstreamModel, askForUsage: false, spliced);
        ForeignReasoning.WriteWithout(spliced.WrittenMemory, to);
    }

    public IStreamRelay PassthroughStream(ChatBody body) => new OpenAiResponsesStreamRelay();

    public IAnswerRelay PassthroughAnswer(ChatBody body) => new OpenAiResponsesAnswerRelay();

    public AnswerDefaults Defaults(GatewayCall call, Deployment deployment) =>
        new(ResponseIds.Of(call.RequestId), deployment.Model.UpstreamModel, call.ArrivedAt.ToUnixTimeSeconds())
        {
            Echo = ResponsesEcho.Of(call.Body.Bytes.Span, call.Body.PreviousResponseId),
            CustomTools = CustomTools.NamesIn(DialectPairs.InnerRequest(call)),
        };

    public ClientStreamWriter NewStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) => new OpenAiResponsesStreamWriter(output, defaults);

    public ClientAnswerWriter NewAnswerWriter(AnswerDefaults defaults) => new OpenAiResponsesAnswerWriter(defaults);

    public void WriteError(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway) =>
        ErrorEnvelope.Write(to, error, requestId, hiway);

    public void WriteStreamError(IBufferWriter<byte> to, GatewayError error, string requestId)
    {
        // The relays end their own streams; this is for one that broke before it had any.
        to.Write("event: error\ndata: "u8);
        ErrorEnvelope.Write(to, error, requestId, default);
        to.Write("\n\n"u8);
    }
}

/// <summary>
/// Ids of answers that HiWay itself made and may hold. They name the call, and the ids of their items contain them, so that an item can be
/// found by its id alone; those that a provider made look otherwise.
/// </summary>
internal static class ResponseIds
{
    private const string Prefix = "resp_hw";

    public static string Of(string requestId) => Prefix + requestId[4..];

    public static bool IsOurs(string id) => id.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The answer that an item belongs to; null for items of other makers.</summary>
    public static string? OfItem(string itemId)
    {
        // msg_hw01K…_2
        var begin = itemId.IndexOf("_hw", StringComparison.Ordinal);
        var end = itemId.LastIndexOf('_');
        return begin > 0 && end > begin + 3 ? Prefix + itemId[(begin + 3)..end] : null;
    }
}
