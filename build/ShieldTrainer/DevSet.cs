using System.Text;
using System.Text.Json;
using HiWay.Domain.Shield;

namespace HiWay.ShieldTrainer;

/// <summary>One prompt of a training set.</summary>
/// <param name="Noisy">Its label is debatable: it trains with less weight and is not judged.</param>
/// <param name="Extra">Written for HiWay to balance languages; trains, is not judged.</param>
internal sealed record DevRow(string Id, bool Attack, string Text, string Category, bool Noisy, bool Extra = false)
{
    internal int Fold { get; set; }

    internal byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Text);

    internal ThreatType Kind => Category.Contains("extraction", StringComparison.Ordinal) ? ThreatType.PromptExtraction
        : Category.StartsWith("jailbreak", StringComparison.Ordinal) || Category.StartsWith("adversarial", StringComparison.Ordinal) ? ThreatType.Jailbreak
        : ThreatType.PromptInjection;
}

internal static class DevSet
{
    internal const int Folds = 5;

    internal static List<DevRow> Load(string path, bool extra = false)
    {
        var rows = File.ReadLines(path).Where(line => line.Length > 0).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            return new DevRow(
                row.GetProperty("id").GetString()!, row.GetProperty("label").GetString() == "attack", row.GetProperty("text").GetString()!,
                row.TryGetProperty("category", out var category) ? category.GetString()! : "", row.TryGetProperty("noisy", out var noisy) && noisy.GetBoolean(), extra);
        }).ToList();
        return rows;
    }

    /// <summary>
    /// Puts every group of near-duplicates (half of the shorter text's runs of three words are in the other) into one fold, so that no
    /// text is judged by weights that have seen its twin.
    /// </summary>
    internal static void AssignFolds(List<DevRow> rows)
    {
        var shingles = rows.ConvertAll(Shingles);
        var parent = Enumerable.Range(0, rows.Count).ToArray();
        var byShingle = new Dictionary<int, List<int>>();
        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var shingle in shingles[i])
            {
                (byShingle.TryGetValue(shingle, out var list) ? list : byShingle[shingle] = []).Add(i);
            }
        }

        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var (other, shared) in shingles[i].SelectMany(shingle => byShingle[shingle]).Where(other => other > i).GroupBy(other => other).Select(group => (group.Key, group.Count())))
            {
                if (2 * shared >= Math.Min(shingles[i].Count, shingles[other].Count))
                {
                    parent[Root(parent, other)] = Root(parent, i);
                }
            }
        }

        // The largest groups first, each to the fold that has least of its kind.
        var load = new int[Folds, 2];
        foreach (var group in Enumerable.Range(0, rows.Count).GroupBy(i => Root(parent, i)).OrderByDescending(group => group.Count()).ThenBy(group => group.Key))
        {
            var label = rows[group.Key].Attack ? 1 : 0;
            var fold = Enumerable.Range(0, Folds).OrderBy(f => load[f, label]).ThenBy(f => f).First();
            foreach (var i in group)
            {
                rows[i].Fold = fold;
                load[fold, rows[i].Attack ? 1 : 0]++;
            }
        }
    }

    private static int Root(int[] parent, int i)
    {
        while (parent[i] != i)
        {
            i = parent[i] = parent[parent[i]];
        }

        return i;
    }

    private static HashSet<int> Shingles(DevRow row)
    {
        var words = row.Text.ToLowerInvariant().Split([' ', '\n', '\t', '.', ',', '?', '!', '"', '\'', ':', ';', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        var found = new HashSet<int>();
        for (var i = 0; i < Math.Max(1, words.Length - 2); i++)
        {
            var hash = 17;
            for (var j = i; j < Math.Min(i + 3, words.Length); j++)
            {
                foreach (var c in words[j])
                {
                    hash = (hash * 31) + c;
                }

                hash = (hash * 31) + 7;
            }

            found.Add(hash);
        }

        return found;
    }
}
