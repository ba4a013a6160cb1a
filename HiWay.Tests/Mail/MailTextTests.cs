using HiWay.Infrastructure.Mail;
using HiWay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HiWay.Tests.Mail;

/// <summary>How a mail arrives, byte for byte, at the server that takes it.</summary>
public sealed class MailTextTests
{
    private const string Link = "https://hiway.example.com/reset-password?email=ada%40example.com&token=CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

    [Fact]
    public async Task PlainText_ArrivesAsItIs_WithItsLinesAndItsLinkInOnePiece()
    {
        var seen = await SendAsync("Reset your password", $"Two lines.\n.one begins with a dot\n\n{Link}\n");

        Assert.Contains($"\r\n\r\nTwo lines.\r\n.one begins with a dot\r\n\r\n{Link}\r\n", seen.Data, StringComparison.Ordinal);
        Assert.DoesNotContain("=0A", seen.Data, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Subject: Reset your password\r\n", seen.Data, StringComparison.Ordinal);
        Assert.StartsWith("text/plain", seen.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Matches("^<[0-9a-f]{32}@example.com>$", seen.Header("Message-ID"));
    }

    [Theory]
    [InlineData("Zürich, 東京 and Кёльн")]
    [InlineData("🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀")]
    [InlineData("東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京")]
    public async Task NamesInAnyScript_ReadWell_InSubjectAndText(string name)
    {
        var text = $"You are invited to {name}.\nSecond line = with signs?\n";
        var seen = await SendAsync($"You are invited to {name} on HiWay", text);

        Assert.Equal($"You are invited to {name} on HiWay", seen.Subject);
        Assert.Equal(text, seen.Text);
        Assert.All(seen.Data.Split("\r\n"), line => Assert.True(line.Length <= 998 && line.All(char.IsAscii), $"A line that a mail server may refuse: {line}"));
        Assert.DoesNotContain("=0A", seen.Data, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task LineBreaksInASubject_AddNoHeaders()
    {
        var seen = await SendAsync("Hello\r\nBcc: somebody@example.com", "Text\r\nwith both\nkinds of line ends");

        Assert.Equal("Hello Bcc: somebody@example.com", seen.Subject);
        Assert.Equal("", seen.Header("Bcc"));
        Assert.Equal("Text\nwith both\nkinds of line ends\n", seen.Text);
    }

    [Fact]
    public async Task VeryLongLine_IsCutForTheWay_AndWholeAgainAtItsEnd()
    {
        var text = new string('x', 5000) + "\n";
        var seen = await SendAsync("Long", text);

        Assert.Equal(text, seen.Text);
        Assert.All(seen.Data.Split("\r\n"), line => Assert.True(line.Length <= 998));
    }

    private static async Task<SeenMail> SendAsync(string subject, string text)
    {
        await using var server = MailServer.Start();
        var settings = server.Settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        var options = new SmtpOptions { Host = settings["Smtp:Host"], Port = int.Parse(settings["Smtp:Port"]), StartTls = false, From = settings["Smtp:From"] };
        await new Mailer(new Fixed(options), NullLogger<Mailer>.Instance).SendAsync("ada@example.com", subject, text, CancellationToken.None);
        return await server.SeesAsync();
    }

    private sealed class Fixed(SmtpOptions value) : IOptionsMonitor<SmtpOptions>
    {
        public SmtpOptions CurrentValue => value;

        public SmtpOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<SmtpOptions, string?> listener) => null;
    }
}
