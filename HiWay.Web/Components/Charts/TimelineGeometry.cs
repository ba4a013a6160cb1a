using System.Globalization;
using System.Text;

namespace HiWay.Web.Components.Charts;

/// <summary>A filled or stroked outline in the plot's units: 0..1000 across, 0..100 down.</summary>
public sealed record ChartShape(string Path, string Color);

/// <summary>What a timeline draws: pure arithmetic from values to outlines.</summary>
public sealed record TimelineGeometry(ValueAxis Axis, IReadOnlyList<ChartShape> Lines, IReadOnlyList<ChartShape> Areas)
{
    public const double Width = 1000;
    public const double Height = 100;

    /// <param name="whole">The values are counts.</param>
    public static TimelineGeometry Of(IReadOnlyList<ChartSeries> series, int buckets, ChartKind kind, bool whole = false)
    {
        var axis = ValueAxis.For(Largest(series, buckets, kind), whole: whole);
        return kind is ChartKind.StackedBars
            ? new(axis, [], Bars(series, buckets, axis))
            : new(axis, [.. series.Select(one => new ChartShape(Line(one.Values, axis), one.CssColor))],
                kind is ChartKind.Area ? [.. series.Select(one => new ChartShape(Area(one.Values, axis), one.CssColor))] : []);
    }

    private static double Largest(IReadOnlyList<ChartSeries> series, int buckets, ChartKind kind) => kind is ChartKind.StackedBars
        ? Enumerable.Range(0, buckets).Select(i => series.Sum(one => one.Values[i] ?? 0)).DefaultIfEmpty(0).Max()
        : series.SelectMany(one => one.Values).Max() ?? 0;

    /// <summary>A line with a gap wherever a value is missing; a lone value becomes a short dash that the round cap turns into a dot.</summary>
    internal static string Line(IReadOnlyList<double?> values, ValueAxis axis)
    {
        var path = new StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value)
            {
                continue;
            }

            var begins = i == 0 || values[i - 1] is null;
            var ends = i == values.Count - 1 || values[i + 1] is null;
            path.Append(begins ? 'M' : 'L').Append(At(X(i, values.Count), Y(value, axis)));
            if (begins && ends)
            {
                path.Append("h0.01");
            }
        }

        return path.ToString();
    }

    /// <summary>The same outline closed down to zero, one patch per run of values.</summary>
    internal static string Area(IReadOnlyList<double?> values, ValueAxis axis)
    {
        var path = new StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value)
            {
                continue;
            }

            var x = X(i, values.Count);
            if (i == 0 || values[i - 1] is null)
            {
                path.Append('M').Append(At(x, Height));
            }

            path.Append('L').Append(At(x, Y(value, axis)));
            if (i == values.Count - 1 || values[i + 1] is null)
            {
                path.Append('L').Append(At(x, Height)).Append('Z');
            }
        }

        return path.ToString();
    }

    private static IReadOnlyList<ChartShape> Bars(IReadOnlyList<ChartSeries> series, int buckets, ValueAxis axis)
    {
        var slot = Width / Math.Max(1, buckets);
        var bar = Math.Min(slot * 0.74, 46);
        var floors = new double[buckets];
        List<ChartShape> shapes = [];
        foreach (var one in series)
        {
            // One path per series and not one element per bar: a month of hours stays a handful of nodes.
            var path = new StringBuilder();
            for (var i = 0; i < buckets; i++)
            {
                if (one.Values[i] is not { } value || value <= 0)
                {
                    continue;
                }

                var bottom = Y(floors[i], axis);
                floors[i] += value;
                var top = Y(floors[i], axis);
                var left = (i + 0.5) * slot - bar / 2;
                path.Append('M').Append(At(left, bottom)).Append('V').Append(Text(top)).Append('H').Append(Text(left + bar)).Append('V').Append(Text(bottom)).Append('Z');
            }

            shapes.Add(new(path.ToString(), one.CssColor));
        }

        return shapes;
    }

    private static double X(int index, int count) => count == 1 ? Width / 2 : index * Width / (count - 1);

    private static double Y(double value, ValueAxis axis) => Height - Math.Clamp(value / axis.Max, 0, 1) * Height;

    private static string At(double x, double y) => $"{Text(x)} {Text(y)}";

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
