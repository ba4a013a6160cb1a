using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using HiWay.Infrastructure.Credentials;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Accounts;

/// <summary>
/// Seals the keys of cookies and links with the master key (AES-256-GCM), so that who reads the database, or a backup of it, cannot make
/// himself a session. A key whose master key is gone is skipped: people sign in again, nothing else is lost.
/// </summary>
internal sealed class DataProtectionSeal(MasterKeys masterKeys) : IXmlEncryptor
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var version = masterKeys.Current;
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];   // nonce, tag, cipher text
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(KeyOf(masterKeys.Version(version)!), TagBytes);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes));
        CryptographicOperations.ZeroMemory(plain);
        return new EncryptedXmlInfo(new XElement("sealed", new XAttribute("masterKey", version), Convert.ToBase64String(sealedBytes)), typeof(Opener));
    }

    private static XElement Open(MasterKeys masterKeys, XElement element)
    {
        var version = int.Parse(element.Attribute("masterKey")!.Value, CultureInfo.InvariantCulture);
        var master = masterKeys.Version(version) ?? throw new CryptographicException($"Version {version} of the master key is not given any more.");
        ReadOnlySpan<byte> sealedBytes = Convert.FromBase64String(element.Value);
        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(KeyOf(master), TagBytes);
        aes.Decrypt(sealedBytes[..NonceBytes], sealedBytes[(NonceBytes + TagBytes)..], sealedBytes.Slice(NonceBytes, TagBytes), plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }

    private static byte[] KeyOf(byte[] master) => HKDF.DeriveKey(HashAlgorithmName.SHA256, master, MasterKeys.KeyBytes, salt: null, info: "hiway data protection"u8.ToArray());

    /// <summary>The framework makes this one itself; its name stands beside each sealed key.</summary>
    internal sealed class Opener(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement) => Open(services.GetRequiredService<MasterKeys>(), encryptedElement);
    }
}
