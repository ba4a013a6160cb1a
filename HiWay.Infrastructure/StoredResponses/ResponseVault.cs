using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.StoredResponses;

/// <summary>
/// Seals conversations with AES-256-GCM under a key of their workspace, derived from the master key as those of credentials are but for another
/// purpose. Workspace and id are authenticated, so that a row copied to another place does not open there.
/// </summary>
internal sealed class ResponseVault(MasterKeys masterKeys)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public StoredResponseRow Seal(string workspaceId, string id, ReadOnlySpan<byte> conversation)
    {
        var plain = Compress(conversation);
        var row = new StoredResponseRow
        {
            WorkspaceId = workspaceId,
            Id = id,
            KeyVersion = masterKeys.Current,
            Nonce = RandomNumberGenerator.GetBytes(NonceBytes),
            Ciphertext = new byte[plain.Length],
            AuthTag = new byte[TagBytes],
        };
        using var aes = new AesGcm(KeyOf(masterKeys.Version(row.KeyVersion)!, workspaceId), TagBytes);
        aes.Encrypt(row.Nonce, plain, row.Ciphertext, row.AuthTag, Place(workspaceId, id));
        return row;
    }

    /// <returns>Null when it was sealed under a master key that is not given any more, or altered.</returns>
    public byte[]? Open(StoredResponseRow row)
    {
        if (masterKeys.Version(row.KeyVersion) is not { } master)
        {
            return null;
        }

        var plain = new byte[row.Ciphertext.Length];
        try
        {
            using var aes = new AesGcm(KeyOf(master, row.WorkspaceId), TagBytes);
            aes.Decrypt(row.Nonce, row.Ciphertext, row.AuthTag, plain, Place(row.WorkspaceId, row.Id));
        }
        catch (CryptographicException)
        {
            return null;
        }

        using var text = new MemoryStream();
        using (var brotli = new BrotliStream(new MemoryStream(plain), CompressionMode.Decompress))
        {
            brotli.CopyTo(text);
        }

        return text.ToArray();
    }

    private static byte[] Compress(ReadOnlySpan<byte> text)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            brotli.Write(text);
        }

        return packed.ToArray();
    }

    private static byte[] KeyOf(byte[] master, string workspaceId) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, MasterKeys.KeyBytes, salt: null, info: Encoding.UTF8.GetBytes("hiway response " + workspaceId));

    private static byte[] Place(string workspaceId, string id) => Encoding.UTF8.GetBytes($"{workspaceId}\n{id}");
}
