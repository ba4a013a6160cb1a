using System.Text;
using HiWay.Domain.Privacy;

namespace HiWay.Web.Gateway.Shield;

/// <summary>
/// Looks for secrets in one text of a stream. Holds back only a tail that could still become a secret, at most as long as the longest
/// format, so that not a byte of one gets out.
/// </summary>
internal sealed class SecretWatch
{
    private const int ContextChars = 96;
    private const int MostHeld = 600;

    private string _context = "";
    private string _held = "";

    /// <summary>The secrets that were seen; null while there are none.</summary>
    public List<PiiFinding>? Found { get; private set; }

    /// <summary>SHA-256 of the text around them.</summary>
    public string FoundSha256 { get; private set; } = "";

    /// <returns>What can go out.</returns>
    public string Push(string text, bool final)
    {
        var pending = _held + text;
        var all = _context + pending;
        var bytes = Encoding.UTF8.GetBytes(all);
        var contextBytes = Encoding.UTF8.GetByteCount(_context);
        List<PiiFinding>? found = null;
        PiiScanner.Secrets.Scan(bytes, ref found);
        found?.RemoveAll(finding => finding.End <= contextBytes || (!final && pending.Length < MostHeld && SecretPrefix.MayBecomeOther(finding, bytes.AsSpan(finding.End))));
        if (found is { Count: > 0 })
        {
            Found = found;
            FoundSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
            _held = "";
            return "";
        }

        var keep = final ? 0 : SecretPrefix.LengthOfTail(all, pending.Length);
        keep = keep > MostHeld ? 0 : keep;
        var release = pending[..^keep];
        _held = pending[^keep..];
        var seen = _context + release;
        _context = seen.Length > ContextChars ? seen[^ContextChars..] : seen;
        return release;
    }
}
