using System.Diagnostics;
using System.Net;
using System.Net.Mail;
using System.Text;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Alerts.Forms;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Mail;

namespace HiWay.Infrastructure.Alerts;

/// <summary>How one attempt went.</summary>
/// <param name="Error">Null when it was taken.</param>
/// <param name="RetryAfter">What the target asked for.</param>
internal sealed record AttemptResult(string? Error, int? Status = null, string? Body = null, TimeSpan? RetryAfter = null)
{
    public int DurationMs { get; init; }

    /// <summary>The target says that it is gone for good.</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>Makes one attempt to send something, through the guard that lets nothing out to private addresses.</summary>
internal sealed class WebhookSender(EgressHandlers egress, IMailer mailer, AlertsOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>So much of an answer is kept.</summary>
    private const int KeptBytes = 1024;

    private readonly HttpClient _client = new(egress.Create()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <param name="secrets">What signs; none where nothing is signed.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<AttemptResult> SendAsync(WebhookKind kind, string url, IReadOnlyList<string> secrets, string eventId, string payload, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        AttemptResult result;
        try
        {
            result = kind is WebhookKind.Email ? await MailAsync(url, payload, limit.Token) : await PostAsync(url, secrets, eventId, payload, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            result = new($"No answer within {options.Timeout.TotalSeconds:0.###} seconds.");
        }
        catch (HttpRequestException e)
        {
            result = new(e.InnerException is EgressRefusedException refused ? refused.Message : $"The target could not be reached: {e.GetBaseException().Message}");
        }
        catch (Exception e) when (e is IOException or SmtpException or FormatException)
        {
            result = new(kind is WebhookKind.Email ? $"The mail server did not take it: {e.Message}" : $"The connection broke: {e.Message}");
        }

        return result with { DurationMs = (int)watch.ElapsedMilliseconds };
    }

    public void Dispose() => _client.Dispose();

    private async Task<AttemptResult> PostAsync(string url, IReadOnlyList<string> secrets, string eventId, string payload, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(payload, Encoding.UTF8, "application/json") };
        request.Headers.UserAgent.Add(new("HiWay-Webhooks", "1.0"));
        if (secrets.Count > 0)
        {
            // Each attempt is signed at its own time: receivers refuse what is older than a few minutes.
            var now = clock.GetUtcNow();
            request.Headers.Add("webhook-id", eventId);
            request.Headers.Add("webhook-timestamp", WebhookSignature.Timestamp(now));
            request.Headers.Add("webhook-signature", WebhookSignature.Standard(secrets, eventId, now, payload));
            request.Headers.Add("X-HiWay-Signature", WebhookSignature.HiWay(secrets, now, payload));
        }

        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var status = (int)answer.StatusCode;
        var body = await BeginningAsync(answer.Content, cancellationToken);
        var error = answer.IsSuccessStatusCode ? null
            : status is >= 300 and < 400 ? $"The target answered {status}; redirects are not followed. Enter the address that it leads to."
            : $"The target answered {status}.";
        return new(error, status, body, RetryAfter(answer));
    }

    private async Task<AttemptResult> MailAsync(string to, string payload, CancellationToken cancellationToken)
    {
        if (!mailer.Delivers)
        {
            return new("This installation has no mail server. The operator can set one with Smtp:Host.");
        }

        var (subject, text) = MailForm.Read(payload);
        await mailer.SendAsync(to, subject, text, cancellationToken);
        return new((string?)null);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter?.Delta ?? (answer.Headers.RetryAfter?.Date is { } date ? date - clock.GetUtcNow() : null);

    /// <summary>Whether the message was taken is in the status; a body that then does not come, or breaks off, changes nothing about that.</summary>
    private static async Task<string> BeginningAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var kept = new byte[KeptBytes];
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            while (length < KeptBytes && await stream.ReadAsync(kept.AsMemory(length), cancellationToken) is var read and > 0)
            {
                length += read;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
        }

        return Encoding.UTF8.GetString(kept, 0, length).Replace('\0', '\uFFFD');   // PostgreSQL's text takes no zero
    }
}
