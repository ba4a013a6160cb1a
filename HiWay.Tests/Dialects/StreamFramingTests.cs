using System.Buffers.Binary;
using System.Text;
using HiWay.Infrastructure.Dialects.Framing;

namespace HiWay.Tests.Dialects;

/// <summary>Streams that are no server-sent events: AWS's binary frames, and JSON by lines.</summary>
public sealed class StreamFramingTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF43926u)]   // the check value of every description of CRC-32
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339u)]
    public void Checksum_IsTheOneOfZip(string text, uint expected) => Assert.Equal(expected, Crc32.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Frames_AreTheSame_HoweverTheNetworkCutsThem()
    {
        byte[] stream =
        [
            .. Frame("event", "messageStart", """{"role":"assistant"}"""),
            .. Frame("event", "contentBlockDelta", """{"delta":{"text":"Grüße"}}"""),
            .. Frame("exception", "throttlingException", """{"message":"slow down"}"""),
        ];
        string[] expected = ["messageStart {\"role\":\"assistant\"}", "contentBlockDelta {\"delta\":{\"text\":\"Grüße\"}}", "throttlingException {\"message\":\"slow down\"}"];

        for (var cut = 0; cut <= stream.Length; cut++)
        {
            Assert.Equal(expected, Events(StreamFraming.AwsEventStream, stream, [cut, int.MaxValue]));
        }

        Assert.Equal(expected, Events(StreamFraming.AwsEventStream, stream, Enumerable.Repeat(1, stream.Length)));
    }

    [Fact]
    public void ErrorFrame_TellsItsHeadersAsJson()
    {
        var frame = Frame([(":message-type", "error"), (":error-code", "InternalFailure"), (":error-message", "it \"broke\"")], "");

        Assert.Equal(["""error {"code":"InternalFailure","message":"it \"broke\""}"""], Events(StreamFraming.AwsEventStream, frame, [int.MaxValue]));
    }

    [Fact]
    public void EveryFlippedByte_IsNoticed()
    {
        var frame = Frame("event", "messageStop", """{"stopReason":"end_turn"}""");
        for (var at = 0; at < frame.Length; at++)
        {
            var broken = (byte[])frame.Clone();
            broken[at] ^= 0x20;
            Assert.Throws<InvalidDataException>(() => Events(StreamFraming.AwsEventStream, broken, [int.MaxValue]));
        }
    }

    [Theory]
    [InlineData(0x7FFFFFFFu, 0u)]
    [InlineData(16u, 100u)]
    [InlineData(3u, 0u)]
    [InlineData(300_000u, 200_000u)]
    public void ImpossibleLength_IsRefused_InsteadOfWaitedFor(uint length, uint headers)
    {
        var prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, length);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), Crc32.Of(prelude.AsSpan(0, 8)));

        Assert.Throws<InvalidDataException>(() => Events(StreamFraming.AwsEventStream, prelude, [int.MaxValue]));
    }

    [Fact]
    public void HalfAFrameAtTheEnd_IsNothing()
    {
        var frame = Frame("event", "messageStop", "{}");
        Assert.Empty(Events(StreamFraming.AwsEventStream, frame[..^1], [int.MaxValue]));
        Assert.Empty(Events(StreamFraming.AwsEventStream, frame[..5], [int.MaxValue]));
    }

    [Fact]
    public void Lines_AreTheSame_HoweverTheNetworkCutsThem_AndTheLastNeedsNoEnd()
    {
        var stream = Encoding.UTF8.GetBytes("{\"a\":\"ü\"}\r\n\n{\"b\":2}\n{\"done\":true}");
        string[] expected = [" {\"a\":\"ü\"}", " {\"b\":2}", " {\"done\":true}"];
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            Assert.Equal(expected, Events(StreamFraming.JsonLines, stream, [cut, int.MaxValue]));
        }

        Assert.Equal(expected, Events(StreamFraming.JsonLines, stream, Enumerable.Repeat(1, stream.Length)));
    }

    private static List<string> Events(StreamFraming framing, byte[] stream, IEnumerable<int> sizes)
    {
        var events = new List<string>();
        var reader = new StreamEventReader(framing);
        var (start, end) = (0, 0);
        foreach (var size in sizes)
        {
            end += Math.Min(size, stream.Length - end);
            while (reader.TryRead(stream.AsSpan(start, end - start), out var found))
            {
                Add(found.HasData, found.Name, found.Data);
                start += found.Raw.Length;
            }
        }

        while (reader.TryReadRest(stream.AsSpan(start), out var rest))
        {
            Add(rest.HasData, rest.Name, rest.Data);
            start += rest.Raw.Length;
        }

        reader.Dispose();
        return events;

        void Add(bool hasData, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
        {
            if (hasData)
            {
                events.Add($"{Encoding.UTF8.GetString(name)} {Encoding.UTF8.GetString(data)}");
            }
        }
    }

    private static byte[] Frame(string kind, string type, string payload) =>
        Frame([(":message-type", kind), (kind == "event" ? ":event-type" : ":exception-type", type), (":content-type", "application/json")], payload);

    /// <summary>A frame as AWS describes it; checksums by the framework's own zip code would need a package, so ours is checked above by known values.</summary>
    private static byte[] Frame(IReadOnlyList<(string Name, string Value)> headers, string payload)
    {
        var head = new List<byte> { 5, (byte)':', (byte)'d', (byte)'a', (byte)'t', (byte)'e', 8, 0, 0, 0, 0, 0, 0, 0, 1 };   // an instant, to be passed over
        foreach (var (name, value) in headers)
        {
            head.Add((byte)name.Length);
            head.AddRange(Encoding.UTF8.GetBytes(name));
            head.AddRange([7, (byte)(value.Length >> 8), (byte)value.Length]);
            head.AddRange(Encoding.UTF8.GetBytes(value));
        }

        var body = Encoding.UTF8.GetBytes(payload);
        var frame = new byte[12 + head.Count + body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), head.Count);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc32.Of(frame.AsSpan(0, 8)));
        head.CopyTo(frame, 12);
        body.CopyTo(frame, 12 + head.Count);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc32.Of(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }
}
