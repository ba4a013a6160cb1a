using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace HiWay.Infrastructure.Credentials;

/// <summary>A text as it lies in the database.</summary>
/// <param name="KeyVersion">The master key that it was sealed under.</param>
internal sealed record SealedText(int KeyVersion, byte[] Nonce, byte[] Ciphertext, byte[] AuthTag);

/// <summary>
/// Packs texts of callers and seals them with AES-256-GCM under a key of their workspace, derived from the master key as those of credentials are
/// but for another purpose. Workspace and id are authenticated, so that a row copied to another place does not open there.
/// </summary>
internal sealed class TextVault(MasterKeys masterKeys)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <param name="purpose">Texts of one purpose do not open as those of another: <c>response</c>, <c>content</c>.</param>
    /// <param name="id">Of the row, within its workspace.</param>
    public SealedText Seal(string purpose, string workspaceId, string id, ReadOnlySpan<byte> text)
    {
        var plain = Compress(text);
        var row = new SealedText(masterKeys.Current, RandomNumberGenerator.GetBytes(NonceBytes), new byte[plain.Length], new byte[TagBytes]);
        using var aes = new AesGcm(KeyOf(purpose, masterKeys.Version(row.KeyVersion)!, workspaceId), TagBytes);
        aes.Encrypt(row.Nonce, plain, row.Ciphertext, row.AuthTag, Place(workspaceId, id));
        return row;
    }

    /// <returns>Null when it was sealed under a master key that is not given any more, or altered.</returns>
    public byte[]? Open(string purpose, string workspaceId, string id, SealedText row)
    {
        if (masterKeys.Version(row.KeyVersion) is not { } master)
        {
            return null;
        }

        var plain = new byte[row.Ciphertext.Length];
        try
        {
            using var aes = new AesGcm(KeyOf(purpose, master, workspaceId), TagBytes);
            aes.Decrypt(row.Nonce, row.Ciphertext, row.AuthTag, plain, Place(workspaceId, id));
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

    private static byte[] KeyOf(string purpose, byte[] master, string workspaceId) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, MasterKeys.KeyBytes, salt: null, info: Encoding.UTF8.GetBytes($"hiway {purpose} {workspaceId}"));

    private static byte[] Place(string workspaceId, string id) => Encoding.UTF8.GetBytes($"{workspaceId}\n{id}");
}
