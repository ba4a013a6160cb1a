using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace HiWay.Infrastructure.Database.Private;

/// <summary>The files of the private server: <c>data</c> (the cluster), <c>s</c> (its socket) and <c>log</c>, all in one folder of its account.</summary>
internal sealed class Cluster
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const string VersionFile = "PG_VERSION";

    /// <summary>A socket's whole path may have 107 bytes on Linux, 103 on macOS; ".s.PGSQL.5432" and the separator take 14.</summary>
    private const int LongestSocketFolder = 88;

    /// <summary>For the sessions of a killed server, which notice within seconds even on a busy machine.</summary>
    private static readonly TimeSpan LeavingLimit = TimeSpan.FromSeconds(30);

    private Cluster(string home, string socket) => (Home, SocketFolder) = (home, socket);

    public string Home { get; }

    public string Data => Path.Combine(Home, "data");

    public string LogFolder => Path.Combine(Home, "log");

    /// <summary>Only its owner can enter it, which is why the server trusts whoever connects there.</summary>
    public string SocketFolder { get; }

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>Finds or makes the folders, with rights for the account alone.</summary>
    public static async Task<Cluster> OpenAsync(DataDirectory directory, ServerAccount account)
    {
        var home = account.Name is null ? directory.Folder("postgres") : await HomeForAccountAsync(directory, account.Name);
        var socket = Path.Combine(home, "s");
        if (System.Text.Encoding.UTF8.GetByteCount(socket) > LongestSocketFolder)
        {
            socket = Directory.CreateTempSubdirectory("hiway-").FullName;   // a name that nobody can guess and prepare
            await account.OwnAsync(socket);
        }

        var cluster = new Cluster(home, socket);
        Directory.CreateDirectory(cluster.LogFolder, OwnerOnly);
        Directory.CreateDirectory(socket, OwnerOnly);
        if (account.Name is not null && (await ServerAccount.OwnerOfAsync(cluster.LogFolder) != account.Name || await ServerAccount.OwnerOfAsync(socket) != account.Name))
        {
            await account.OwnAsync(home);
        }

        return cluster;
    }

    /// <summary>Creates the cluster when there is none; a start that was killed half way leaves nothing that looks like one.</summary>
    /// <exception cref="InvalidOperationException">The cluster was made by another major version.</exception>
    /// <param name="durable">False for a server whose data is thrown away: its files need not reach the disk.</param>
    public async Task InitialiseAsync(PostgresBinaries binaries, ServerAccount account, bool durable)
    {
        var version = Path.Combine(Data, VersionFile);
        if (File.Exists(version))
        {
            var made = (await File.ReadAllTextAsync(version)).Trim();
            if (made != binaries.Major)
            {
                throw new InvalidOperationException(
                    $"The database in {Data} was made by PostgreSQL {made}, but {binaries.Folder} has version {binaries.Major}. "
                    + $"Name the programs of version {made} in HIWAY_PG_BIN, or move the data with pg_dumpall (docs/operations.md).");
            }

            return;
        }

        var draft = Data + ".new";
        if (Directory.Exists(draft))
        {
            Directory.Delete(draft, recursive: true);
        }

        await Command.RunAsync(account.Start(
            tieToThread: false, binaries.Path("initdb"), ["-D", draft, "-U", PrivatePostgres.Role, "-E", "UTF8",
            OperatingSystem.IsLinux() ? "--locale=C.UTF-8" : "--locale=C",
            "--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions", .. durable ? [] : new[] { "--no-sync" }]));
        Directory.Move(draft, Data);
    }

    /// <summary>
    /// Stops a server that a killed HiWay left behind, and takes away a pid file whose number now belongs to some other program, as it does
    /// after a restart of a container, or to a killed server that nobody has buried yet: PostgreSQL itself would believe either to be a server
    /// and refuse. Every other stale file it judges well.
    /// </summary>
    public async Task ClearLeftoversAsync(PostgresBinaries binaries, ServerAccount account)
    {
        if (!File.Exists(PidFile)
            || !int.TryParse(File.ReadLines(PidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid)
            || !Directory.Exists($"/proc/{pid}"))
        {
            return;
        }

        var folder = RealData();
        if (WorksIn(folder, pid))
        {
            try
            {
                await Command.RunAsync(account.Start(tieToThread: false, binaries.Path("pg_ctl"), "stop", "-D", Data, "-m", "fast", "-w", "-t", "30"));
                return;
            }
            catch (InvalidOperationException) when (!WorksIn(folder, pid))
            {
                // It was already on its way out.
            }
        }

        if (await IsLeftAsync(folder))
        {
            File.Delete(PidFile);
            File.Delete(Path.Combine(SocketFolder, $".s.PGSQL.{PrivatePostgres.Port}.lock"));
        }
    }

    /// <summary>Waits until nobody works there any more; false when somebody stays.</summary>
    private static async Task<bool> IsLeftAsync(string folder)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < LeavingLimit; await Task.Delay(50))
        {
            if (!Directory.EnumerateDirectories("/proc").Any(process => int.TryParse(Path.GetFileName(process), out var pid) && WorksIn(folder, pid)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><see cref="Data"/> by the name that the system shows of it: without the links that may be in its path.</summary>
    private string RealData()
    {
        using var inside = File.OpenHandle(Path.Combine(Data, VersionFile));
        return Path.GetDirectoryName(new FileInfo($"/proc/self/fd/{inside.DangerousGetHandle()}").LinkTarget) ?? Data;
    }

    /// <summary>Whether it is a process of the server: each works in its cluster's folder. One that has ended and is not buried yet works nowhere.</summary>
    private static bool WorksIn(string folder, int pid) => WorkingFolderOf(pid) == folder;

    private static string? WorkingFolderOf(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // gone, or somebody else's, and so not a server of ours
        }
    }

    /// <summary>
    /// The server's account must be able to enter every folder above its own. The data directory itself is opened for passing through; where
    /// one further up is closed (a checkout below /root), the server lives in /var/lib/hiway and a link in the data directory points there.
    /// </summary>
    private static async Task<string> HomeForAccountAsync(DataDirectory directory, string account)
    {
        var home = Path.Combine(directory.Root, "postgres");
        if (Directory.Exists(home))
        {
            return Directory.ResolveLinkTarget(home, returnFinalTarget: true)?.FullName ?? home;
        }

        File.SetUnixFileMode(directory.Root, File.GetUnixFileMode(directory.Root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var elsewhere = Upwards(directory.Root).Any(folder => !File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute));
        var real = elsewhere ? Path.Combine("/var/lib/hiway", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))) : home;
        Directory.CreateDirectory(real, OwnerOnly);
        if (elsewhere)
        {
            File.SetUnixFileMode("/var/lib/hiway", OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            File.Delete(home);   // a link whose target is gone
            File.CreateSymbolicLink(home, real);
        }

        await new ServerAccount(account).OwnAsync(real);
        return real;
    }

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}
