using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using HiWay.Domain.Routing;

namespace HiWay.RouterTrainer;

/// <summary>One request with what models of several strengths made of it.</summary>
internal sealed class Row
{
    internal required string Id { get; init; }

    internal required string Source { get; init; }

    internal required string? Category { get; init; }

    /// <summary>Near-duplicates share a group and therefore a fold.</summary>
    internal required uint Group { get; init; }

    internal int Fold => (int)(Group % 5);

    internal double? Weak { get; init; }

    internal double? Strong { get; init; }

    /// <summary>Results per tier: ultra_light, light, standard, heavy; null where none were measured.</summary>
    internal double[]? Tiers { get; init; }

    /// <summary>Tiers that count as right, as indices; null where results were measured instead.</summary>
    internal int[]? Expected { get; init; }

    internal bool IsMeasured => Weak is not null;

    /// <summary>
    /// What a light (0), standard (1) or heavy (2) model made of it, 0..1; for sets that were judged and not measured, what the judgement
    /// implies. Null when unknown.
    /// </summary>
    internal double? Success(int head) => Expected is { } expected
        ? expected.Max() <= 1 ? (head == 0 ? 0.97 : 0.98) : (head == 0 ? 0.5 : head == 1 ? 0.75 : 0.9)
        : head == 0 ? Weak : head == 2 ? Strong : Tiers?[2];

    internal required byte[] Body { get; init; }

    internal required PromptSpan[] Texts { get; init; }

    internal int ToolCount { get; init; }

    internal int PromptTokens { get; init; }

    internal PromptFacts Facts => new()
    {
        Body = Body, Texts = Texts, MessageCount = Texts.Length, ToolCount = ToolCount, PromptTokens = PromptTokens,
    };
}

/// <summary>Reads the routing set: one JSON object per line.</summary>
internal static partial class DevSet
{
    internal static readonly string[] Tiers = ["ultra_light", "light", "standard", "heavy"];

    /// <param name="perturb">Rewrites the prompts' formatting as evaluate.py --perturb does.</param>
    internal static List<Row> Load(string path, bool perturb = false)
    {
        var rows = new List<Row>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length > 0)
            {
                using var json = JsonDocument.Parse(line);
                rows.Add(Read(json.RootElement, perturb));
            }
        }

        return rows;
    }

    private static Row Read(JsonElement json, bool perturb)
    {
        var body = new ArrayBufferWriter<byte>();
        var texts = new List<PromptSpan>();
        var message = 0;
        if (json.TryGetProperty("system", out var system) && system.ValueKind is JsonValueKind.String)
        {
            Add(PromptRole.System, system.GetString()!);
        }

        var messages = json.GetProperty("messages");
        var last = messages.GetArrayLength() - 1;
        for (var i = 0; i <= last; i++)
        {
            var text = messages[i].GetProperty("content").GetString()!;
            Add(messages[i].GetProperty("role").GetString() switch { "assistant" => PromptRole.Assistant, "system" => PromptRole.System, _ => PromptRole.User },
                perturb && i == last ? Perturb(text) : text);
        }

        var tools = json.TryGetProperty("tools", out var list) && list.ValueKind is JsonValueKind.Array ? list : default;
        var toolBytes = tools.ValueKind is JsonValueKind.Array ? tools.GetRawText().Length : 0;
        var meta = json.GetProperty("meta");
        return new()
        {
            Id = json.GetProperty("id").GetString()!,
            Source = json.GetProperty("source").GetString()!,
            Category = meta.TryGetProperty("category", out var category) ? category.GetString() : null,
            Group = uint.Parse(meta.GetProperty("group").GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            Weak = Number(json, "weak_correct"),
            Strong = Number(json, "strong_correct"),
            Tiers = json.TryGetProperty("tier_scores", out var scores) ? Array.ConvertAll(Tiers, tier => scores.GetProperty(tier).GetDouble()) : null,
            Expected = json.TryGetProperty("expected_tier", out var expected)
                ? [.. expected.EnumerateArray().Select(tier => Array.IndexOf(Tiers, tier.GetString()))]
                : null,
            Body = body.WrittenSpan.ToArray(),
            Texts = [.. texts],
            ToolCount = toolBytes > 0 ? tools.GetArrayLength() : 0,
            PromptTokens = (body.WrittenCount + toolBytes + 3) / 4,
        };

        void Add(PromptRole role, string text)
        {
            var bytes = JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
            texts.Add(new(role, body.WrittenCount, bytes.Length, message++));
            body.Write(bytes);
        }
    }

    private static double? Number(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetDouble() : null;

    private static string Perturb(string text)
    {
        text = OptionMark().Replace(text, m => $"({m.Groups[1].Value.ToLowerInvariant()}) ");
        text = ClosingAnswer().Replace(text, "");
        text = PythonTag().Replace(text, "");
        text = LeadingTag().Replace(text, "");
        return Preface().Replace(text, "").Trim();
    }

    [GeneratedRegex(@"^([A-J])\. ", RegexOptions.Multiline)]
    private static partial Regex OptionMark();

    [GeneratedRegex(@"\s*\bAnswer:\s*$")]
    private static partial Regex ClosingAnswer();

    [GeneratedRegex(@"\[/?PYTHON\]\n?")]
    private static partial Regex PythonTag();

    [GeneratedRegex(@"^(Task|Q|Question):\s*")]
    private static partial Regex LeadingTag();

    [GeneratedRegex(@"^Please [^\n]{0,200}\n\s*Context: None\s*Question: ")]
    private static partial Regex Preface();
}
