using System.Text;
using System.Text.Json;
using HiWay.Domain.Privacy;

namespace HiWay.DetectionBench;

/// <summary>One line of the masking set.</summary>
internal sealed record PiiLine(string Id, string Kind, string Text, IReadOnlyList<(int Start, int End, string Type)> Spans);

/// <summary>Recall and precision of masking, per kind; a span counts when both of its ends are right.</summary>
internal static class PiiTable
{
    internal static List<PiiLine> Load(string path) => File.ReadLines(path).Where(line => line.Length > 0).Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        var row = json.RootElement;
        return new PiiLine(
            row.GetProperty("id").GetString()!,
            row.GetProperty("kind").GetString()!,
            row.GetProperty("text") is { ValueKind: JsonValueKind.Array } parts ? string.Concat(parts.EnumerateArray().Select(part => part.GetString())) : row.GetProperty("text").GetString()!,
            [.. row.GetProperty("spans").EnumerateArray().Select(span => (span.GetProperty("start").GetInt32(), span.GetProperty("end").GetInt32(), span.GetProperty("type").GetString()!))]);
    }).ToList();

    internal static (double Recall, double Precision) Print(List<PiiLine> lines)
    {
        var counts = new SortedDictionary<string, (int Wanted, int Hit, int Extra)>(StringComparer.Ordinal);
        var mistakes = new List<string>();
        foreach (var line in lines)
        {
            List<PiiFinding>? found = null;
            var bytes = Encoding.UTF8.GetBytes(line.Text);
            PiiScanner.Everything.Scan(bytes, ref found);
            var spans = (found ?? []).ConvertAll(finding => (CodePoints(bytes, finding.Start), CodePoints(bytes, finding.End), finding.Type));
            foreach (var wanted in line.Spans)
            {
                var hit = spans.Exists(span => span.Item1 == wanted.Start && span.Item2 == wanted.End);
                Count(counts, wanted.Type, 1, hit ? 1 : 0, 0);
                if (!hit)
                {
                    mistakes.Add($"missed {wanted.Type} in {line.Id}: {Shown(line.Text)}");
                }
            }

            foreach (var span in spans.Where(span => !line.Spans.Any(wanted => wanted.Start == span.Item1 && wanted.End == span.Item2)))
            {
                Count(counts, span.Type, 0, 0, 1);
                mistakes.Add($"wrongly {span.Type} in {line.Id}: {Shown(line.Text)}");
            }
        }

        Console.WriteLine($"{"kind",-26} {"spans",6} {"recall",7} {"precision",9}");
        foreach (var (kind, (wanted, hit, extra)) in counts)
        {
            Console.WriteLine($"{kind,-26} {wanted,6} {Share(hit, wanted),7} {Share(hit, hit + extra),9}");
        }

        var (all, hits, extras) = (counts.Values.Sum(c => c.Wanted), counts.Values.Sum(c => c.Hit), counts.Values.Sum(c => c.Extra));
        Console.WriteLine($"{"all",-26} {all,6} {Share(hits, all),7} {Share(hits, hits + extras),9}");
        mistakes.ForEach(Console.WriteLine);
        return ((double)hits / all, (double)hits / (hits + extras));
    }

    private static int CodePoints(ReadOnlySpan<byte> text, int end)
    {
        var count = 0;
        foreach (var b in text[..end])
        {
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    private static void Count(SortedDictionary<string, (int, int, int)> counts, string kind, int wanted, int hit, int extra)
    {
        var (a, b, c) = counts.GetValueOrDefault(kind);
        counts[kind] = (a + wanted, b + hit, c + extra);
    }

    private static string Share(int part, int whole) => whole == 0 ? "" : ((double)part / whole).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);

    private static string Shown(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
