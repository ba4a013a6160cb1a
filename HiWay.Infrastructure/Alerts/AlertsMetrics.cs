using System.Diagnostics.Metrics;

namespace HiWay.Infrastructure.Alerts;

/// <summary>What metrics say of alerts on this node.</summary>
public sealed class AlertsMetrics : IDisposable
{
    public const string MeterName = "HiWay.Alerts";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _lost;

    public AlertsMetrics()
    {
        _attempts = _meter.CreateCounter<long>("hiway.alerts.attempts", "{attempt}", "Attempts to deliver alerts, by kind and by what became of the delivery.");
        _lost = _meter.CreateCounter<long>("hiway.alerts.lost", "{alert}", "Alerts that are in the log alone, because they could not be written down.");
    }

    public void Dispose() => _meter.Dispose();

    internal void Attempted(string kind, string status) => _attempts.Add(1, new("kind", kind), new("status", status));

    internal void Lost(int alerts) => _lost.Add(alerts);
}
