using System.Globalization;
using System.Security.Cryptography;
using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Credentials;

/// <summary>
/// The master keys, which never enter the database. Several versions may be there: the highest seals, all open, and what an old
/// one sealed is sealed anew in the background, after which the old one can go.
/// </summary>
public sealed class MasterKeys
{
    /// <summary>Bytes of one key.</summary>
    public const int KeyBytes = 32;

    private const string Example = "Example, for versions 1 and 2: 1:<base64 of 32 bytes>,2:<base64 of 32 bytes>. Make a key with: openssl rand -base64 32.";

    private readonly SortedDictionary<int, byte[]> _keys;

    private MasterKeys(SortedDictionary<int, byte[]> keys) => _keys = keys;

    /// <summary>The version that seals.</summary>
    public int Current => _keys.Keys.Max();

    /// <summary>Null when this version is not (or no longer) given.</summary>
    public byte[]? Version(int version) => _keys.GetValueOrDefault(version);

    /// <summary>
    /// <c>HIWAY_MASTER_KEY</c> or <c>Vault:MasterKey</c>, else the file that <c>Vault:MasterKeyFile</c> names (a mounted secret),
    /// else the data directory's own <c>master.key</c>, made on the first start. Several nodes on one database need the same.
    /// </summary>
    /// <exception cref="InvalidOperationException">A key is given and is none.</exception>
    public static MasterKeys From(IConfiguration configuration, DataDirectory data)
    {
        foreach (var name in (string[])["HIWAY_MASTER_KEY", "Vault:MasterKey"])
        {
            if (configuration[name] is { Length: > 0 } given)
            {
                return Parse(given, name);
            }
        }

        if (configuration["Vault:MasterKeyFile"] is { Length: > 0 } mounted)
        {
            return File.Exists(mounted)
                ? Parse(File.ReadAllText(mounted), mounted)
                : throw new InvalidOperationException($"Vault:MasterKeyFile is '{mounted}', which is no file. It holds the master keys. {Example}");
        }

        var own = data.File("master.key");
        if (!File.Exists(own))
        {
            Create(own);
        }

        return Parse(File.ReadAllText(own), own);
    }

    /// <param name="text"><c>version:base64</c>, separated by commas or line ends; a bare key is version 1.</param>
    /// <param name="origin">Where the text is from, for the error.</param>
    internal static MasterKeys Parse(string text, string origin)
    {
        var keys = new SortedDictionary<int, byte[]>();
        foreach (var entry in text.Split([',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            var version = 1;
            var bytes = new byte[KeyBytes];
            var good = (colon < 0 || (int.TryParse(entry.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out version) && version > 0))
                && Convert.TryFromBase64String(entry[(colon + 1)..], bytes, out var written) && written == KeyBytes;
            if (!good || !keys.TryAdd(version, bytes))
            {
                // The text itself stays out of the message: it is the secret.
                throw new InvalidOperationException($"{origin} has an entry that is no master key, or a version twice. {Example}");
            }
        }

        return keys.Count > 0 ? new MasterKeys(keys) : throw new InvalidOperationException($"{origin} holds no master key. {Example}");
    }

    private static void Create(string path)
    {
        // Written aside and renamed, so that a crash leaves no half key that would later count as the real one.
        var fresh = path + ".new";
        File.Delete(fresh);
        using (var file = new FileStream(fresh, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes($"1:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))}\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: false);
    }
}
