using System.Text;
using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Tests.Dialects;

public sealed class SseReaderTests
{
    private sealed record Seen(string Raw, string Name, string Data, bool HasData, string Id, int? RetryMs);

    [Theory]
    [InlineData("data: a\n\n", "a")]
    [InlineData("data: a\r\n\r\n", "a")]
    [InlineData("data: a\r\r", "a")]
    [InlineData("data:a\n\n", "a")]
    [InlineData("data:  a\n\n", " a")]
    [InlineData("data: a\ndata: b\n\n", "a\nb")]
    [InlineData("data\n\n", "")]
    [InlineData("data: a\n: comment\ndata: b\r\n\n", "a\nb")]
    [InlineData(": comment\n\ndata: a\n\n", "a")]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData("other: x\ndata: a\n\n", "a")]
    public void OneEvent_HasItsData(string stream, string data)
    {
        var found = Assert.Single(ReadAll(stream, int.MaxValue), one => one.HasData);
        Assert.Equal(data, found.Data);
    }

    [Fact]
    public void NameIdAndRetry_AreRead()
    {
        var one = Assert.Single(ReadAll("event: ping\nid: 7\nretry: 1500\ndata: {}\n\n", int.MaxValue));
        Assert.Equal(("ping", "7", 1500, "{}"), (one.Name, one.Id, one.RetryMs, one.Data));
    }

    [Theory]
    [InlineData("retry: 12x\n\n")]
    [InlineData("retry: -1\n\n")]
    [InlineData("retry:\n\n")]
    public void RetryThatIsNoNumber_IsIgnored(string stream) => Assert.Null(Assert.Single(ReadAll(stream, int.MaxValue)).RetryMs);

    [Fact]
    public void ACommentBlock_HasNoData_ButItsBytesAreHandedOut()
    {
        var blocks = ReadAll(": keep-alive\n\ndata: a\n\n", int.MaxValue);
        Assert.Equal([false, true], blocks.Select(block => block.HasData));
        Assert.Equal(": keep-alive\n\n", blocks[0].Raw);
    }

    [Theory]
    [InlineData("data: a\n\ndata: b\n\n")]
    [InlineData("data: a\r\n\r\n: ping\r\n\r\nevent: x\r\ndata: b\r\n\r\n\r\ndata: c\r\n\r\n")]
    [InlineData("data: a\r\rdata: b\r\r")]
    [InlineData("\uFEFFevent: é\ndata: ü\ndata: 漢字\n\n\n\ndata: b\n\n")]
    public void HoweverTheBytesArrive_TheEventsAreTheSame_AndTheRawBlocksAreTheStream(string stream)
    {
        var whole = ReadAll(stream, int.MaxValue).Where(one => one.HasData).Select(one => (one.Name, one.Data)).ToList();
        Assert.True(whole.Count > 1);
        for (var size = 1; size < Encoding.UTF8.GetByteCount(stream); size++)
        {
            var pieces = ReadAll(stream, size);
            Assert.Equal(whole, pieces.Where(one => one.HasData).Select(one => (one.Name, one.Data)));
            Assert.Equal(stream, string.Concat(pieces.Select(one => one.Raw)));
        }
    }

    [Fact]
    public void AnEventIsHandedOutAsSoonAsItsBlankLineIsThere()
    {
        var reader = new SseReader();
        Assert.False(reader.TryRead("data: a\r\n"u8, out _));
        Assert.False(reader.TryRead("data: a\r\n"u8, out _));
        Assert.True(reader.TryRead("data: a\r\n\r"u8, out var sse));
        Assert.Equal("data: a\r\n\r"u8, sse.Raw);

        // The rest of the cut line end belongs to the next block and means nothing.
        Assert.True(reader.TryRead("\ndata: b\n\n"u8, out sse));
        Assert.Equal("b"u8, sse.Data);
        Assert.Equal("\ndata: b\n\n"u8, sse.Raw);
    }

    [Fact]
    public void WithoutItsBlankLine_TheLastBlockIsHandedOutAtTheEnd()
    {
        var reader = new SseReader();
        Assert.False(reader.TryRead("data: [DONE]\n"u8, out _));
        Assert.True(reader.TryReadRest("data: [DONE]\n"u8, out var sse));
        Assert.Equal("[DONE]"u8, sse.Data);
        Assert.False(reader.TryReadRest([], out _));
    }

    [Fact]
    public void AHalfLineAtTheEnd_IsHandedOutToo()
    {
        var reader = new SseReader();
        Assert.True(reader.TryReadRest("data: {\"cut"u8, out var sse));
        Assert.Equal("{\"cut"u8, sse.Data);
    }

    [Fact]
    public void ABlockBeyondTheBound_IsRefused()
    {
        var reader = new SseReader(16);
        Assert.Throws<InvalidDataException>(() => { reader.TryRead("data: 0123456789abcdef"u8, out _); });
    }

    [Fact]
    public void ReadingAllocatesNothingPerEvent()
    {
        var stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("event: x\ndata: {\"a\":1}\n\n", 1000)));
        var reader = new SseReader();
        var events = Drain(ref reader, stream);     // warms up
        var before = GC.GetAllocatedBytesForCurrentThread();
        events += Drain(ref reader, stream);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2000, events);
    }

    private static int Drain(ref SseReader reader, ReadOnlySpan<byte> unread)
    {
        var events = 0;
        while (reader.TryRead(unread, out var sse))
        {
            events++;
            unread = unread[sse.Raw.Length..];
        }

        return events;
    }

    private static List<Seen> ReadAll(string stream, int pieceSize)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        var seen = new List<Seen>();
        var reader = new SseReader();
        var start = 0;
        for (var end = (int)Math.Min(bytes.Length, (long)pieceSize); ; end = (int)Math.Min(bytes.Length, end + (long)pieceSize))
        {
            while (reader.TryRead(bytes.AsSpan(start, end - start), out var sse))
            {
                start += sse.Raw.Length;
                seen.Add(Copy(sse));
            }

            if (end == bytes.Length)
            {
                break;
            }
        }

        while (reader.TryReadRest(bytes.AsSpan(start), out var rest))
        {
            start += rest.Raw.Length;
            seen.Add(Copy(rest));
        }

        reader.Dispose();
        return seen;
    }

    private static Seen Copy(in SseEvent sse) => new(
        Encoding.UTF8.GetString(sse.Raw), Encoding.UTF8.GetString(sse.Name), Encoding.UTF8.GetString(sse.Data), sse.HasData,
        Encoding.UTF8.GetString(sse.Id), sse.RetryMs);
}
