using System.Globalization;
using System.Text;
using HiWay.Domain.Routing;
using HiWay.RouterTrainer;

namespace HiWay.RoutingBench;

/// <summary>An everyday request, and the tiers that count as right for it.</summary>
internal sealed record EverydayRequest(string Kind, string Language, Row Row);

/// <summary>
/// Everyday requests in fifteen languages that no weights are trained on: what the measured sets lack. Data/ORIGINS.md says how the
/// file is written.
/// </summary>
internal static class EverydayRequests
{
    private const int TokensPerTool = 60;

    internal static List<EverydayRequest> Load()
    {
        var requests = new List<EverydayRequest>();
        var (kind, tiers) = ("", "");
        using var lines = new StreamReader(typeof(EverydayRequests).Assembly.GetManifestResourceStream("everyday-held-out.tsv")!);
        while (lines.ReadLine() is { } line)
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                (kind, tiers) = (line.Split(' ')[1], line.Split(' ')[2]);
                continue;
            }

            var parts = line.Split('\t');
            requests.Add(new(kind, parts[0], Read(parts[1], tiers)));
        }

        return requests;
    }

    private static Row Read(string messages, string tiers)
    {
        var (body, texts, tools) = (new List<byte>(), new List<PromptSpan>(), 0);
        foreach (var part in messages.Split(" || "))
        {
            if (part[0] == 'T' && int.TryParse(part.AsSpan(1), CultureInfo.InvariantCulture, out var count))
            {
                tools = count;
                continue;
            }

            var isMarked = part.Length > 3 && part[1] == '>';
            var role = isMarked && part[0] == 'S' ? PromptRole.System : isMarked && part[0] == 'A' ? PromptRole.Assistant : PromptRole.User;
            var text = Encoding.UTF8.GetBytes((isMarked ? part[3..] : part).Replace("\"", "\\\"", StringComparison.Ordinal));
            texts.Add(new(role, body.Count, text.Length, texts.Count));
            body.AddRange(text);
        }

        return new()
        {
            Id = messages, Source = "everyday", Category = null, Group = 0,
            Expected = [.. tiers.SelectMany(t => t == 'L' ? (int[])[0, 1] : t == 'S' ? [2] : [3])],
            Body = [.. body], Texts = [.. texts], ToolCount = tools, PromptTokens = (body.Count / 4) + (tools * TokensPerTool),
        };
    }
}
