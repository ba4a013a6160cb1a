using System.Diagnostics.CodeAnalysis;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Addresses that carry their content: <c>data:image/png;base64,iVBOR…</c>.</summary>
internal static class DataUrl
{
    public static bool TryParse(string url, [NotNullWhen(true)] out string? mediaType, [NotNullWhen(true)] out string? base64)
    {
        mediaType = base64 = null;
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var comma = url.IndexOf(',');
        if (comma < 0)
        {
            return false;
        }

        var head = url.AsSpan(5, comma - 5);
        if (!head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        head = head[..^7];
        var parameters = head.IndexOf(';');
        mediaType = (parameters < 0 ? head : head[..parameters]).ToString();
        if (mediaType.Length == 0)
        {
            mediaType = "application/octet-stream";
        }

        base64 = url[(comma + 1)..];
        return true;
    }
}

/// <summary>Media types by the ending of a file name or address, for the upstreams that insist on one.</summary>
internal static class MediaTypes
{
    public static string? FromName(string? name)
    {
        if (name is null)
        {
            return null;
        }

        var end = name.AsSpan();
        var query = end.IndexOfAny('?', '#');
        end = query < 0 ? end : end[..query];
        var slash = end.LastIndexOf('/');
        end = end[(slash + 1)..];
        var dot = end.LastIndexOf('.');
        return dot < 0 ? null : end[(dot + 1)..].ToString().ToLowerInvariant() switch
        {
            "png" => "image/png",
            "jpg" or "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "heic" => "image/heic",
            "heif" => "image/heif",
            "pdf" => "application/pdf",
            "txt" or "md" or "log" => "text/plain",
            "csv" => "text/csv",
            "html" or "htm" => "text/html",
            "json" => "application/json",
            "xml" => "text/xml",
            "mp3" => "audio/mp3",
            "wav" => "audio/wav",
            "ogg" => "audio/ogg",
            "flac" => "audio/flac",
            "aac" => "audio/aac",
            "m4a" => "audio/m4a",
            "mp4" => "video/mp4",
            "mov" => "video/mov",
            "mpeg" or "mpg" => "video/mpeg",
            "webm" => "video/webm",
            _ => null,
        };
    }
}
