namespace HiWay.Tests.Harness;

/// <summary>Files of the checkout that the tests were built from.</summary>
public static class Repository
{
    private static readonly string s_root = Find();

    public static string File(params string[] path) => Path.Combine([s_root, .. path]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "HiWay.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No HiWay.sln above {AppContext.BaseDirectory}.");
    }
}
