using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace HiWay.Tests.Harness;

/// <summary>A mail that was handed over.</summary>
/// <param name="Data">Headers and body as they came, lines ending in <c>\r\n</c>.</param>
public sealed partial record SeenMail(string From, string To, string Data)
{
    /// <summary>As a mail reader shows it: folded lines in one, encoded words (RFC 2047) decoded.</summary>
    public string Subject => EncodedWord().Replace(
        BetweenWords().Replace(Header("Subject"), ""),
        word => Encoding.GetEncoding(word.Groups["set"].Value).GetString(
            word.Groups["how"].Value is "B" or "b" ? Convert.FromBase64String(word.Groups["text"].Value) : Unquote(word.Groups["text"].Value.Replace('_', ' '))));

    /// <summary>The body as a mail reader shows it, lines ending in <c>\n</c>.</summary>
    public string Text
    {
        get
        {
            var raw = Data[(Data.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            var text = Header("Content-Transfer-Encoding").ToLowerInvariant() switch
            {
                "quoted-printable" => Encoding.UTF8.GetString(Unquote(raw.Replace("=\r\n", "", StringComparison.Ordinal))),
                "base64" => Encoding.UTF8.GetString(Convert.FromBase64String(raw.ReplaceLineEndings(""))),
                _ => raw,
            };
            return text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        }
    }

    /// <summary>The path of the first link in the text.</summary>
    public string LinkPath => new Uri(FirstLink().Match(Text).Value).PathAndQuery;

    /// <summary>As it came: a failing assertion shows what a mail server saw.</summary>
    public override string ToString() => Data;

    public string Header(string name)
    {
        var head = Data[..Data.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", " ", StringComparison.Ordinal);
        return head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..].Trim() ?? "";
    }

    private static byte[] Unquote(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=')
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.Add((byte)text[i]);
            }
        }

        return [.. bytes];
    }

    [GeneratedRegex(@"=\?(?<set>[^?]+)\?(?<how>[BbQq])\?(?<text>[^?]*)\?=")]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"(?<=\?=)\s+(?==\?)")]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex FirstLink();
}

/// <summary>A mail server on a real port that takes everything and keeps it (RFC 5321, as much of it as a client without extensions uses).</summary>
public sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentQueue<SeenMail> _mails = new();
    private readonly Task _running;

    private MailServer()
    {
        _listener.Start();
        _running = AcceptAsync();
    }

    public IReadOnlyList<SeenMail> Mails => [.. _mails];

    /// <summary>What makes HiWay use it.</summary>
    public (string Key, string Value)[] Settings =>
        [("Smtp:Host", "127.0.0.1"), ("Smtp:Port", ((IPEndPoint)_listener.LocalEndpoint).Port.ToString()), ("Smtp:StartTls", "false"), ("Smtp:From", "hiway@example.com")];

    public static MailServer Start() => new();

    /// <summary>Waits for the first mail.</summary>
    public async Task<SeenMail> SeesAsync()
    {
        for (var patience = Stopwatch.StartNew(); _mails.IsEmpty;)
        {
            Assert.True(patience.Elapsed < Patience.Limit, "No mail came.");
            await Task.Delay(5);
        }

        return _mails.First();
    }

    /// <summary>Waits for mails to an address and gives back the newest.</summary>
    /// <param name="count">How many there must be, of those that came.</param>
    public async Task<SeenMail> SeesAsync(string to, string subject, int count = 1)
    {
        SeenMail[] Fitting() => [.. _mails.Where(mail => mail.To == to && mail.Subject.Contains(subject, StringComparison.Ordinal))];
        await Patience.UntilAsync(() => Fitting().Length >= count, $"{count} mails to {to} about '{subject}'");
        return Fitting()[^1];
    }

    public async ValueTask DisposeAsync()
    {
        // In this order: a listener that is stopped between two connections is no longer one that can be asked for the next.
        await _over.CancelAsync();
        await _running;
        _listener.Stop();
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_over.Token);
                try
                {
                    await TalkAsync(client);
                }
                catch (IOException)
                {
                    // Hung up: the next one is served all the same.
                }
            }
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 test");
        var (from, to) = ("", "");
        while (await reader.ReadLineAsync(_over.Token) is { } line)
        {
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "MAIL":
                    from = Address(line);
                    break;
                case "RCPT":
                    to = Address(line);
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    var data = new StringBuilder();
                    while (await reader.ReadLineAsync(_over.Token) is { } part and not ".")
                    {
                        data.Append(part.StartsWith("..", StringComparison.Ordinal) ? part[1..] : part).Append("\r\n");
                    }

                    _mails.Enqueue(new(from, to, data.ToString()));
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
            }

            await writer.WriteLineAsync("250 ok");
        }
    }

    private static string Address(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
}
