using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Credentials;

/// <summary>What is done to credentials' rows in more than one place.</summary>
internal static class CredentialRows
{
    /// <summary>Copies what belongs to the provider and is the same in all of its keys.</summary>
    public static void Share(CredentialRow from, CredentialRow to)
    {
        to.Kind = from.Kind;
        to.Models = from.Models;
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
        row.Last4 = apiKey.Length > 4 ? apiKey[^4..] : apiKey.Length > 0 ? "" : null;   // of a key that short they would be the key
        row.UpdatedAt = now;
        row.TestedAt = null;
        row.TestError = null;
    }
}
