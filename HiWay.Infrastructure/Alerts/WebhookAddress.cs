using System.Text.Json;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Alerts;

/// <summary>What is needed to send to a webhook: sealed in its row, opened when something is sent.</summary>
/// <param name="Secret">Null where nothing is signed.</param>
/// <param name="PreviousSecret">The one from before the last rotation.</param>
internal sealed record WebhookAddress(string Url, string? Secret, string? PreviousSecret)
{
    /// <summary>The secrets that sign now, the current one first.</summary>
    public IReadOnlyList<string> SecretsAt(DateTimeOffset now, DateTimeOffset? previousExpiresAt) =>
        Secret is null ? [] : PreviousSecret is not null && previousExpiresAt > now ? [Secret, PreviousSecret] : [Secret];

    public void SealInto(WebhookRow row, CredentialVault vault)
    {
        var made = vault.Seal(row.WorkspaceId, row.Id, JsonSerializer.Serialize(this));
        (row.Ciphertext, row.Nonce, row.AuthTag, row.KeyVersion) = (made.Ciphertext, made.Nonce, made.AuthTag, made.KeyVersion);
        row.SecretLast4 = Secret?.TrimEnd('=')[^4..];
    }

    /// <exception cref="CredentialUnreadableException">The message names the webhook and says what to do.</exception>
    public static WebhookAddress Open(WebhookRow row, CredentialVault vault) => JsonSerializer.Deserialize<WebhookAddress>(vault.Open(
        row.WorkspaceId, row.Id, new(row.Ciphertext, row.Nonce, row.AuthTag, row.KeyVersion), $"The address of the webhook '{row.Name}' ({row.Id})", "its address and secret"))!;

    /// <summary>A record would print its secrets.</summary>
    public override string ToString() => "***";
}
