using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Dialects.Bedrock;

namespace HiWay.Infrastructure.Credentials;

/// <summary>What is done to credentials' rows in more than one place.</summary>
internal static class CredentialRows
{
    /// <summary>Copies what belongs to the provider and is the same in all of its keys.</summary>
    public static void Share(CredentialRow from, CredentialRow to)
    {
        to.Kind = from.Kind;
        to.Models = from.Models;
        to.Settings = from.Settings;
        to.Enabled = from.Enabled;
    }

    /// <summary>Seals a key into its row; what an earlier one's test said is forgotten.</summary>
    public static void SetKey(CredentialRow row, string apiKey, CredentialVault vault, DateTimeOffset now)
    {
        var sealedKey = vault.Seal(row.WorkspaceId, row.Provider, apiKey);
        row.Ciphertext = sealedKey.Ciphertext;
        row.Nonce = sealedKey.Nonce;
        row.AuthTag = sealedKey.AuthTag;
        row.KeyVersion = sealedKey.KeyVersion;
        var shown = AwsKeys.Parse(new Secret(apiKey)) is { } keys ? keys.AccessKeyId : apiKey;   // AWS's keys have a name, which is no secret
        row.Last4 = shown.Length > 4 ? shown[^4..] : shown.Length > 0 ? "" : null;   // of a key that short they would be the key
        row.UpdatedAt = now;
        row.TestedAt = null;
        row.TestError = null;
    }
}
