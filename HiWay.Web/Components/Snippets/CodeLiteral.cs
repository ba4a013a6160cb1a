using System.Globalization;
using System.Text;

namespace HiWay.Web.Components.Snippets;

/// <summary>Text as a literal of the languages that snippets are written in.</summary>
internal static class CodeLiteral
{
    /// <summary>A double-quoted string that means the same in JSON, Python, JavaScript and C#.</summary>
    /// <remarks>
    /// Only the escapes that all four share are used. U+2028 and U+2029 end a line in C#, so they are escaped too. Other
    /// characters stay as they are: an emoji written as two \u escapes would be two broken characters in Python.
    /// </remarks>
    internal static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>One argument of a POSIX shell, in which nothing is expanded.</summary>
    internal static string ShellQuoted(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>A number as all four languages read it.</summary>
    internal static string Number(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);
}
