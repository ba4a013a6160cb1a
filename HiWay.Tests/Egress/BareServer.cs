using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace HiWay.Tests.Egress;

/// <summary>Answers every request with the same bytes, in the given pieces, whatever they are.</summary>
internal sealed class BareServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _clientClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string[] _pieces;
    private readonly Task _serving;
    private int _connections;
    private int _requests;

    public BareServer(params string[] pieces)
    {
        _pieces = pieces;
        _listener.Start();
        _serving = ServeAsync();
    }

    public bool ClosesAfterEach { get; init; }

    /// <summary>A connection's later requests are read, and not answered: the connection ends.</summary>
    public int AnswersPerConnection { get; init; } = int.MaxValue;

    /// <summary>Between two pieces.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Speaks TLS when set.</summary>
    public X509Certificate2? Certificate { get; init; }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public int Connections => Volatile.Read(ref _connections);

    public int Requests => Volatile.Read(ref _requests);

    public string LastHead { get; private set; } = "";

    public byte[] LastBody { get; private set; } = [];

    /// <summary>The first answer has been sent, and received by the other side's system.</summary>
    public Task Asked => _asked.Task;

    public Task ClientClosed => _clientClosed.Task;

    /// <summary>A connection is closed at this end.</summary>
    public Task Closed => _closed.Task;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                open.Add(TalkAsync(client));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped, at whichever point of accepting.
        }

        await Task.WhenAll(open);
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                Stream stream = client.GetStream();
                if (Certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(Certificate);
                    stream = tls;
                }

                for (var answered = 0; await ReadRequestAsync(stream) && answered < AnswersPerConnection; answered++)
                {
                    foreach (var piece in _pieces)
                    {
                        await stream.WriteAsync(Encoding.Latin1.GetBytes(piece), _stop.Token);
                        await (Pause > TimeSpan.Zero ? Task.Delay(Pause, _stop.Token) : Task.CompletedTask);
                        await Task.Yield();
                    }

                    await UntilReceivedAsync(client.Client);
                    _asked.TrySetResult();
                    if (ClosesAfterEach)
                    {
                        break;
                    }
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException or AuthenticationException)
            {
            }

            _clientClosed.TrySetResult();
        }

        _closed.TrySetResult();
    }

    /// <summary>Until the other side's system has all of it; a write is over before that.</summary>
    private async Task UntilReceivedAsync(Socket socket)
    {
        const int tcp = 6, tcpInfo = 11, unacknowledged = 24, notSent = 144;   // struct tcp_info of linux/tcp.h
        var info = new byte[256];
        while (OperatingSystem.IsLinux() && socket.GetRawSocketOption(tcp, tcpInfo, info) > notSent && (BitConverter.ToInt32(info, unacknowledged) | BitConverter.ToInt32(info, notSent)) != 0)
        {
            await Task.Delay(1, _stop.Token);
        }
    }

    private async Task<bool> ReadRequestAsync(Stream stream)
    {
        var received = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var head = -1;
        while (true)
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return false;
            }

            received.Write(buffer, 0, read);
            var bytes = received.GetBuffer().AsSpan(0, (int)received.Length);
            head = head < 0 ? bytes.IndexOf("\r\n\r\n"u8) : head;
            if (head >= 0 && Body(Encoding.Latin1.GetString(bytes[..(head + 4)]), bytes[(head + 4)..]) is { } body)
            {
                Interlocked.Increment(ref _requests);
                (LastHead, LastBody) = (Encoding.Latin1.GetString(bytes[..(head + 4)]), body);
                return true;
            }
        }
    }

    /// <summary>Null while something is missing.</summary>
    private static byte[]? Body(string head, ReadOnlySpan<byte> rest)
    {
        if (!head.Contains("chunked", StringComparison.Ordinal))
        {
            var at = head.IndexOf("Content-Length: ", StringComparison.Ordinal);
            var length = at < 0 ? 0 : int.Parse(head.AsSpan(at + 16, head.IndexOf('\r', at) - at - 16), System.Globalization.CultureInfo.InvariantCulture);
            return rest.Length < length ? null : rest[..length].ToArray();
        }

        if (!rest.EndsWith("0\r\n\r\n"u8))
        {
            return null;
        }

        var body = new List<byte>();
        while (true)
        {
            var line = rest.IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(rest[..line]), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
            if (size == 0)
            {
                return [.. body];
            }

            body.AddRange(rest.Slice(line + 2, size));
            rest = rest[(line + 2 + size + 2)..];
        }
    }
}
