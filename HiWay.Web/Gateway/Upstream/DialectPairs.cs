using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Guardian;
using HiWay.Web.Gateway.Shield;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>How a client's dialect meets an upstream's: bytes pass through when they are the same, the inner form goes between when they are not.</summary>
internal static class DialectPairs
{
    public static IUpstreamDialect Upstream(GatewayCall call, Deployment deployment) => UpstreamDialects.For(call.Client.UpstreamFor(deployment));

    /// <summary>How the answer of an attempt is read.</summary>
    public static UpstreamAnswers Answers(GatewayCall call, Attempt attempt) => new(Upstream(call, attempt.Deployment), attempt.ToolNames);

    public static bool IsPassthrough(GatewayCall call, Deployment deployment) =>
        call.Client.PassesThrough(deployment) && (call.Client.UpstreamFor(deployment) != UpstreamDialect.OpenAiChat || OpenAiFit.Fits(call.Body, deployment));

    /// <summary>The client's body in the inner form; read once per call.</summary>
    /// <exception cref="InvalidChatRequestException">The body is JSON, but not what the dialect asks for.</exception>
    public static ChatRequest InnerRequest(GatewayCall call) => 
        call.InnerRequest ??= call.Client.ReadRequest(call.Body.Bytes.Span) with { PromptCaching = call.Workspace.PromptCaching };

    /// <summary>
    /// The same for one deployment: never more tokens than its model can produce, which APIs refuse. Whoever lets HiWay choose the model
    /// cannot know the limit.
    /// </summary>
    public static ChatRequest InnerRequest(GatewayCall call, Deployment deployment)
    {
        var request = InnerRequest(call);
        return request.MaxOutputTokens > deployment.Model.MaxOutputTokens ? request with { MaxOutputTokens = deployment.Model.MaxOutputTokens } : request;
    }

    public static IStreamRelay StreamRelay(GatewayCall call, Attempt attempt)
    {
        if (attempt.Resume is { } resume)
        {
            return resume.Relay;
        }

        var deployment = attempt.Deployment;
        var relay = IsPassthrough(call, deployment)
            ? call.Client.PassthroughStream(call.Body)
            : new TranslatedStreamRelay(call.Client, Answers(call, attempt), call.Client.Defaults(call, deployment));
        if (call.AnswerPrinter is { } printer)
        {
            relay = new PrintedStreamRelay(relay, printer);
        }

        if (call.Route.MayFallBack)
        {
            relay.Delivered = new DeliveredText();
        }

        return AnswerFilters.For(call) is { } filter ? filter(relay) : relay;
    }

    public static IAnswerRelay AnswerRelay(GatewayCall call, Attempt attempt)
    {
        var deployment = attempt.Deployment;
        IAnswerRelay relay = IsPassthrough(call, deployment)
            ? call.Client.PassthroughAnswer(call.Body)
            : new TranslatedAnswerRelay(Answers(call, attempt), call.Client.NewAnswerWriter(call.Client.Defaults(call, deployment)));
        relay = call.AnswerPrinter is { } printer ? new PrintedAnswerRelay(relay, printer) : relay;
        return call.Masked is { } masked ? new RestoredAnswerRelay(relay, masked) : relay;
    }
}
