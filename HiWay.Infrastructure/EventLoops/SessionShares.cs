using System.Globalization;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// How much of the processors a server of many processes gets. The system shares them out among sessions first (sched(7), "the autogroup
/// feature"), and PostgreSQL opens a session for each of its processes, so a niceness of the processes themselves would change nothing.
/// </summary>
internal sealed class SessionShares
{
    private Dictionary<int, int> _set = [];

    /// <summary>Lets a server and its children give way, <see cref="Scheduler.GiveWay"/>, and sets the niceness of their sessions. What could not be set is tried again at the next call.</summary>
    /// <param name="niceness">Of each process: 0 is an equal share, 19 a seventieth; needs no rights in either direction.</param>
    public void Set(int server, Func<int, int> niceness)
    {
        var set = new Dictionary<int, int>(_set.Count);
        foreach (var process in ChildrenOf(server).Prepend(server))
        {
            var wanted = niceness(process);
            var done = _set.TryGetValue(process, out var before) && before == wanted;
            if (done || (Scheduler.GiveWay(process) && SetSession(process, wanted)))
            {
                set[process] = wanted;
            }
        }

        _set = set;
    }

    private static IEnumerable<int> ChildrenOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/task/{process}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return [];   // it is being started again, or the system does not say
        }
    }

    /// <summary>False when it has to be tried again: an account other than root's may set one session in a tenth of a second.</summary>
    private static bool SetSession(int process, int niceness)
    {
        var path = $"/proc/{process}/autogroup";
        if (!File.Exists(path))
        {
            return true;   // a system that knows no such groups
        }

        try
        {
            File.WriteAllText(path, niceness.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
