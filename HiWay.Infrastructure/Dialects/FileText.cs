using System.Text;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>The words of files that are text, for the APIs that take no such file but do take its words.</summary>
internal static class FileText
{
    /// <summary>Null when the file is not given inline, is no text by its type, or holds bytes that are none.</summary>
    public static string? Of(FilePart file)
    {
        var type = file.MediaType ?? MediaTypes.FromName(file.FileName) ?? "";
        var isText = type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" or "application/xml";
        if (!isText || file.Base64 is null)
        {
            return null;
        }

        try
        {
            return new UTF8Encoding(false, true).GetString(Convert.FromBase64String(file.Base64));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
