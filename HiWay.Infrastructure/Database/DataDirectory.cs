using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Database;

/// <summary>
/// The folder where this installation keeps what must survive a restart: the private PostgreSQL, the usage journal, the master key.
/// One running HiWay owns it; a second one on the same folder is refused.
/// </summary>
public sealed class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="path">Absolute or relative to the current directory; created with owner-only rights when missing.</param>
    public DataDirectory(string path)
    {
        Root = Path.GetFullPath(path);
        if (!Directory.Exists(Root))
        {
            Directory.CreateDirectory(Root, OwnerOnly);
        }
    }

    /// <summary>The absolute path.</summary>
    public string Root { get; }

    /// <summary><c>HIWAY_DATA_DIR</c>, or <c>.data</c> under the current directory.</summary>
    public static DataDirectory From(IConfiguration configuration) =>
        new(configuration["HIWAY_DATA_DIR"] is { Length: > 0 } path ? path : ".data");

    /// <summary>A folder inside, created with owner-only rights when missing.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name), OwnerOnly).FullName;

    /// <summary>A file inside; not created.</summary>
    public string File(string name) => Path.Combine(Root, name);

    /// <summary>Takes the folder for this process. The kernel lets go when the process ends, however it ends.</summary>
    /// <exception cref="InvalidOperationException">Another HiWay is running on this folder.</exception>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(File("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (System.IO.File.Exists(File("lock")))
        {
            throw new InvalidOperationException(
                $"Another HiWay is running on the data directory {Root}. Stop it, or set HIWAY_DATA_DIR to a directory of its own.", e);
        }
    }
}
