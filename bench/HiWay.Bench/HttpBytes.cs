using System.Buffers.Text;

namespace HiWay.Bench;

/// <summary>The few things of HTTP/1.1 that both ends of the bench read.</summary>
internal static class HttpBytes
{
    /// <summary>The body's length as the head gives it; -1 when it gives none.</summary>
    public static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
        {
            at = head.IndexOf("\r\ncontent-length: "u8);
        }

        return at >= 0 && Utf8Parser.TryParse(head[(at + 18)..], out int length, out _) ? length : -1;
    }

    public static int Status(ReadOnlySpan<byte> head) => Utf8Parser.TryParse(head[9..], out int status, out _) ? status : 0;
}
