using System.Diagnostics;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Metering;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Telemetry;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway;

/// <summary>Where calls come in: over HTTP or from the playground. Refuses before anything is read when this node cannot take one more.</summary>
internal sealed class GatewayEntry(
    GatewayPipeline pipeline, Refuse refuse, IUsageJournal journal, Drain drain, IOptions<GatewayOptions> options, TimeProvider time)
{
    public Task RunAsync(HttpContext http, IClientDialect client) => RunAsync(Begin(http, client));

    public Task RunAsync(HttpContext http, Operation operation) => RunAsync(Begin(http, ClientDialects.Of(http.Request.Path), operation));

    /// <param name="call">Is over afterwards.</param>
    public async Task RunAsync(GatewayCall call)
    {
        using var ends = call;
        if (!drain.TryEnter())
        {
            await refuse.RunAsync(call, new GatewayError(GatewayErrorKind.ShuttingDown, "This HiWay is shutting down. Try again shortly; another one or the next version answers.")
            {
                RetryAfter = drain.RetryAfter,
            });
            return;
        }

        try
        {
            if (drain.InFlight > options.Value.MaxConcurrentCalls)
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
            drain.Leave();
        }
    }

    public async Task MethodNotAllowedAsync(HttpContext http, string allowed)
    {
        using var call = Begin(http, ClientDialects.Of(http.Request.Path));
        http.Response.Headers.Allow = allowed;
        await refuse.RunAsync(call, new GatewayError(GatewayErrorKind.MethodNotAllowed,
            $"{http.Request.Method} is not possible on {http.Request.Path}; use {allowed}."));
    }

    public async Task NotFoundAsync(HttpContext http)
    {
        using var call = Begin(http, ClientDialects.Of(http.Request.Path));
        await refuse.RunAsync(call, new GatewayError(GatewayErrorKind.NotFound,
            $"There is no {http.Request.Method} {http.Request.Path}. The API reference is at /docs."));
    }

    private GatewayCall Begin(HttpContext http, IClientDialect client, Operation? operation = null)
    {
        var id = http.RequestId();
        client.WriteHeaders(http.Response.Headers, id);
        return new GatewayCall(http, id, Ulid.TimeOf(id) ?? time.GetUtcNow(), Stopwatch.GetTimestamp()) { Client = client, Operation = operation };
    }

    private static GatewayError Overloaded(string why) =>
        new(GatewayErrorKind.Overloaded, $"{why} Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
