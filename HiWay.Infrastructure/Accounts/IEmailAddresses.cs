using HiWay.Domain.Errors;

namespace HiWay.Infrastructure.Accounts;

/// <summary>How things stand with a user's address.</summary>
/// <param name="Confirmed">The user has shown that the mailbox is read.</param>
/// <param name="PendingEmail">The address that takes its place once it is confirmed; null when none waits.</param>
/// <param name="MailedAt">When the newest link went out that still works; null when none does.</param>
/// <param name="Asks">Whether there is something to confirm: a mail server is set, and the address is not confirmed or another one waits.</param>
public sealed record EmailState(string Email, bool Confirmed, string? PendingEmail, DateTimeOffset? MailedAt, bool Asks)
{
    /// <summary>Where a link is or would be sent.</summary>
    public string MailsTo => PendingEmail ?? Email;
}

/// <summary>What a mailed link would do.</summary>
/// <param name="Change">It puts <paramref name="Email"/> in the place of another address.</param>
/// <param name="Done">The address is confirmed already, by this link or otherwise.</param>
public sealed record EmailLink(string UserId, string Email, bool Change, bool Done);

/// <summary>
/// Proof that a person reads the mailbox of the account (docs/decisions/0019). Without a mail server nobody is asked for it: addresses stay
/// unconfirmed and a changed one counts at once.
/// </summary>
public interface IEmailAddresses
{
    /// <summary>Null when the account is gone.</summary>
    Task<EmailState?> StateAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Mails a link after sign-up, unless the address is confirmed or there is no mail server. Does not wait for the mail server, and failing is only logged.</summary>
    Task GreetAsync(string userId, string baseUrl, CancellationToken cancellationToken);

    /// <summary>Mails a new link to the address that waits for it; earlier ones stop working. Refused when nothing waits, too often, or when the mail server refuses.</summary>
    /// <param name="baseUrl">The dashboard's own address, for the link.</param>
    Task<Outcome<EmailState>> SendAsync(string userId, string baseUrl, CancellationToken cancellationToken);

    /// <summary>Asks the new address for confirmation and tells the old one. The old one counts until then; without a mail server the new one counts at once.</summary>
    /// <param name="password">Asked again: who finds an open screen must not be able to take the account away.</param>
    Task<Outcome<EmailState>> ChangeAsync(string userId, string? email, string? password, string baseUrl, string? ipAddress, CancellationToken cancellationToken);

    /// <summary>Drops the address that waits; its link stops working.</summary>
    Task<Outcome<EmailState>> CancelChangeAsync(string userId, string? ipAddress, CancellationToken cancellationToken);

    /// <summary>What a link would do; refused, with what to do next, when it can do nothing any more.</summary>
    Task<Outcome<EmailLink>> PeekAsync(string token, CancellationToken cancellationToken);

    /// <summary>Uses the link up. A changed address ends all sessions of the user; one that is confirmed already is no error.</summary>
    Task<Outcome<EmailLink>> ConfirmAsync(string token, string? ipAddress, CancellationToken cancellationToken);
}
