using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>Which pictures, documents, sounds and films Converse takes, in its own short words. They come as bytes or from S3; other addresses it does not call.</summary>
internal static class BedrockMedia
{
    /// <summary>Blocks that clients write in Converse's own form inside another dialect's messages: one member of these names.</summary>
    private static readonly HashSet<string> s_ownBlocks = ["image", "document", "video", "audio", "guardContent", "cachePoint", "searchResult"];

    public static bool IsReachable(string? base64, string? url) => base64 is not null || url?.StartsWith("s3://", StringComparison.Ordinal) == true;

    /// <summary>The picture's format; null when the API cannot have it.</summary>
    public static string? Image(ImagePart image) => !IsReachable(image.Base64, image.Url) ? null
        : (image.MediaType ?? MediaTypes.FromName(image.Url)) switch
        {
            "image/png" => "png",
            "image/jpeg" or "image/jpg" => "jpeg",
            "image/gif" => "gif",
            "image/webp" => "webp",
            _ => null,
        };

    /// <summary>The kind of block and the format; both empty for what the API does not take.</summary>
    public static (string Kind, string Format) File(FilePart file) => (file.MediaType ?? MediaTypes.FromName(file.FileName ?? file.Url)) switch
    {
        null or "application/pdf" => ("document", "pdf"),
        "text/csv" => ("document", "csv"),
        "text/html" => ("document", "html"),
        "text/markdown" => ("document", "md"),
        "application/msword" => ("document", "doc"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => ("document", "docx"),
        "application/vnd.ms-excel" => ("document", "xls"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => ("document", "xlsx"),
        "application/json" or "application/xml" => ("document", "txt"),
        "image/png" => ("image", "png"),
        "image/jpeg" or "image/jpg" => ("image", "jpeg"),
        "image/gif" => ("image", "gif"),
        "image/webp" => ("image", "webp"),
        "audio/mp3" or "audio/mpeg" => ("audio", "mp3"),
        "audio/wav" or "audio/x-wav" => ("audio", "wav"),
        "audio/aac" => ("audio", "aac"),
        "audio/flac" => ("audio", "flac"),
        "audio/ogg" => ("audio", "ogg"),
        "audio/m4a" or "audio/mp4" => ("audio", "m4a"),
        "video/mp4" => ("video", "mp4"),
        "video/quicktime" or "video/mov" => ("video", "mov"),
        "video/webm" => ("video", "webm"),
        "video/mpeg" => ("video", "mpeg"),
        "video/x-matroska" => ("video", "mkv"),
        var text when text.StartsWith("text/", StringComparison.Ordinal) => ("document", "txt"),
        _ => ("", ""),
    };

    public static bool IsOwnBlock(JsonElement block)
    {
        if (block.ValueKind is not JsonValueKind.Object)
        {
            return false;
        }

        var members = block.EnumerateObject();
        return members.MoveNext() && s_ownBlocks.Contains(members.Current.Name) && members.Current.Value.ValueKind is JsonValueKind.Object && !members.MoveNext();
    }
}
