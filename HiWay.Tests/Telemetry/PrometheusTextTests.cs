using System.Diagnostics.Metrics;
using HiWay.Web.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HiWay.Tests.Telemetry;

/// <summary>What Prometheus reads, line by line as its format describes.</summary>
public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new("test." + Guid.NewGuid());
    private readonly PrometheusScrape _scrape = new();
    private readonly MeterProvider _provider;

    public PrometheusTextTests() => _provider = Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddReader(_scrape.Reader).Build();

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counter_gets_its_help_type_and_suffix()
    {
        _meter.CreateCounter<long>("hiway.calls", "{call}", "Finished calls.").Add(3, new KeyValuePair<string, object?>("error.type", ""));

        Assert.Equal("# HELP hiway_calls_total Finished calls.\n# TYPE hiway_calls_total counter\nhiway_calls_total{error_type=\"\"} 3\n", _scrape.Read());
    }

    [Fact]
    public void Buckets_of_a_histogram_hold_the_ones_before_them_and_end_with_all()
    {
        var histogram = _meter.CreateHistogram("wait", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10] });
        foreach (var seconds in new[] { 0.05, 0.1, 0.5, 20 })
        {
            histogram.Record(seconds, new KeyValuePair<string, object?>("model", "m"));
        }

        Assert.Equal(
            """
            # TYPE wait_seconds histogram
            wait_seconds_bucket{model="m",le="0.1"} 2
            wait_seconds_bucket{model="m",le="1"} 3
            wait_seconds_bucket{model="m",le="10"} 3
            wait_seconds_bucket{model="m",le="+Inf"} 4
            wait_seconds_sum{model="m"} 20.65
            wait_seconds_count{model="m"} 4

            """, _scrape.Read());
    }

    [Fact]
    public void Label_values_that_callers_chose_cannot_break_out_of_their_quotes()
    {
        _meter.CreateCounter<long>("calls").Add(1, new KeyValuePair<string, object?>("gen_ai.request.model", "a\"} 1\nevil_total 9 \\"));

        Assert.Contains("calls_total{gen_ai_request_model=\"a\\\"} 1\\nevil_total 9 \\\\\"} 1\n", _scrape.Read(), StringComparison.Ordinal);
        Assert.DoesNotContain("\nevil_total", _scrape.Read(), StringComparison.Ordinal);
    }

    [Fact]
    public void Same_name_of_two_meters_stands_under_one_type()
    {
        using var other = new Meter(_meter.Name);
        _meter.CreateCounter<long>("calls").Add(1, new KeyValuePair<string, object?>("from", "one"));
        other.CreateCounter<long>("calls", null, "Described differently.").Add(2, new KeyValuePair<string, object?>("from", "two"));

        var lines = _scrape.Read().Split('\n');
        Assert.Single(lines, line => line.StartsWith("# TYPE calls_total", StringComparison.Ordinal));
        Assert.Contains("calls_total{from=\"one\"} 1", lines);
        Assert.Contains("calls_total{from=\"two\"} 2", lines);
    }

    [Fact]
    public void Gauge_shows_its_last_value_and_unit()
    {
        _meter.CreateObservableGauge("journal.size", () => 1.5, "By");

        Assert.Equal("# TYPE journal_size_bytes gauge\njournal_size_bytes 1.5\n", _scrape.Read());
    }

    [Theory]
    [InlineData("gen_ai.client.token.usage", "gen_ai_client_token_usage")]
    [InlineData("2xx rate", "_2xx_rate")]
    [InlineData("a..b--c", "a_b_c")]
    public void Names_become_what_the_format_allows(string name, string expected) => Assert.Equal(expected, PrometheusText.Clean(name));

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(0.00005, "5E-05")]
    [InlineData(1234567.5, "1234567.5")]
    public void Numbers_are_written_the_same_in_every_country(double value, string expected) => Assert.Equal(expected, PrometheusText.Number(value));
}
