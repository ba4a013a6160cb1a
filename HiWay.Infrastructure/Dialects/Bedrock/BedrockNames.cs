using System.Security.Cryptography;
using System.Text;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>Respells what Converse takes in a narrower alphabet, the same way everywhere, so that a result still finds its call.</summary>
internal static class BedrockNames
{
    private const int MaxIdLength = 64;
    private const int MaxNameLength = 200;

    /// <summary>Ids of calls: letters, digits and <c>_.:-</c>, at most 64. A longer one is cut and told apart by its digest.</summary>
    public static string CallId(string id)
    {
        if (id.Length == 0)
        {
            return "call";
        }

        var safe = id.All(IsSafe) ? id : string.Create(id.Length, id, static (span, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                span[i] = IsSafe(from[i]) ? from[i] : '_';
            }
        });
        return safe.Length <= MaxIdLength ? safe : $"{safe[..47]}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..16]}";
    }

    /// <summary>Names of documents: letters, digits, hyphens, parentheses, brackets and single spaces; no two of one call the same.</summary>
    public static string Document(string? fileName, HashSet<string> taken)
    {
        var name = new StringBuilder();
        foreach (var one in Path.GetFileNameWithoutExtension(fileName ?? ""))
        {
            var kept = char.IsAsciiLetterOrDigit(one) || one is '-' or '(' or ')' or '[' or ']' ? one : ' ';
            if (kept != ' ' || (name.Length > 0 && name[^1] != ' '))
            {
                name.Append(kept);
            }
        }

        var stem = name.ToString().Trim();
        stem = stem.Length == 0 ? "document" : stem.Length > MaxNameLength - 8 ? stem[..(MaxNameLength - 8)].Trim() : stem;
        var free = stem;
        for (var i = 2; !taken.Add(free); i++)
        {
            free = $"{stem} {i}";
        }

        return free;
    }

    private static bool IsSafe(char one) => char.IsAsciiLetterOrDigit(one) || one is '_' or '.' or ':' or '-';
}
