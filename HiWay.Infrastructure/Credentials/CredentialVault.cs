using System.Security.Cryptography;
using System.Text;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Credentials;

/// <summary>A credential cannot be opened: sealed under another master key, or the row was altered.</summary>
public sealed class CredentialUnreadableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the database keeps of a secret.</summary>
internal sealed record SealedKey(byte[] Ciphertext, byte[] Nonce, byte[] AuthTag, int KeyVersion);

/// <summary>
/// Seals provider keys, and webhooks' addresses and secrets, with AES-256-GCM. Each workspace has its own key, derived from the master
/// key (HKDF-SHA256, the workspace's id as info); workspace and owner (the provider, the webhook's id) are authenticated with the text, so
/// that a row copied to another place does not open there.
/// </summary>
internal sealed class CredentialVault(MasterKeys masterKeys)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public int CurrentVersion => masterKeys.Current;

    /// <param name="owner">What the secret belongs to, unique in the workspace: a provider's slug, a webhook's id.</param>
    public SealedKey Seal(string workspaceId, string owner, string text)
    {
        var version = masterKeys.Current;
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var plain = Encoding.UTF8.GetBytes(text);
        var cipher = new byte[plain.Length];
        var tag = new byte[TagBytes];
        using (var aes = new AesGcm(WorkspaceKey(masterKeys.Version(version)!, workspaceId), TagBytes))
        {
            aes.Encrypt(nonce, plain, cipher, tag, AssociatedData(workspaceId, owner));
        }

        CryptographicOperations.ZeroMemory(plain);
        return new(cipher, nonce, tag, version);
    }

    /// <exception cref="CredentialUnreadableException">The message says which credential and what to do.</exception>
    public string Open(CredentialRow row) => Open(
        row.WorkspaceId, row.Provider, new(row.Ciphertext, row.Nonce, row.AuthTag, row.KeyVersion), $"The key of provider '{row.Provider}' ({row.Id})", "the provider's key");

    /// <param name="what">How the message names the secret: "The key of provider 'groq'".</param>
    /// <param name="enter">What can be entered again instead.</param>
    /// <exception cref="CredentialUnreadableException">The message says which secret and what to do.</exception>
    public string Open(string workspaceId, string owner, SealedKey sealedKey, string what, string enter)
    {
        var master = masterKeys.Version(sealedKey.KeyVersion) ?? throw new CredentialUnreadableException(
            $"{what} was sealed with master key version {sealedKey.KeyVersion}, which is not given here. Restore that master key, or enter {enter} again.");
        var plain = new byte[sealedKey.Ciphertext.Length];
        try
        {
            using var aes = new AesGcm(WorkspaceKey(master, workspaceId), TagBytes);
            aes.Decrypt(sealedKey.Nonce, sealedKey.Ciphertext, sealedKey.AuthTag, plain, AssociatedData(workspaceId, owner));
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CredentialUnreadableException(
                $"{what} does not open with master key version {sealedKey.KeyVersion}. Restore the master key that it was saved with, or enter {enter} again.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static byte[] WorkspaceKey(byte[] master, string workspaceId) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, MasterKeys.KeyBytes, salt: null, info: Encoding.UTF8.GetBytes("hiway credential " + workspaceId));

    // The line end cannot occur in either part, so that no two pairs read the same.
    private static byte[] AssociatedData(string workspaceId, string owner) => Encoding.UTF8.GetBytes($"{workspaceId}\n{owner}");
}
