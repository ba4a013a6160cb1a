using System.Reflection;
using HiWay.Infrastructure.Alerts;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Metering;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HiWay.Web.Telemetry;

/// <summary>Collects what the application measures for <c>/metrics</c>, and sends metrics and traces where an endpoint is set.</summary>
internal sealed class Telemetry : IHostedService, IDisposable
{
    private readonly MeterProvider _meters;
    private readonly TracerProvider? _traces;
    private readonly PrometheusScrape _scrape;

    public Telemetry(TelemetryOptions options, PrometheusScrape scrape, IConfiguration configuration)
    {
        _scrape = scrape;
        var resource = ResourceBuilder.CreateDefault()
            .AddService("hiway", serviceVersion: Version, serviceInstanceId: Environment.MachineName);

        // ASP.NET Core's own measurement of every request is left out: it costs as much as all of ours and says less.
        var meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter(GatewayTelemetry.Name, MeteringHealth.MeterName, BudgetHealth.MeterName, AlertsMetrics.MeterName, "System.Runtime", "Npgsql", "Microsoft.AspNetCore.Server.Kestrel")
            .AddReader(scrape.Reader);
        if (options.OtlpEndpoint.Length > 0)
        {
            meters.AddOtlpExporter((otlp, _) => Configure(otlp, options, configuration, "v1/metrics"));
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceShare)))
                .AddSource(GatewayTelemetry.Name, "Microsoft.AspNetCore", "Npgsql")
                .AddOtlpExporter(otlp => Configure(otlp, options, configuration, "v1/traces"))
                .Build();
        }

        _meters = meters.Build();
    }

    internal static string Version { get; } =
        typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is still held back; an endpoint that does not answer holds the stop up for two seconds at most.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _traces?.ForceFlush(2000);
        _meters.ForceFlush(2000);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _scrape.Close();
        _meters.Dispose();
    }

    private static void Configure(OtlpExporterOptions otlp, TelemetryOptions options, IConfiguration configuration, string path)
    {
        // With HTTP each signal has a path of its own; gRPC has none.
        var grpc = configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc";
        otlp.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = grpc ? new Uri(options.OtlpEndpoint) : new Uri($"{options.OtlpEndpoint.TrimEnd('/')}/{path}");
    }
}
