using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>How a client's dialect meets an upstream's: bytes pass through when they are the same, the inner form goes between when they are not.</summary>
internal static class DialectPairs
{
    public static IUpstreamDialect Upstream(Deployment deployment) => UpstreamDialects.For(deployment.Provider.Dialect);

    public static bool IsPassthrough(Deployment deployment) => deployment.Provider.Dialect == UpstreamDialect.OpenAiChat;

    /// <summary>The client's body in the inner form; read once per call.</summary>
    /// <exception cref="InvalidChatRequestException">The body is JSON, but not what the dialect asks for.</exception>
    public static ChatRequest InnerRequest(GatewayCall call) =>
        call.InnerRequest ??= OpenAiChatRequestReader.Read(call.Body.Bytes.Span);

    public static IStreamRelay StreamRelay(GatewayCall call, Deployment deployment) =>
        IsPassthrough(deployment)
            ? new OpenAiChatStreamRelay(call.Body.IncludeUsage)
            : new TranslatedStreamRelay(Upstream(deployment), Defaults(call, deployment), call.Body.IncludeUsage);

    public static IAnswerRelay AnswerRelay(GatewayCall call, Deployment deployment) =>
        IsPassthrough(deployment) ? new OpenAiChatAnswerRelay() : new TranslatedAnswerRelay(Upstream(deployment), Defaults(call, deployment));

    private static AnswerDefaults Defaults(GatewayCall call, Deployment deployment) =>
        new($"chatcmpl-{call.RequestId[4..]}", deployment.Model.UpstreamModel, call.ArrivedAt.ToUnixTimeSeconds()) { LegacyFunctions = InnerRequest(call).LegacyFunctions };
}
