using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HiWay.Web.Telemetry;

/// <summary>
/// Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), with names made as
/// OpenTelemetry's compatibility page says: dots become underscores, the unit is appended, counters end in <c>_total</c>.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder(16 * 1024);

        // All samples of a name stand together under one type, whichever meters they come from; a second type for a name is left out.
        foreach (var family in metrics.GroupBy(NameOf))
        {
            var first = family.First();
            var type = TypeOf(first.MetricType);
            if (type is null)
            {
                continue;
            }

            if (first.Description.Length > 0)
            {
                text.Append("# HELP ").Append(family.Key).Append(' ').Append(Escape(first.Description, quotes: false)).Append('\n');
            }

            text.Append("# TYPE ").Append(family.Key).Append(' ').Append(type).Append('\n');
            foreach (var metric in family.Where(metric => TypeOf(metric.MetricType) == type))
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    WritePoint(text, family.Key, metric.MetricType, in point);
                }
            }
        }

        return text.ToString();
    }

    /// <summary>A label's value or a help text on one line.</summary>
    internal static string Escape(string value, bool quotes)
    {
        value = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? value.Replace("\"", "\\\"", StringComparison.Ordinal) : value;
    }

    /// <summary>Letters, digits and underscores, not a digit first; several strange characters in a row become one underscore.</summary>
    internal static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length + 1);
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterOrDigit(letter) || letter == '_')
            {
                clean.Append(clean.Length == 0 && char.IsAsciiDigit(letter) ? "_" : "").Append(letter);
            }
            else if (clean.Length == 0 || clean[^1] != '_')
            {
                clean.Append('_');
            }
        }

        return clean.ToString();
    }

    internal static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string NameOf(Metric metric)
    {
        var name = Clean(metric.Name);
        var unit = metric.Unit switch
        {
            "" or "1" => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            ['{', ..] => "",   // only says what is counted
            var other => Clean(other),
        };
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal))
        {
            name += "_" + unit;
        }

        return TypeOf(metric.MetricType) == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    private static void WritePoint(StringBuilder text, string name, MetricType type, in MetricPoint point)
    {
        var labels = Labels(point.Tags);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Line(text, name, labels, point.GetSumLong().ToString(CultureInfo.InvariantCulture));
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Line(text, name, labels, Number(point.GetSumDouble()));
                break;
            case MetricType.LongGauge:
                Line(text, name, labels, point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture));
                break;
            case MetricType.DoubleGauge:
                Line(text, name, labels, Number(point.GetGaugeLastValueDouble()));
                break;
            case MetricType.Histogram:
                WriteHistogram(text, name, labels, in point);
                break;
        }
    }

    /// <summary>Buckets count everything up to their limit, so each holds the ones before it; the last one, +Inf, holds all.</summary>
    private static void WriteHistogram(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        var before = labels.Length > 0 ? labels + "," : "";
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            Line(text, name + "_bucket", $"{before}le=\"{Number(bucket.ExplicitBound)}\"", count.ToString(CultureInfo.InvariantCulture));
        }

        Line(text, name + "_sum", labels, Number(point.GetHistogramSum()));
        Line(text, name + "_count", labels, count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Two tags whose names become the same label are joined, as the compatibility page asks.</summary>
    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var name = Clean(key);
            var shown = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels[name] = labels.TryGetValue(name, out var other) ? $"{other};{shown}" : shown;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value, quotes: true)}\""));
    }

    private static void Line(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value).Append('\n');
    }
}
