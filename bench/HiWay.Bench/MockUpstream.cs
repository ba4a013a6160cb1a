using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HiWay.Bench;

/// <summary>
/// A provider that costs next to nothing: it reads a request to its end, looks for a marker in it and writes bytes that were made beforehand.
/// <c>#stream</c>: 64 events, one every 20 ms, in Anthropic's dialect where that was asked; <c>#hold</c>: eight events and then silence until the client leaves; else one JSON answer.
/// </summary>
internal static class MockUpstream
{
    public const int ChunksPerStream = 64;

    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(20);

    private static readonly byte[] Answer = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + AnswerBody.Length.ToString(CultureInfo.InvariantCulture) + "\r\n\r\n" + AnswerBody);

    private static readonly byte[] StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();

    private static readonly byte[][] Events = [.. Enumerable.Range(0, ChunksPerStream).Select(Event)];

    private static readonly byte[][] MessageEvents = [.. Enumerable.Range(0, ChunksPerStream).Select(MessageEvent)];

    private static readonly byte[] MessageEnd =
    [
        .. Message("content_block_stop", "\"index\":0"),
        .. Message("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":64}"),
        .. Message("message_stop", ""), .. "0\r\n\r\n"u8,
    ];

    private static readonly byte[] StreamEnd = [.. Chunk("data: " + Object("\"choices\":[],\"usage\":{\"prompt_tokens\":480,\"completion_tokens\":64,\"total_tokens\":544}") + "\n\n"), .. Chunk("data: [DONE]\n\n"), .. "0\r\n\r\n"u8];

    private static string AnswerBody =>
        """{"id":"chatcmpl-bench","object":"chat.completion","created":1760000000,"model":"m1","choices":[{"index":0,"message":{"role":"assistant","content":""" + "\""
        + string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog. ", 12)) + "\""
        + """},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":480,"completion_tokens":120,"total_tokens":600}}""";

    public static async Task RunAsync(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(4096);
        while (true)
        {
            var client = await listener.AcceptAsync();
            client.NoDelay = true;
            _ = ServeAsync(client);
        }
    }

    private static async Task ServeAsync(Socket client)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        try
        {
            while (true)
            {
                int end;
                while ((end = RequestEnd(buffer.AsSpan(0, filled))) < 0)
                {
                    if (filled == buffer.Length)
                    {
                        Array.Resize(ref buffer, buffer.Length * 2);
                    }

                    var read = await client.ReceiveAsync(buffer.AsMemory(filled));
                    if (read == 0)
                    {
                        return;
                    }

                    filled += read;
                }

                var streams = buffer.AsSpan(0, end).IndexOf("#stream"u8) >= 0;
                var messages = buffer.AsSpan(0, end).StartsWith("POST /v1/messages"u8);
                var holds = buffer.AsSpan(0, end).IndexOf("#hold"u8) >= 0;
                buffer.AsSpan(end, filled - end).CopyTo(buffer);
                filled -= end;
                if (streams)
                {
                    await (messages ? StreamAsync(client, MessageEvents, MessageEnd) : StreamAsync(client, Events, StreamEnd));
                }
                else if (holds)
                {
                    await HoldAsync(client);
                    return;
                }
                else
                {
                    await client.SendAsync(Answer);
                }
            }
        }
        catch (SocketException)
        {
            // The client left; there is nobody to tell.
        }
        finally
        {
            client.Dispose();
        }
    }

    private static async Task StreamAsync(Socket client, byte[][] events, byte[] ending)
    {
        await client.SendAsync(StreamHead);
        await client.SendAsync(events[0]);
        for (var i = 1; i < ChunksPerStream; i++)
        {
            await Task.Delay(Gap);
            await client.SendAsync(events[i]);
        }

        await client.SendAsync(ending);
    }

    private static async Task HoldAsync(Socket client)
    {
        await client.SendAsync(StreamHead);
        for (var i = 0; i < 8; i++)
        {
            await client.SendAsync(Events[i]);
            await Task.Delay(Gap);
        }

        await client.ReceiveAsync(new byte[1]);   // ends when the client leaves
    }

    /// <summary>Where the first request ends; -1 while it is not all there.</summary>
    private static int RequestEnd(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return -1;
        }

        var body = head + 4;
        var length = HttpBytes.ContentLength(bytes[..body]);
        if (length >= 0)
        {
            return bytes.Length >= body + length ? body + length : -1;
        }

        var last = bytes[body..].IndexOf("0\r\n\r\n"u8);
        return last < 0 ? -1 : body + last + 5;
    }

    private static byte[] Event(int i) => Chunk(
        "data: " + Object($$"""
        "choices":[{"index":0,"delta":{{{(i == 0 ? "\"role\":\"assistant\"," : "")}}"content":" word{{i}}"},"logprobs":null,"finish_reason":{{(i == ChunksPerStream - 1 ? "\"stop\"" : "null")}}}]
        """) + "\n\n");

    private static byte[] MessageEvent(int i)
    {
        var delta = Message("content_block_delta", $$""" "index":0,"delta":{"type":"text_delta","text":" word{{i}}"}""");
        return i > 0 ? delta :
        [
            .. Message("message_start", """ "message":{"id":"msg_bench","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":480,"output_tokens":1}}"""),
            .. Message("content_block_start", """ "index":0,"content_block":{"type":"text","text":""}"""), .. delta,
        ];
    }

    private static byte[] Message(string type, string rest) =>
        Chunk($"event: {type}\ndata: {{\"type\":\"{type}\"{(rest.Length > 0 ? "," : "")}{rest}}}\n\n");

    private static string Object(string rest) =>
        """{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"m1","service_tier":"default","system_fingerprint":"fp_bench",""" + rest.Trim() + "}";

    private static byte[] Chunk(string text) => Encoding.ASCII.GetBytes(Encoding.ASCII.GetByteCount(text).ToString("x", CultureInfo.InvariantCulture) + "\r\n" + text + "\r\n");
}
