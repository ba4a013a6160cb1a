using HiWay.Infrastructure.EventLoops;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Contents;
using HiWay.Web.Gateway.DryRuns;
using HiWay.Web.Gateway.Guardian;
using HiWay.Web.Gateway.Judging;
using HiWay.Web.Gateway.Models;
using HiWay.Web.Gateway.Operations.Providers;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.StoredResponses;
using HiWay.Web.Gateway.Transport;
using HiWay.Web.Gateway.Upstream;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway;

/// <summary>The gateway's own routes under <c>/v1</c>, and what it needs.</summary>
internal static class GatewayEndpoints
{
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection("Gateway")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsCheck>();
        services.AddOptions<MeteringOptions>().PostConfigure<IOptions<GatewayOptions>>(static (metering, gateway) => metering.OpenCalls = Math.Max(metering.OpenCalls, gateway.Value.MaxConcurrentCalls));
        services.AddSingleton<Watchdog>();
        services.AddSingleton<UpstreamConnections>();
        services.AddSingleton<UpstreamClient>();
        services.AddSingleton<Attempts>();
        services.AddSingleton<WarmPrompts>();
        services.AddSingleton<Authenticate>();
        services.AddSingleton<ReadBody>();
        services.AddSingleton<Recall>();
        services.AddSingleton<ResponseKeeper>();
        services.AddSingleton<ContentKeeper>();
        services.AddSingleton<ResponsesEndpoint>();
        services.AddSingleton<Stages.Guardian>();
        services.AddSingleton<GuardianAfterwards>();
        services.AddSingleton<Guard>();
        services.AddSingleton<JudgeBudget>();
        services.AddSingleton<ShieldMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<ShieldMonitor>());
        services.AddSingleton<Stages.Shield>();
        services.AddSingleton<Mask>();
        services.AddSingleton<ChooseChain>();
        services.AddSingleton<GuardFree>();
        services.AddSingleton<Reserve>();
        services.AddSingleton<Dispatch>();
        services.AddSingleton<Resume>();
        services.AddSingleton<Deliver>();
        services.AddSingleton<Refuse>();
        services.AddSingleton<Settle>();
        services.AddSingleton<GatewayPipeline>();
        services.AddSingleton<DryRun>();
        services.AddSingleton<QuoteEndpoint>();
        services.AddSingleton<IRoutePreview, RoutePreviews>();
        services.AddSingleton<GatewayEntry>();
        services.AddSingleton<ModelsEndpoint>();
        services.AddSingleton<InProcessCalls>();
        services.AddSingleton<IPlayground, Playground>();
        services.AddSingleton<JudgeQueue>();
        services.AddSingleton<AnswerSampler>();
        services.AddHostedService<AnswerJudge>();
        services.AddHostedService<RouterWarmUp>();
        return services;
    }

    /// <summary>How the web server reads and writes sockets; decided before anything is built.</summary>
    public static void ConfigureGatewayTransport(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetValue("Gateway:EventLoops", true) && EventLoopGroup.AreSupported)
        {
            builder.Services.AddEventLoops();
            builder.Services.AddSingleton<IConnectionListenerFactory, LoopListenerFactory>();
        }
        else
        {
            builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        }
    }

    /// <summary>Maps the gateway. Its calls take no other middleware: they authenticate by key and answer every error themselves.</summary>
    public static void MapGateway(this WebApplication app)
    {
        var entry = app.Services.GetRequiredService<GatewayEntry>();
        foreach (var client in ClientDialects.All)
        {
            app.MapPost(client.Endpoint, http => entry.RunAsync(http, client)).ShortCircuit();
            app.Map(client.Endpoint, http => entry.MethodNotAllowedAsync(http, "POST")).ShortCircuit();
        }

        Map("/v1/embeddings", static () => new EmbeddingsOperation());
        Map("/v1/messages/count_tokens", static () => new CountTokensOperation());
        Map("/v1/images/generations", static () => new ImagesOperation());

        Map("/v1/images/edits", static () => new ImageEditsOperation());

        Task PassThrough(HttpContext http) => entry.RunAsync(http, new ProviderOperation((string)http.GetRouteValue("provider")!));
        app.MapMethods("/v1/providers/{provider}/{**rest}", ["GET", "POST", "PUT", "PATCH", "DELETE"], PassThrough)
            .WithSummary("The provider's own API behind this key's limits, caps and metering.").ShortCircuit();
        app.Map("/v1/providers/{provider}/{**rest}", PassThrough).ShortCircuit();

        app.MapPost("/v1/quote", app.Services.GetRequiredService<QuoteEndpoint>().RunAsync).WithSummary("What a call would do and cost, without making it.").ShortCircuit();
        app.Map("/v1/quote", http => entry.MethodNotAllowedAsync(http, "POST")).ShortCircuit();

        var responses = app.Services.GetRequiredService<ResponsesEndpoint>();
        app.MapGet("/v1/responses/{id}", responses.ReadAsync).ShortCircuit();
        app.MapDelete("/v1/responses/{id}", responses.DeleteAsync).ShortCircuit();
        app.MapGet("/v1/responses/{id}/input_items", responses.ReadInputAsync).ShortCircuit();

        var models = app.Services.GetRequiredService<ModelsEndpoint>();
        app.MapGet("/v1/models", models.ListAsync).ShortCircuit();
        app.MapGet("/v1/models/{**id}", models.ReadAsync).ShortCircuit();
        app.Map("/v1/models/{**id}", http => entry.MethodNotAllowedAsync(http, "GET")).ShortCircuit();

        // Whatever else is asked below /v1 gets its no in the same envelope.
        app.Map("/v1/{**path}", entry.NotFoundAsync).WithOrder(int.MaxValue).ShortCircuit();

        void Map(string path, Func<Operation> operation)
        {
            app.MapPost(path, http => entry.RunAsync(http, operation())).ShortCircuit();
            app.Map(path, http => entry.MethodNotAllowedAsync(http, "POST")).ShortCircuit();
        }
    }
}
