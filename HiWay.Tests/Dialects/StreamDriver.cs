using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Infrastructure.Dialects.Sse;

namespace HiWay.Tests.Dialects;

/// <summary>Feeds a stream to a reader in pieces of given sizes, as a network would.</summary>
internal static class StreamDriver
{
    public static void Run(byte[] stream, IEnumerable<int> sizes, IUpstreamStreamReader reader, bool closesEarly, StreamFraming framing = StreamFraming.ServerSentEvents)
    {
        var buffer = new List<byte>(stream.Length);
        var sse = new StreamEventReader(framing);
        try
        {
            var at = 0;
            foreach (var size in sizes)
            {
                var count = Math.Min(size, stream.Length - at);
                buffer.AddRange(stream.AsSpan(at, count));
                at += count;
                Drain(buffer, ref sse, reader);
                if (at == stream.Length)
                {
                    break;
                }
            }

            while (buffer.Count > 0 && sse.TryReadRest(buffer.ToArray(), out var rest))
            {
                Pass(rest, reader);
                buffer.RemoveRange(0, rest.Raw.Length);
            }

            if (!closesEarly)
            {
                reader.Closed();
            }
        }
        finally
        {
            sse.Dispose();
        }
    }

    public static IEnumerable<int> Whole => [int.MaxValue];

    public static IEnumerable<int> Forever(int size)
    {
        while (true)
        {
            yield return size;
        }
    }

    private static void Drain(List<byte> buffer, ref StreamEventReader sse, IUpstreamStreamReader reader)
    {
        var unread = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(buffer);
        var consumed = 0;
        while (sse.TryRead(unread[consumed..], out var found))
        {
            Pass(found, reader);
            consumed += found.Raw.Length;
        }

        buffer.RemoveRange(0, consumed);
    }

    private static void Pass(in SseEvent sse, IUpstreamStreamReader reader)
    {
        if (sse.HasData)
        {
            reader.Read(sse.Name, sse.Data);
        }
    }
}
