using System.Diagnostics;

namespace HiWay.Bench;

/// <summary>How long HiWay takes to get ready, and how many 2 KB calls it answers in each second of full load after that.</summary>
internal static class Start
{
    /// <param name="seconds">How long it is watched.</param>
    public static async Task<int> RunAsync(string app, int seconds)
    {
        await using var servers = new Servers();
        var clock = Stopwatch.StartNew();
        var hiway = await servers.WithWorkspaceAsync(await servers.StartAloneAsync(app));
        Console.WriteLine($"first start, with a new database and a first workspace: {clock.Elapsed.TotalSeconds:0.0} s");
        Console.WriteLine("calls answered in each second after it:");
        for (var second = 0; second < seconds; second++)
        {
            var load = await Load.ClosedAsync(hiway.Port, hiway.Request(Traffic.Small), Rounds.Connections, TimeSpan.FromSeconds(1));
            Console.Write($"{load.PerSecond:0} ");
        }

        Console.WriteLine();
        return 0;
    }
}
