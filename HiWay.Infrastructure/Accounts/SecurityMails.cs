using System.Globalization;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Mail;
using Microsoft.Extensions.Logging;
using Quartz;

namespace HiWay.Infrastructure.Accounts;

/// <summary>A change to how somebody signs in.</summary>
public enum SecurityChange { PasswordChanged, TwoFactorOn, TwoFactorOff, PasskeyAdded, PasskeyRemoved }

/// <summary>
/// Tells people by mail what has changed about their sign-in, so that they hear of it when somebody else did it. The mails wait in the job store.
/// Only confirmed addresses are written to: any other may be a stranger's.
/// </summary>
public sealed partial class SecurityMails(ISchedulerFactory schedulers, IMailer mailer, TimeProvider clock, ILogger<SecurityMails> log)
{
    /// <summary>Called once the change is in the database. The change stands whether or not the mail can be put into the job store.</summary>
    /// <param name="passkey">Its name, where it is about one.</param>
    public async Task TellAsync(UserRow user, SecurityChange change, string? ipAddress, string? passkey = null)
    {
        if (!mailer.Delivers || !user.EmailConfirmed)
        {
            return;
        }

        var (subject, what) = change switch
        {
            SecurityChange.PasswordChanged => ("Your HiWay password has been changed", "The password was changed"),
            SecurityChange.TwoFactorOn => ("Two-factor authentication is on for HiWay", "Two-factor authentication was turned on"),
            SecurityChange.TwoFactorOff => ("Two-factor authentication is off for HiWay", "Two-factor authentication was turned off"),
            SecurityChange.PasskeyAdded => ("A passkey has been added to your HiWay account", $"The passkey '{passkey}' was added"),
            SecurityChange.PasskeyRemoved => ("A passkey has been removed from your HiWay account", $"The passkey '{passkey}' was removed"),
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
        var at = clock.GetUtcNow().ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);

        // No link: whoever is at the account could choose where it leads, as it would be made of the request's own address.
        var text = $"{what} for the HiWay account {user.Email} on {at} UTC{(ipAddress is null ? "" : $", from {ipAddress}")}.\n\n"
            + "If it was you, there is nothing to do. If it was not: open HiWay as you always do, choose \"Forgot it?\" on the sign-in page and set a new password. "
            + "Then look at the passkeys and at two-factor authentication on your account page.\n";
        try
        {
            var scheduler = await schedulers.GetScheduler();
            var job = JobBuilder.Create<MailJob>().WithIdentity(Guid.NewGuid().ToString("N"), "mails").RequestRecovery()
                .UsingJobData(MailJob.To, user.Email!).UsingJobData(MailJob.Subject, subject).UsingJobData(MailJob.Text, text).Build();
            await scheduler.ScheduleJob(job, TriggerBuilder.Create().StartNow().Build());
        }
        catch (Exception fault)
        {
            NotKept(subject, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The mail '{Subject}' could not be put into the job store")]
    private partial void NotKept(string subject, Exception fault);
}
