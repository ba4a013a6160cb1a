using System.Globalization;
using HiWay.Domain.Errors;

namespace HiWay.Web.Management;

/// <summary>Reads the query parameters of usage calls; the first one that is wrong becomes the refusal.</summary>
internal sealed class UsageRange(IQueryCollection query)
{
    public Refusal? Refusal { get; private set; }

    public string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>An instant with its offset (<c>2026-11-21T12:00:00Z</c>) or a UTC day (<c>2026-11-21</c>).</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        // In a query "+" reads as a blank, and few callers encode the one of an offset.
        text = text.Replace(' ', '+');
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day))
        {
            return day;
        }

        var hasOffset = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length;
        if (hasOffset && text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
        {
            return instant.ToUniversalTime();
        }

        Refuse(name, $"'{name}' is '{text}', not an instant with its offset such as 2026-11-21T12:00:00Z, nor a day such as 2026-11-21.");
        return null;
    }

    /// <summary>One of the names of an enum, in the API's spelling.</summary>
    public T OneOf<T>(string name, T missing, params ReadOnlySpan<T> allowed)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return missing;
        }

        var names = new List<string>();
        foreach (var value in allowed)
        {
            var known = value.ToString().ToLowerInvariant();
            if (known == text)
            {
                return value;
            }

            names.Add(known);
        }

        Refuse(name, $"'{name}' is '{text}', not one of {string.Join(", ", names)}.");
        return missing;
    }

    public void Refuse(string name, string message) => Refusal ??= new(RefusalKind.Invalid, message, name);
}
