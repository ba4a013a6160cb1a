namespace HiWay.Web.Telemetry;

/// <summary>The section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>
    /// Where traces and metrics go by OTLP: <c>http://collector:4318</c>. Empty sends nothing. <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says the same;
    /// its companions (<c>OTEL_EXPORTER_OTLP_HEADERS</c>, <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>) are honoured.
    /// </summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>Share of calls that are traced, 0..1, decided by the trace id, so that all services choose the same calls.</summary>
    public double TraceShare { get; set; } = 1;

    /// <summary>Asked of whoever reads <c>/metrics</c> from another machine, as a bearer token. Empty: only this machine may read it.</summary>
    public string MetricsToken { get; set; } = "";

    public static TelemetryOptions From(IConfiguration configuration)
    {
        var options = configuration.GetSection("Telemetry").Get<TelemetryOptions>() ?? new TelemetryOptions();
        if (options.OtlpEndpoint.Length == 0)
        {
            options.OtlpEndpoint = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
        }

        List<string> problems = [];
        if (options.OtlpEndpoint.Length > 0 && !(Uri.TryCreate(options.OtlpEndpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            problems.Add($"Telemetry:OtlpEndpoint is '{options.OtlpEndpoint}', not an absolute URL. Example: http://localhost:4318.");
        }

        if (options.TraceShare is not (>= 0 and <= 1))
        {
            problems.Add($"Telemetry:TraceShare is {options.TraceShare}, not from 0 to 1. Example: 0.1.");
        }

        return problems.Count == 0 ? options : throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }
}
