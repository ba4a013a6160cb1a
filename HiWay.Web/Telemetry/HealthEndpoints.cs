using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering;
using Microsoft.AspNetCore.HttpOverrides;

namespace HiWay.Web.Telemetry;

/// <summary>
/// <c>/health</c>: the process answers. <c>/health/ready</c>: it should be sent traffic; says what is wrong when not. Both open to all,
/// as load balancers hold no keys. <c>/metrics</c>: for this machine, or with the token of the settings.
/// </summary>
internal static class HealthEndpoints
{
    // Load balancers and uptime monitors often ask with HEAD.
    private static readonly string[] s_reads = [HttpMethods.Get, HttpMethods.Head];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var drain = configuration.GetSection("Drain").Get<DrainOptions>() ?? new DrainOptions();
        if (drain.Limit < TimeSpan.Zero)
        {
            throw new InvalidOperationException("Drain:Limit must not be negative. Example: 00:00:30.");
        }

        services.AddSingleton(drain);
        services.AddSingleton(TelemetryOptions.From(configuration));
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = drain.Limit + DrainOptions.Rest);
        services.AddSingleton<GatewayTelemetry>();
        services.AddSingleton<PrometheusScrape>();
        services.AddHostedService<Telemetry>();
        services.AddHostedService<ReadyLine>();
        services.AddSingleton<Readiness>();
        return services;
    }

    public static void MapTelemetry(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        app.MapMethods("/health", s_reads, () => TypedResults.Json(new JsonObject { ["status"] = "ok", ["version"] = Telemetry.Version })).ShortCircuit();
        app.MapMethods("/health/ready", s_reads, async (HttpContext http) =>
        {
            var (ready, answer) = await readiness.AskAsync(http.RequestAborted);
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Json(answer, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).ShortCircuit();

        var scrape = app.Services.GetRequiredService<PrometheusScrape>();
        var options = app.Services.GetRequiredService<TelemetryOptions>();
        app.MapGet("/metrics", (HttpContext http) => MayReadMetrics(http, options)
            ? Results.Text(scrape.Read(), PrometheusText.ContentType)
            : Results.StatusCode(StatusCodes.Status403Forbidden)).ShortCircuit();
    }

    /// <summary>A forwarded request comes from somewhere else, though the proxy that passes it on may be on this machine.</summary>
    private static bool MayReadMetrics(HttpContext http, TelemetryOptions options)
    {
        if (options.MetricsToken.Length > 0
            && http.Request.Headers.Authorization.ToString() is ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var token]
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(options.MetricsToken)))
        {
            return true;
        }

        return http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from)
            && !http.Request.Headers.ContainsKey("X-Forwarded-For") && !http.Request.Headers.ContainsKey("Forwarded")
            && !http.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XOriginalForHeaderName);   // what a known proxy said has been taken in
    }
}

/// <summary>
/// Whether this node should get traffic. It fails without a database although calls with known keys would still be answered:
/// a balancer that has other nodes does better with those, and one that has none sends traffic all the same.
/// </summary>
internal sealed class Readiness(Drain drain, DatabaseState database, IUsageJournal journal, MeteringHealth metering, BudgetHealth budgets)
{
    public async Task<(bool Ready, JsonObject Answer)> AskAsync(CancellationToken cancellationToken)
    {
        var databaseUp = database.Migrated && await database.AnswersAsync(cancellationToken);
        var state = journal.State;
        var caps = budgets.State;
        var ready = databaseUp && !drain.IsDraining && state.AcceptsCalls;
        return (ready, new JsonObject
        {
            ["status"] = ready ? "ready" : drain.IsDraining ? "draining" : "not_ready",
            ["database"] = databaseUp ? "up" : "unreachable",
            ["draining"] = drain.IsDraining,
            ["calls_in_flight"] = drain.InFlight,
            ["journal"] = new JsonObject
            {
                ["accepts_calls"] = state.AcceptsCalls,
                ["pending_events"] = state.PendingRows,
                ["oldest_pending_at"] = state.OldestPendingAt?.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture),
                ["bytes"] = state.Bytes,
                ["limit_bytes"] = state.LimitBytes,
                ["problem"] = state.Problem ?? metering.Drain.DatabaseProblem,
            },
            ["budgets"] = new JsonObject
            {
                ["nodes"] = caps.Nodes,
                ["held_usd"] = caps.HeldUsd,
                ["database_lost_at"] = caps.DatabaseLostAt?.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture),
                ["exposure_usd"] = caps.ExposureUsd,
            },
        });
    }
}
