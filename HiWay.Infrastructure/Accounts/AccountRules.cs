using System.Net.Mail;
using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Accounts;

/// <summary>What names and addresses may look like; the same for pages and API.</summary>
internal static class AccountRules
{
    public const int MaxWorkspaceNameLength = 80;

    /// <summary>RFC 5321, section 4.5.3.1.3 less the brackets.</summary>
    private const int MaxEmailLength = 254;

    public static Outcome<string> Email(string? text, string param = "email")
    {
        var email = text?.Trim() ?? "";
        return email.Length is > 0 and <= MaxEmailLength
            && MailAddress.TryCreate(email, out var address) && address.Address == email && address.Host.Length > 0
            && !email.Any(char.IsWhiteSpace)
            ? email
            : new Refusal(RefusalKind.Invalid, "Enter an e-mail address such as name@example.com.", param);
    }

    public static Outcome<string> WorkspaceName(string? text, string param = "name")
    {
        var name = text?.Trim() ?? "";
        return name.Length is > 0 and <= MaxWorkspaceNameLength && !name.Any(char.IsControl)
            ? name
            : new Refusal(RefusalKind.Invalid, $"Give the workspace a name of 1 to {MaxWorkspaceNameLength} characters.", param);
    }
}
