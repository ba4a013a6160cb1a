using System.Net;
using System.Net.Mail;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Mail;

/// <summary>Section <c>Smtp</c>. Without a host nothing is sent and mails go to the log.</summary>
public sealed class SmtpOptions
{
    /// <summary>The server's name; null or empty switches sending off.</summary>
    public string? Host { get; set; }

    public int Port { get; set; } = 587;

    /// <summary>Upgrades the connection with STARTTLS before anything is said.</summary>
    public bool StartTls { get; set; } = true;

    /// <summary>Null sends without signing in.</summary>
    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>The sender; the server must accept it.</summary>
    public string From { get; set; } = "hiway@localhost";
}

internal sealed partial class Mailer(IOptionsMonitor<SmtpOptions> options, ILogger<Mailer> log) : IMailer
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public bool Delivers => !string.IsNullOrWhiteSpace(options.CurrentValue.Host);

    public async Task SendAsync(string to, string subject, string text, CancellationToken cancellationToken)
    {
        if (!Delivers)
        {
            // A person without a mail server still gets in: the link in this text is the only way to it.
            NotSent(to, subject, text);
            return;
        }

        var smtp = options.CurrentValue;
        using var client = new SmtpClient(smtp.Host, smtp.Port) { EnableSsl = smtp.StartTls };
        if (!string.IsNullOrEmpty(smtp.User))
        {
            client.Credentials = new NetworkCredential(smtp.User, smtp.Password);
        }

        using var mail = MailText.Write(smtp.From, to, subject, text);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        await client.SendMailAsync(mail, limit.Token);
        Sent(subject);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Smtp:Host is not set, so this mail stays here. To {To}: {Subject}\n{Text}")]
    private partial void NotSent(string to, string subject, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Mail sent: {Subject}")]
    private partial void Sent(string subject);
}
