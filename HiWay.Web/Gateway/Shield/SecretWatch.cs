using System.Text;
using HiWay.Domain.Privacy;

namespace HiWay.Web.Gateway.Shield;

/// <summary>
/// Looks for secrets in one text of a stream. Holds back only a tail that could still become a secret, at most as long as the longest
/// format, so that not a byte of one gets out.
/// </summary>
/// <param name="inJson">The text is itself JSON (a tool call's arguments): what it says is looked at, not how that is escaped.</param>
internal sealed class SecretWatch(bool inJson)
{
    private const int ContextChars = 96;

    /// <summary>No secret but a token in three parts is longer.</summary>
    private const int MostHeld = 600;
    private const int MostOfToken = 16 * 1024;

    private readonly List<int> _starts = [];
    private string _context = "";
    private string _held = "";

    /// <summary>The secrets that were seen; null while there are none.</summary>
    public List<PiiFinding>? Found { get; private set; }

    /// <summary>SHA-256 of the text around them.</summary>
    public string FoundSha256 { get; private set; } = "";

    /// <returns>What can go out.</returns>
    public string Push(string text, bool final)
    {
        var raw = _held + text;
        var escaped = inJson && raw.Contains('\\', StringComparison.Ordinal);
        _starts.Clear();
        var pending = escaped ? JsonEscapes.Unescape(raw, _starts) : raw;
        var all = _context + pending;
        var bytes = Encoding.UTF8.GetBytes(all);
        var keep = final ? 0 : HowMuchToKeep(all, pending.Length);
        if (Look(bytes, Encoding.UTF8.GetByteCount(_context), final, ref keep) is { } found)
        {
            Found = found;
            FoundSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
            _held = "";
            return "";
        }

        var ready = pending.Length - keep;
        var end = final ? raw.Length : !escaped ? ready : ready < _starts.Count ? _starts[ready] : AfterLast(raw);
        _held = raw[end..];
        var seen = all[..^keep];
        _context = seen.Length > ContextChars ? seen[^ContextChars..] : seen;
        return raw[..end];
    }

    /// <summary>What is held back never goes out.</summary>
    public void Forget() => _held = "";

    /// <summary>The secrets that are one whatever comes next; null when there are none. Those that may yet be none are kept whole.</summary>
    private static List<PiiFinding>? Look(ReadOnlySpan<byte> bytes, int from, bool final, ref int keep)
    {
        List<PiiFinding>? found = null;
        PiiScanner.Secrets.Scan(bytes, ref found);
        for (var i = (found?.Count ?? 0) - 1; i >= 0; i--)
        {
            var finding = found![i];
            if (finding.End <= from)
            {
                found.RemoveAt(i);
            }
            else if (!final && finding.Length < MostOfToken && SecretPrefix.MayBecomeOther(finding, bytes[finding.End..]))
            {
                keep = Math.Max(keep, Encoding.UTF8.GetCharCount(bytes[Math.Max(from, finding.Start)..]));
                found.RemoveAt(i);
            }
        }

        return found is { Count: > 0 } ? found : null;
    }

    private static int HowMuchToKeep(string text, int most)
    {
        var keep = SecretPrefix.LengthOfTail(text, most);
        return keep <= MostHeld ? keep : Math.Clamp(SecretPrefix.LengthOfOpenToken(text), MostHeld, Math.Min(most, MostOfToken));
    }

    /// <summary>Where an escape begins that is cut off at the end.</summary>
    private int AfterLast(string raw) =>
        _starts.Count == 0 ? 0 : _starts[^1] is var last && raw[last] == '\\' ? last + JsonEscapes.LengthAt(raw.AsSpan(last)) : last + 1;
}
