using System.Security.Cryptography;
using System.Text;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Credentials;

/// <summary>A credential cannot be opened: sealed under another master key, or the row was altered.</summary>
public sealed class CredentialUnreadableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the database keeps of a provider's key.</summary>
internal sealed record SealedKey(byte[] Ciphertext, byte[] Nonce, byte[] AuthTag, int KeyVersion);

/// <summary>
/// Seals provider keys with AES-256-GCM. Each workspace has its own key, derived from the master key (HKDF-SHA256, the workspace's
/// id as info); workspace and provider are authenticated with the text, so that a row copied to another place does not open there.
/// </summary>
internal sealed class CredentialVault(MasterKeys masterKeys)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public int CurrentVersion => masterKeys.Current;

    public SealedKey Seal(string workspaceId, string provider, string apiKey)
    {
        var version = masterKeys.Current;
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var plain = Encoding.UTF8.GetBytes(apiKey);
        var cipher = new byte[plain.Length];
        var tag = new byte[TagBytes];
        using (var aes = new AesGcm(WorkspaceKey(masterKeys.Version(version)!, workspaceId), TagBytes))
        {
            aes.Encrypt(nonce, plain, cipher, tag, AssociatedData(workspaceId, provider));
        }

        CryptographicOperations.ZeroMemory(plain);
        return new(cipher, nonce, tag, version);
    }

    /// <exception cref="CredentialUnreadableException">The message says which credential and what to do.</exception>
    public string Open(CredentialRow row)
    {
        var master = masterKeys.Version(row.KeyVersion) ?? throw new CredentialUnreadableException(
            $"The key of provider '{row.Provider}' ({row.Id}) was sealed with master key version {row.KeyVersion}, which is not given here. Restore that master key, or enter the provider's key again.");
        var plain = new byte[row.Ciphertext.Length];
        try
        {
            using var aes = new AesGcm(WorkspaceKey(master, row.WorkspaceId), TagBytes);
            aes.Decrypt(row.Nonce, row.Ciphertext, row.AuthTag, plain, AssociatedData(row.WorkspaceId, row.Provider));
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CredentialUnreadableException(
                $"The key of provider '{row.Provider}' ({row.Id}) does not open with master key version {row.KeyVersion}. Restore the master key that it was saved with, or enter the provider's key again.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static byte[] WorkspaceKey(byte[] master, string workspaceId) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, MasterKeys.KeyBytes, salt: null, info: Encoding.UTF8.GetBytes("hiway credential " + workspaceId));

    // The line end cannot occur in either part, so that no two pairs read the same.
    private static byte[] AssociatedData(string workspaceId, string provider) => Encoding.UTF8.GetBytes($"{workspaceId}\n{provider}");
}
