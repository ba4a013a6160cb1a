using System.Globalization;
using Microsoft.Extensions.Logging;
using Quartz;

namespace HiWay.Infrastructure.Mail;

/// <summary>Sends one mail that waits in the job store, and tries again for a day when the mail server is away.</summary>
internal sealed partial class MailJob(IMailer mailer, ILogger<MailJob> log) : IJob
{
    public const string To = "to", Subject = "subject", Text = "text";

    private const string Tries = "tries";

    /// <summary>Between one try and the next.</summary>
    private static readonly TimeSpan[] s_pauses =
        [TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(17)];

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var mail = context.MergedJobDataMap;
        try
        {
            await mailer.SendAsync(mail.GetString(To)!, mail.GetString(Subject)!, mail.GetString(Text)!, cancellationToken);
        }
        catch (Exception fault)
        {
            NotSent(mail.GetString(Subject)!, fault);
            var tries = mail.ContainsKey(Tries) ? int.Parse(mail.GetString(Tries)!, CultureInfo.InvariantCulture) : 0;
            if (tries < s_pauses.Length)
            {
                // Texts alone: the job store keeps these as JSON.
                var next = TriggerBuilder.Create().ForJob(context.JobDetail.Key).StartAt(DateTimeOffset.UtcNow + s_pauses[tries]).UsingJobData(Tries, (tries + 1).ToString(CultureInfo.InvariantCulture)).Build();
                await context.Scheduler.ScheduleJob(next, cancellationToken: CancellationToken.None);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The mail '{Subject}' could not be sent; check the section Smtp")]
    private partial void NotSent(string subject, Exception fault);
}
