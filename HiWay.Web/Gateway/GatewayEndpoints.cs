using System.Diagnostics;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Gateway.Limits;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway;

/// <summary>The gateway's own routes under <c>/v1</c>, and what it needs.</summary>
internal static class GatewayEndpoints
{
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection("Gateway")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsCheck>();
        services.AddSingleton<Watchdog>();
        services.AddSingleton<UpstreamConnections>();
        services.AddSingleton<UpstreamClient>();
        services.AddSingleton<KeyLimits>();
        services.AddSingleton<Authenticate>();
        services.AddSingleton<ReadBody>();
        services.AddSingleton<Guard>();
        services.AddSingleton<ChooseChain>();
        services.AddSingleton<Reserve>();
        services.AddSingleton<Dispatch>();
        services.AddSingleton<Deliver>();
        services.AddSingleton<Refuse>();
        services.AddSingleton<Settle>();
        services.AddSingleton<GatewayPipeline>();
        services.AddSingleton<GatewayEntry>();
        return services;
    }

    /// <summary>Maps the gateway. Its calls take no other middleware: they authenticate by key and answer every error themselves.</summary>
    public static void MapGateway(this WebApplication app)
    {
        var entry = app.Services.GetRequiredService<GatewayEntry>();
        app.MapPost("/v1/chat/completions", entry.ChatAsync).ShortCircuit();

        // Whatever else is asked below /v1 gets its no in the same envelope.
        app.Map("/v1/chat/completions", http => entry.MethodNotAllowedAsync(http, "POST")).ShortCircuit();
        app.Map("/v1/{**path}", entry.NotFoundAsync).WithOrder(int.MaxValue).ShortCircuit();
    }
}

/// <summary>Where calls come in: ids, the limit of calls in flight, draining.</summary>
internal sealed class GatewayEntry(
    GatewayPipeline pipeline, Refuse refuse, IUsageJournal journal, IOptions<GatewayOptions> options, TimeProvider time)
{
    private int _running;

    public async Task ChatAsync(HttpContext http)
    {
        using var call = Begin(http);
        try
        {
            if (Interlocked.Increment(ref _running) > options.Value.MaxConcurrentCalls)
            {
                await refuse.RunAsync(call, Overloaded("This HiWay is answering as many calls as it can hold."));
            }
            else if (!journal.AcceptsCalls)
            {
                await refuse.RunAsync(call, Overloaded("Usage cannot be written down right now, and HiWay makes no call that it cannot account for."));
            }
            else
            {
                await pipeline.RunAsync(call);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public async Task MethodNotAllowedAsync(HttpContext http, string allowed)
    {
        using var call = Begin(http);
        http.Response.Headers.Allow = allowed;
        await refuse.RunAsync(call, new GatewayError(GatewayErrorKind.MethodNotAllowed,
            $"{http.Request.Method} is not possible on {http.Request.Path}; use {allowed}."));
    }

    public async Task NotFoundAsync(HttpContext http)
    {
        using var call = Begin(http);
        await refuse.RunAsync(call, new GatewayError(GatewayErrorKind.NotFound,
            $"There is no {http.Request.Method} {http.Request.Path}. The API reference is at /docs."));
    }

    private GatewayCall Begin(HttpContext http)
    {
        var id = http.RequestId();
        return new GatewayCall(http, id, Ulid.TimeOf(id) ?? time.GetUtcNow(), Stopwatch.GetTimestamp());
    }

    private static GatewayError Overloaded(string why) =>
        new(GatewayErrorKind.Overloaded, $"{why} Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
