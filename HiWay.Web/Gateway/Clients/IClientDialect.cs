using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Clients;

/// <summary>
/// One dialect that clients speak: reads their bodies, writes their answers and their errors. Where the upstream speaks it too, bytes
/// pass through; where it does not, the inner form goes between. Holds no per-call state. A new one is a folder here and a line in
/// <see cref="ClientDialects"/>.
/// </summary>
internal interface IClientDialect
{
    /// <summary>As usage rows spell it: <c>openai_chat</c>, <c>openai_responses</c>, <c>anthropic_messages</c>.</summary>
    string Name { get; }

    /// <summary>The route that speaks it, as a model's `endpoints` name it: <c>/v1/chat/completions</c>.</summary>
    string Endpoint { get; }

    /// <summary>Finds in one pass what decisions need. The buffer belongs to the body from here on, or stays the caller's when refused.</summary>
    (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length);

    /// <summary>The body in the inner form, for upstreams of another dialect.</summary>
    /// <exception cref="InvalidChatRequestException">The body is JSON, but not what the dialect asks for; the caller can mend it.</exception>
    ChatRequest ReadRequest(ReadOnlySpan<byte> body);

    /// <summary>Which API of a deployment is asked; the provider's own unless the client speaks another one that it serves.</summary>
    UpstreamDialect UpstreamFor(Deployment deployment) => deployment.Dialect;

    /// <summary>Client and upstream speak the same, so bytes pass through.</summary>
    bool PassesThrough(Deployment deployment);

    /// <summary>The client's body for an upstream of its own dialect: model replaced, HiWay's members cut out, all else as it came.</summary>
    void WritePassthrough(ChatBody body, Deployment deployment, IBufferWriter<byte> to);

    /// <summary>Hands on what of the client's headers an upstream of the same dialect acts on.</summary>
    void ForwardHeaders(IHeaderDictionary from, HttpRequestHeaders to)
    {
    }

    /// <summary>Response headers that the dialect's clients look for beside HiWay's own.</summary>
    void WriteHeaders(IHeaderDictionary headers, string requestId)
    {
    }

    IStreamRelay PassthroughStream(ChatBody body);

    IAnswerRelay PassthroughAnswer(ChatBody body);

    /// <summary>What an answer of <paramref name="call"/> needs where the upstream leaves it out.</summary>
    AnswerDefaults Defaults(GatewayCall call, Deployment deployment);

    ClientStreamWriter NewStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults);

    ClientAnswerWriter NewAnswerWriter(AnswerDefaults defaults);

    /// <summary>Writes a refusal as the dialect's JSON error.</summary>
    /// <param name="hiway">A raw `_hiway` object to add; empty for none.</param>
    void WriteError(IBufferWriter<byte> to, GatewayError error, string requestId, ReadOnlySpan<byte> hiway);

    /// <summary>Ends a stream that broke off with the dialect's error event, and no terminator: a cut answer never looks complete.</summary>
    void WriteStreamError(IBufferWriter<byte> to, GatewayError error, string requestId);

    /// <summary>Keeps a silent stream's connection alive; written between events only.</summary>
    ReadOnlyMemory<byte> Heartbeat { get; }
}
