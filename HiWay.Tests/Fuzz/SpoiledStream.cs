using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Tests.Dialects;

namespace HiWay.Tests.Fuzz;

/// <summary>Streams whose framing is sound and whose events are not: one is changed, left out, sent twice or moved.</summary>
internal static class SpoiledStream
{
    public static byte[] OneEventOf(Recording recording, Random random)
    {
        var events = recording.Frames is { } frames ? Frames(frames)
            : recording.Framing is StreamFraming.JsonLines ? Blocks(recording.Stream, "\n")
            : Blocks(recording.Stream, "\n\n");
        var at = random.Next(events.Count);
        switch (random.Next(5))
        {
            case 0:
                events.RemoveAt(at);
                break;
            case 1:
                events.Insert(at, events[at]);
                break;
            case 2:
                var moved = events[at];
                events.RemoveAt(at);
                events.Insert(random.Next(events.Count + 1), moved);
                break;
            default:
                events[at] = events[at] with { Data = Mutation.OfJson(events[at].Data, random) };
                break;
        }

        using var stream = new MemoryStream();
        foreach (var one in events)
        {
            stream.Write(recording.Frames is null ? [.. one.Head, .. one.Data, .. one.Tail] : Frame(one.Head, one.Data));
        }

        return stream.ToArray();
    }

    /// <param name="Head">What stands before the data: field names, or a frame's headers.</param>
    private sealed record Piece(byte[] Head, byte[] Data, byte[] Tail);

    private static List<Piece> Blocks(byte[] stream, string separator)
    {
        var pieces = new List<Piece>();
        foreach (var block in Encoding.UTF8.GetString(stream).ReplaceLineEndings("\n").Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var data = block.IndexOf('{', StringComparison.Ordinal);
            data = data < 0 ? block.Length : data;
            pieces.Add(new(Encoding.UTF8.GetBytes(block[..data]), Encoding.UTF8.GetBytes(block[data..]), Encoding.UTF8.GetBytes(separator)));
        }

        return pieces;
    }

    private static List<Piece> Frames(JsonArray frames) =>
        [.. frames.Select(frame => new Piece(Headers(frame!["headers"]!.AsObject()), Encoding.UTF8.GetBytes(frame["payload"]!.ToJsonString()), []))];

    private static byte[] Headers(JsonObject headers)
    {
        using var bytes = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            var (key, text) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes((string)value!));
            bytes.Write([(byte)key.Length, .. key, 7, (byte)(text.Length >> 8), (byte)text.Length, .. text]);
        }

        return bytes.ToArray();
    }

    /// <summary>A frame of AWS's event stream with right lengths and checksums.</summary>
    private static byte[] Frame(byte[] headers, byte[] payload)
    {
        var frame = new byte[16 + headers.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc32.Of(frame.AsSpan(0, 8)));
        headers.CopyTo(frame, 12);
        payload.CopyTo(frame, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc32.Of(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }
}
