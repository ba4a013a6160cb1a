using System.Text.RegularExpressions;
using HiWay.Infrastructure.Mail;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Tests.Accounts;

/// <summary>What people are told by mail about changes to their sign-in.</summary>
public sealed partial class SecurityMailTests
{
    private const string Email = "ada@example.com";
    private const string Password = "four random words here";
    private const string NewPassword = "four other words there";

    [Fact]
    public async Task PasswordAndSecondFactor_AreToldToAConfirmedAddress()
    {
        await using var mail = MailServer.Start();
        await using var host = await HiWayHost.StartAsync(mail.Settings);
        using var browser = new BrowserSession(host);
        await browser.SignUpAsync(Email, Password);
        await browser.OpenAsync((await mail.SeesAsync(Email, "Confirm your e-mail address")).LinkPath);

        await browser.SubmitAsync("/account", "password", ("Password.Old", Password), ("Password.New", NewPassword));
        var told = await mail.SeesAsync(Email, "Your HiWay password has been changed");
        Assert.Matches("The password was changed for the HiWay account ada@example.com on .* UTC, from 127.0.0.1", told.Text);
        Assert.DoesNotContain("http", told.Text, StringComparison.Ordinal);

        await browser.OpenAsync("/account/two-factor");
        var key = Key().Match(browser.Page).Groups["key"].Value;
        await browser.SubmitAsync("/account/two-factor", "enable", ("Enable.Code", Totp.Code(key, DateTimeOffset.UtcNow)));
        await mail.SeesAsync(Email, "Two-factor authentication is on");
        await browser.SubmitAsync("/account/two-factor", "disable", ("Disable.Password", NewPassword));
        await mail.SeesAsync(Email, "Two-factor authentication is off");
        Assert.Equal(4, mail.Mails.Count);
    }

    [Fact]
    public async Task AddressThatIsNotConfirmed_IsNotWrittenTo()
    {
        await using var mail = MailServer.Start();
        await using var host = await HiWayHost.StartAsync(mail.Settings);
        using var browser = new BrowserSession(host);
        await browser.SignUpAsync(Email, Password);

        await browser.SubmitAsync("/account", "password", ("Password.Old", Password), ("Password.New", NewPassword));

        Assert.Equal(0, await host.Database.ScalarAsync<long>("SELECT count(*) FROM qrtz_job_details WHERE job_group = 'mails'"));
        Assert.DoesNotContain(mail.Mails, seen => seen.Subject.Contains("password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MailServerThatIsAway_IsTriedAgain()
    {
        var mailer = new MailerThatFailsOnce();
        await using var host = await HiWayHost.StartAsync(null, services => services.AddSingleton<IMailer>(mailer));
        using var browser = new BrowserSession(host);
        await browser.SignUpAsync(Email, Password);
        await host.Database.ExecuteAsync("UPDATE users SET email_confirmed = true");

        await browser.SubmitAsync("/account", "password", ("Password.Old", Password), ("Password.New", NewPassword));

        await Patience.UntilAsync(() => mailer.Sent == 1, "the mail goes out at the second try");
        await Patience.UntilAsync(async () => await host.Database.ScalarAsync<long>("SELECT count(*) FROM qrtz_job_details WHERE job_group = 'mails'") == 0, "the job is gone");
        Assert.Equal((2, 1), (mailer.Tries, mailer.Sent));
    }

    private sealed class MailerThatFailsOnce : IMailer
    {
        public int Tries { get; private set; }

        public int Sent { get; private set; }

        public bool Delivers => true;

        public Task SendAsync(string to, string subject, string text, CancellationToken cancellationToken)
        {
            if (!subject.Contains("password", StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            if (++Tries == 1)
            {
                throw new IOException("The mail server is away.");
            }

            Sent++;
            return Task.CompletedTask;
        }
    }

    [GeneratedRegex("id=\"authenticator-key\"[^>]*>(?<key>[a-z2-7 ]+)<")]
    private static partial Regex Key();
}
