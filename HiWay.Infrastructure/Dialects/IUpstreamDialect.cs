using System.Buffers;
using System.Net.Http.Headers;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// One upstream API: writes requests from the inner form, reads answers into an <see cref="IAnswerSink"/>. Holds no per-call state.
/// Connections, attempts, fallback and metering belong to the gateway.
/// </summary>
public interface IUpstreamDialect
{
    UpstreamDialect Kind { get; }

    /// <summary>As usage rows spell it: <c>openai_chat</c>, <c>anthropic_messages</c>, <c>gemini</c>.</summary>
    string Name { get; }

    /// <summary>How a streamed answer is cut into events.</summary>
    StreamFraming Framing => StreamFraming.ServerSentEvents;

    /// <summary>False for an API that takes pictures as bytes alone: HiWay fetches those that are named by address (<see cref="PictureFetch"/>).</summary>
    bool TakesPictureAddresses => true;

    /// <summary>What the API takes as a tool's name; null for anything. Requests are written under names that fit (<see cref="Dialects.ToolNames"/>).</summary>
    ToolNameRule? ToolNames => ToolNameRule.OpenAi;

    /// <summary>The absolute address of a chat call.</summary>
    Uri ChatUri(Deployment deployment, bool stream);

    /// <summary>Adds authentication and the dialect's fixed headers.</summary>
    void WriteHeaders(HttpRequestHeaders headers, Secret apiKey);

    /// <summary>
    /// Proves to the upstream who asks. Called when address and body are what will be sent: some providers want both signed, others the key
    /// under a name of their own.
    /// </summary>
    /// <param name="body">What will be sent, byte for byte.</param>
    /// <param name="now">Goes into signatures, which are good for a few minutes.</param>
    void Authorize(HttpRequestMessage request, ReadOnlySpan<byte> body, Deployment deployment, DateTimeOffset now) =>
        WriteHeaders(request.Headers, deployment.ApiKey);

    /// <summary>Writes the body of one attempt. Leaves the request as it found it.</summary>
    /// <param name="dropped">Receives the paths (<c>logit_bias</c>, <c>messages[2].content[0].input_audio</c>) that this upstream cannot express.</param>
    void WriteRequest(ChatRequest request, Deployment deployment, bool stream, IBufferWriter<byte> body, ICollection<string> dropped);

    /// <summary>
    /// Whether the model goes on with an assistant's turn that ends the conversation, so that a broken answer can be continued where it
    /// stopped. Some servers refuse all the same, which costs one attempt.
    /// </summary>
    bool TakesPrefill(ChatRequest request, Deployment deployment) => false;

    /// <summary>Reads a whole 2xx answer.</summary>
    /// <exception cref="System.Text.Json.JsonException">The body is not what the API promises; the attempt failed and may fall back.</exception>
    void ReadAnswer(ReadOnlySpan<byte> body, IAnswerSink sink);

    /// <summary>A reader for one stream; holds that stream's state.</summary>
    IUpstreamStreamReader NewStreamReader(IAnswerSink sink);

    /// <summary>Says what a reply outside 2xx means. Never throws: a body that is no JSON is quoted as it is.</summary>
    /// <param name="now">For a wait that the upstream states as a date.</param>
    UpstreamError ReadError(int status, HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now);
}

/// <summary>The state machine of one upstream stream.</summary>
public interface IUpstreamStreamReader
{
    /// <summary>One event of the stream.</summary>
    /// <param name="eventName">The <c>event:</c> field, or what the framing has in its place; empty where there is none.</param>
    /// <param name="data">The joined <c>data:</c> fields; valid only during the call.</param>
    /// <exception cref="System.Text.Json.JsonException">The event is malformed; the stream is broken.</exception>
    void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data);

    /// <summary>The upstream closed the connection properly. Calls <see cref="IAnswerSink.Ended"/> when the answer is whole without a terminal event.</summary>
    void Closed();
}
