using System.Diagnostics;

namespace HiWay.Infrastructure.Database.Private;

/// <summary>
/// The account that the private server runs as. PostgreSQL refuses to run as root, so root steps down to an account without rights;
/// anyone else runs it as themselves.
/// </summary>
/// <param name="Name">Null: the account of this process.</param>
internal sealed record ServerAccount(string? Name)
{
    private static readonly bool HasSetpriv = File.Exists("/usr/bin/setpriv") || File.Exists("/bin/setpriv");
    /// <summary>
    /// How far the private server steps back for the gateway on a busy machine. Calls do not wait for it (the journal holds what it has
    /// not written yet), so answers come first and the books follow; measured in bench/.
    /// </summary>
    private const string Niceness = "5";

    private static readonly bool HasNice = File.Exists("/usr/bin/nice") || File.Exists("/bin/nice");
    private static readonly bool HasSetsid = File.Exists("/usr/bin/setsid") || File.Exists("/bin/setsid");

    public static ServerAccount OfThisMachine()
    {
        if (Environment.UserName != "root")
        {
            return new((string?)null);
        }

        // initdb looks its own account up in the password file, so a bare number would not do.
        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return new(new[] { "postgres", "nobody" }.FirstOrDefault(known.Contains)
            ?? throw new InvalidOperationException(
                "HiWay runs as root and finds neither the account 'postgres' nor 'nobody' for its database. "
                + "Run HiWay as an ordinary account, or set ConnectionStrings__HiWay."));
    }

    /// <summary>A program run by this account.</summary>
    /// <param name="tieToThread">
    /// The kernel sends it SIGINT (for PostgreSQL: stop now, cleanly) when the thread that starts it ends, and so also when this process is killed.
    /// It gets a session of its own too: Ctrl+C in the terminal is for HiWay, which stops the database last.
    /// </param>
    public ProcessStartInfo Start(bool tieToThread, string program, params string[] arguments)
    {
        // Each of these replaces itself with the next, so the process id that we see is the program's own.
        List<string> line = [];
        if (tieToThread && HasNice)
        {
            line.AddRange(["nice", "-n", Niceness]);
        }

        if (tieToThread && HasSetsid)
        {
            line.Add("setsid");
        }

        if (HasSetpriv && (tieToThread || Name is not null))
        {
            line.Add("setpriv");
            if (Name is not null)
            {
                line.AddRange(["--reuid", Name, "--regid", GroupOf(Name), "--init-groups"]);
            }

            if (tieToThread)
            {
                line.AddRange(["--pdeathsig", "INT"]);
            }

            line.Add("--");
        }

        line.Add(program);
        line.AddRange(arguments);
        var start = new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = "/" };
        if (Name is not null && !HasSetpriv)
        {
            start.UserName = Name;
        }

        start.Environment["LC_ALL"] = OperatingSystem.IsLinux() ? "C.UTF-8" : "C";
        start.Environment.Remove("PGDATA");
        return start;
    }

    /// <summary>Makes this account the owner of a folder and everything below.</summary>
    public async Task OwnAsync(string folder)
    {
        if (Name is not null)
        {
            await Command.RunAsync("chown", "-R", $"{Name}:{GroupOf(Name)}", folder);
        }
    }

    /// <summary>The name of a folder's owner.</summary>
    public static async Task<string> OwnerOfAsync(string folder) => (await Command.RunAsync("stat", "-c", "%U", folder)).Output.Trim();

    /// <summary>The number of the account's own group; a name would not do, as nobody's group is nogroup on Debian.</summary>
    private static string GroupOf(string name) =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == name)[3];
}
