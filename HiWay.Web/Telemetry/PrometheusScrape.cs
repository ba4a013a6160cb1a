using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HiWay.Web.Telemetry;

/// <summary>Reads all metrics when asked and writes them in Prometheus' text format.</summary>
internal sealed class PrometheusScrape
{
    private readonly Lock _one = new();
    private readonly Exporter _exporter = new();
    private bool _closed;

    public PrometheusScrape() => Reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };

    /// <summary>For the meter provider, which owns it.</summary>
    public MetricReader Reader { get; }

    public string Read()
    {
        lock (_one)
        {
            return !_closed && Reader.Collect(5000) ? _exporter.Text : "";
        }
    }

    /// <summary>Before the provider goes: a last collection nobody asked for is not needed.</summary>
    public void Close()
    {
        lock (_one)
        {
            _closed = true;
        }
    }

    private sealed class Exporter : BaseExporter<Metric>
    {
        public string Text { get; private set; } = "";

        public override ExportResult Export(in Batch<Metric> batch)
        {
            List<Metric> metrics = [];
            foreach (var metric in batch)
            {
                metrics.Add(metric);
            }

            Text = PrometheusText.Write(metrics);
            return ExportResult.Success;
        }
    }
}
