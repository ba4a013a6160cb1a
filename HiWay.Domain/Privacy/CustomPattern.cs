using System.Text;
using System.Text.RegularExpressions;

namespace HiWay.Domain.Privacy;

/// <summary>A workspace's own pattern ran longer than it may; the text is not known to be clean.</summary>
public sealed class PatternTooSlowException(string pattern) : Exception($"The custom pattern '{pattern}' took longer than its time.")
{
    public string Pattern { get; } = pattern;
}

/// <summary>
/// A workspace's own named pattern. It runs on an automaton that needs time in proportion to the text where the expression allows
/// that, and under a time limit in any case.
/// </summary>
public sealed class CustomPattern
{
    /// <summary>Time for one text, for expressions whose work can explode.</summary>
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromMilliseconds(250);

    /// <summary>For those whose work grows with the text alone; only a machine that is worn out gets there.</summary>
    private static readonly TimeSpan s_linearTimeLimit = TimeSpan.FromSeconds(2);

    private readonly Regex _regex;

    private CustomPattern(string name, Regex regex) => (Name, _regex) = (name, regex);

    public string Name { get; }

    /// <exception cref="ArgumentException">The expression is not one, or matches the empty text.</exception>
    public static CustomPattern Parse(string name, string pattern)
    {
        Regex regex;
        try
        {
            regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, s_linearTimeLimit);
        }
        catch (NotSupportedException)
        {
            regex = new Regex(pattern, RegexOptions.CultureInvariant, s_timeLimit); // look-around, back-references
        }

        if (regex.IsMatch(""))
        {
            throw new ArgumentException("The pattern matches the empty text, so it would match everywhere.");
        }

        return new(name, regex);
    }

    internal static void Scan(IReadOnlyList<CustomPattern> patterns, ReadOnlySpan<byte> text, ref List<PiiFinding>? found)
    {
        var chars = Encoding.UTF8.GetString(text);
        foreach (var pattern in patterns)
        {
            pattern.Scan(chars, ref found);
        }
    }

    private void Scan(string text, ref List<PiiFinding>? found)
    {
        try
        {
            var (chars, bytes) = (0, 0);
            foreach (var match in _regex.EnumerateMatches(text))
            {
                if (match.Length == 0)
                {
                    continue;
                }

                bytes += Encoding.UTF8.GetByteCount(text.AsSpan(chars, match.Index - chars));
                var length = Encoding.UTF8.GetByteCount(text.AsSpan(match.Index, match.Length));
                var finding = new PiiFinding(bytes, length, PiiFamily.Custom, Name);
                chars = match.Index + match.Length;
                bytes += length;
                if (!Overlaps(found, finding))
                {
                    PiiScanner.Add(ref found, finding);
                }
            }
        }
        catch (RegexMatchTimeoutException)
        {
            throw new PatternTooSlowException(Name);
        }
    }

    private static bool Overlaps(List<PiiFinding>? found, PiiFinding finding) =>
        found?.Exists(other => other.Start < finding.End && finding.Start < other.End) is true;
}
