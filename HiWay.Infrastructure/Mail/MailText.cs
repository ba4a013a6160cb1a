using System.Net.Mail;
using System.Net.Mime;
using System.Text;

namespace HiWay.Infrastructure.Mail;

/// <summary>Makes a mail of plain text that every reader shows as it was written.</summary>
internal static class MailText
{
    /// <summary>RFC 5322, section 2.1.1: a line of a mail has at most 998 characters.</summary>
    private const int MaxLineLength = 998;

    /// <param name="subject">One line; line breaks in it become spaces.</param>
    /// <param name="text">Lines end in <c>\n</c> or <c>\r\n</c>.</param>
    public static MailMessage Write(string from, string to, string subject, string text)
    {
        // A mail's lines end in CRLF. Of a bare LF the framework thinks as of any other control character: it arrives as "=0A".
        var body = text.ReplaceLineEndings("\r\n");
        var mail = new MailMessage(from, to)
        {
            Subject = subject.ReplaceLineEndings(" "),
            SubjectEncoding = Encoding.UTF8,
            Body = body,
            BodyEncoding = Encoding.UTF8,
            // As it is wherever it may be, so that a link stays in one piece even for who reads the source. Else base64: the framework's
            // quoted-printable writes line ends as =0D=0A, which RFC 2045, section 6.7 forbids for text.
            BodyTransferEncoding = Ascii.IsValid(body) && body.Split("\r\n").All(line => line.Length <= MaxLineLength) ? TransferEncoding.SevenBit : TransferEncoding.Base64,
        };
        mail.Headers.Add("Message-ID", $"<{Guid.NewGuid():N}@{mail.From!.Host}>");
        mail.Headers.Add("Auto-Submitted", "auto-generated");   // RFC 3834: holiday notices stay away
        return mail;
    }
}
