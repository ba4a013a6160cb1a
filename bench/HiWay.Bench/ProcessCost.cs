using System.Globalization;

namespace HiWay.Bench;

/// <summary>What the kernel says processes have used, from /proc.</summary>
internal static class ProcessCost
{
    // The kernel counts in hundredths of a second on every architecture that HiWay runs on (getconf CLK_TCK).
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds of a process and everything it has started, those that ended included.</summary>
    public static double CpuOfTree(int root, int? except = null)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .Select(pid => (Pid: pid, Stat: Stat(pid)))
            .Where(one => one.Stat is not null)
            .ToLookup(one => int.Parse(one.Stat![1], CultureInfo.InvariantCulture), one => one.Pid);
        return Sum(root);

        double Sum(int pid) => pid == except ? 0 : CpuOf(pid) + children[pid].Sum(Sum);
    }

    /// <summary>Resident memory of the processes in bytes.</summary>
    public static long ResidentBytes(IEnumerable<int> processes) => processes.Sum(pid =>
        long.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);

    public static IReadOnlyList<int> ChildrenOf(int parent) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Stat(pid) is { } stat && stat[1] == parent.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>utime, stime, cutime and cstime: fields 14 to 17 of /proc/pid/stat.</summary>
    private static double CpuOf(int pid) =>
        Stat(pid) is { } stat ? stat.Skip(11).Take(4).Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond : 0;

    /// <summary>The fields after the program's name, which may hold anything; state is the first, the parent the second.</summary>
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
