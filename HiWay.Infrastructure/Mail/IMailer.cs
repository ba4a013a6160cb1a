namespace HiWay.Infrastructure.Mail;

/// <summary>Sends mail by SMTP, or writes it to the log when no server is set.</summary>
public interface IMailer
{
    /// <summary>Whether mail really leaves; pages then show links instead.</summary>
    bool Delivers { get; }

    /// <param name="text">Plain text; links on lines of their own.</param>
    Task SendAsync(string to, string subject, string text, CancellationToken cancellationToken);
}
