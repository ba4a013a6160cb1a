using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>
/// <c>POST /v1/messages/count_tokens</c>: how long a prompt is. Upstreams that speak Anthropic's dialect count it themselves, free of charge; for the
/// others it is HiWay's own estimate, the one that it reserves money by, which leans high.
/// </summary>
internal sealed class CountTokensOperation : Operation
{
    public override string Name => "anthropic_count_tokens";

    public override string Endpoint => "/v1/messages/count_tokens";

    public override bool IsAboutAConversation => true;

    public override bool CostsNothing => true;

    public override decimal WorstCaseUsd(GatewayCall call, Deployment deployment) => 0m;

    public override async ValueTask<(int Bytes, GatewayError? Error)> ReadAsync(GatewayCall call, GatewayOptions options)
    {
        var (rented, length, error) = await BodyReader.ReadAsync(call.Http.Request, options.BodyLimitBytes, call.Http.RequestAborted);
        if (error is not null)
        {
            return (0, error);
        }

        (var body, error) = AnthropicBodyScanner.Scan(rented!, length, countsOnly: true);
        if (body is not null)
        {
            call.Body = body;
        }
        else
        {
            ArrayPool<byte>.Shared.Return(rented!);
        }

        return (length, error);
    }

    public override (ChatBody? Body, GatewayError? Error) Rescan(GatewayCall call, byte[] rented, int length) =>
        AnthropicBodyScanner.Scan(rented, length, countsOnly: true);

    public override async ValueTask<UpstreamAnswer?> AskAsync(GatewayCall call, Attempt attempt, UpstreamClient upstream, Watch watch)
    {
        attempt.UpstreamDialectName = UpstreamDialects.For(attempt.Deployment.Provider.Dialect).Name;
        if (!ClientDialects.AnthropicMessages.PassesThrough(attempt.Deployment))
        {
            return Estimate(call, attempt, watch);
        }

        using var sent = new RentedBuffer(call.Body.Bytes.Length + 256);
        using var request = NewRequest(call, attempt.Deployment, sent);
        using var body = await upstream.SendAsync(call, attempt, request, upstream.HeadersTimeout, watch);
        if (body is null)
        {
            // Not every server that copies the dialect can count.
            return attempt.Status is (int)HttpStatusCode.NotFound or (int)HttpStatusCode.MethodNotAllowed or (int)HttpStatusCode.NotImplemented
                ? Estimate(call, attempt, watch)
                : null;
        }

        var bytes = await upstream.ReadAllAsync(body, watch);
        var relay = new CountRelay();
        try
        {
            relay.Read(bytes.Span);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }

        return Answered(attempt, watch, bytes, relay);
    }

    private static HttpRequestMessage NewRequest(GatewayCall call, Deployment deployment, RentedBuffer sent)
    {
        ClientDialects.AnthropicMessages.WritePassthrough(call.Body, deployment, sent);
        var request = Post(call, deployment, new Uri(deployment.BaseUrl, $"{deployment.Provider.ChatPath}/count_tokens"), sent);
        ClientDialects.AnthropicMessages.ForwardHeaders(call.Http.Request.Headers, request.Headers);
        return request;
    }

    private static WholeAnswer Estimate(GatewayCall call, Attempt attempt, Watch watch)
    {
        (attempt.Failure, attempt.UpstreamError, attempt.ErrorText) = (null, null, null);
        var bytes = new RentedBuffer(64);
        bytes.Write("{\"input_tokens\":"u8);
        Utf8Formatter.TryFormat(call.PromptTokens, bytes.GetSpan(20), out var written);
        bytes.Advance(written);
        bytes.Write("}"u8);
        return Answered(attempt, watch, bytes, new CountRelay());
    }

    private static WholeAnswer Answered(Attempt attempt, Watch watch, RentedBuffer bytes, CountRelay relay)
    {
        attempt.EndedAt = attempt.FirstContentAt = System.Diagnostics.Stopwatch.GetTimestamp();
        return new WholeAnswer(attempt, watch, bytes, relay);
    }

    /// <summary>Passes a count on; counting uses no tokens.</summary>
    private sealed class CountRelay : IAnswerRelay
    {
        public bool HasContent => true;

        public UpstreamError? Failure => null;

        public TokenUsage? Usage => default(TokenUsage);

        public long ContentBytes => 0;

        public void Read(ReadOnlySpan<byte> body)
        {
            var json = new Utf8JsonReader(body);
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var found = json.ValueTextEquals("input_tokens"u8);
                json.Read();
                if (found && json.TokenType == JsonTokenType.Number)
                {
                    return;
                }

                json.Skip();
            }

            throw new JsonException("The answer holds no count.");
        }

        public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) => OpenAiChatStreamRelay.AppendMember(body, hiway, to);
    }
}
