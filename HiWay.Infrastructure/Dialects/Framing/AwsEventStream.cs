using System.Buffers.Binary;
using System.Text;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Infrastructure.Dialects.Framing;

/// <summary>
/// AWS's event stream encoding: a prelude (length of the frame, length of its headers, checksum of both), headers, a payload, and a checksum of
/// all before it; numbers are big-endian (smithy.io, "Event stream encoding").
/// </summary>
/// <remarks>
/// An event's name is its <c>:event-type</c>, an exception's its <c>:exception-type</c> (which ends in <c>Exception</c>). A message of type
/// <c>error</c> has no payload; it is handed out as the event <c>error</c> with code and words as JSON.
/// </remarks>
internal static class AwsEventStream
{
    private const int PreludeBytes = 12;
    private const int ChecksumBytes = 4;

    /// <summary>The encoding's own limits: 128 KB of headers, 24 MB of payload.</summary>
    private const int MaxHeaderBytes = 128 * 1024;

    private const int MaxFrameBytes = 24 * 1024 * 1024;

    /// <exception cref="InvalidDataException">A length is impossible or a checksum is wrong; nothing after it can be trusted.</exception>
    public static bool TryRead(ReadOnlySpan<byte> buffer, out SseEvent found)
    {
        found = default;
        if (buffer.Length < PreludeBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(buffer);
        var headerBytes = BinaryPrimitives.ReadUInt32BigEndian(buffer[4..]);

        // Checked before the length is believed: a wrong one would make us wait for bytes that never come.
        Check(buffer[..8], buffer[8..]);
        if (headerBytes > MaxHeaderBytes || length > MaxFrameBytes || length < PreludeBytes + headerBytes + ChecksumBytes)
        {
            throw new InvalidDataException($"An event stream frame of {length} bytes with {headerBytes} bytes of headers is not possible.");
        }

        if (buffer.Length < length)
        {
            return false;
        }

        var frame = buffer[..(int)length];
        Check(frame[..^ChecksumBytes], frame[^ChecksumBytes..]);
        var headers = frame.Slice(PreludeBytes, (int)headerBytes);
        found = Event(frame, headers, frame[(PreludeBytes + (int)headerBytes)..^ChecksumBytes]);
        return true;
    }

    private static SseEvent Event(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> kind = default, eventType = default, exceptionType = default, code = default, message = default;
        while (headers.Length > 0)
        {
            var name = Take(ref headers, Take(ref headers, 1)[0]);
            var value = TakeValue(ref headers);
            if (name.SequenceEqual(":message-type"u8))
            {
                kind = value;
            }
            else if (name.SequenceEqual(":event-type"u8))
            {
                eventType = value;
            }
            else if (name.SequenceEqual(":exception-type"u8))
            {
                exceptionType = value;
            }
            else if (name.SequenceEqual(":error-code"u8))
            {
                code = value;
            }
            else if (name.SequenceEqual(":error-message"u8))
            {
                message = value;
            }
        }

        if (kind.SequenceEqual("error"u8))
        {
            var told = Encoding.UTF8.GetBytes(
                $"{{\"code\":\"{Encoding.UTF8.GetString(JsonText.Encode(code))}\",\"message\":\"{Encoding.UTF8.GetString(JsonText.Encode(message))}\"}}");
            return new() { Raw = frame, Name = "error"u8, Data = told, HasData = true };
        }

        var isException = kind.SequenceEqual("exception"u8);
        return new() { Raw = frame, Name = isException ? exceptionType : eventType, Data = payload.Length > 0 ? payload : "{}"u8, HasData = true };
    }

    /// <summary>A header's value; the sizes of its ten types are fixed or stand before it. Only texts are of interest here.</summary>
    private static ReadOnlySpan<byte> TakeValue(scoped ref ReadOnlySpan<byte> headers) => Take(ref headers, 1)[0] switch
    {
        0 or 1 => default,                                                                                  // true, false
        2 => Take(ref headers, 1),
        3 => Take(ref headers, 2),
        4 => Take(ref headers, 4),
        5 or 8 => Take(ref headers, 8),                                                                     // long, instant
        6 or 7 => Take(ref headers, BinaryPrimitives.ReadUInt16BigEndian(Take(ref headers, 2))),            // bytes, text
        9 => Take(ref headers, 16),                                                                         // uuid
        var type => throw new InvalidDataException($"An event stream header has the unknown type {type}."),
    };

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> from, int count)
    {
        if (count > from.Length)
        {
            throw new InvalidDataException("An event stream header is longer than its frame.");
        }

        var taken = from[..count];
        from = from[count..];
        return taken;
    }

    private static void Check(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> checksum)
    {
        if (Crc32.Of(bytes) != BinaryPrimitives.ReadUInt32BigEndian(checksum))
        {
            throw new InvalidDataException("An event stream frame does not match its checksum.");
        }
    }
}
