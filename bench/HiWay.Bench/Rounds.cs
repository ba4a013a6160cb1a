namespace HiWay.Bench;

/// <summary>What is measured, in which order, and what the figures ought to be.</summary>
internal static class Rounds
{
    internal const int Connections = 32;
    private const int OpenRate = 2000;
    private const int Streams = 200;
    private const int HeldStreams = 1000;

    private static readonly Dictionary<string, string> Wanted = new()
    {
        ["2 KB: requests/s, 32 connections"] = ">= 0.45",
        ["2 KB: CPU ms per 1,000 requests"] = "<= 3.2",
        ["2 KB at 2,000/s: added p50 us"] = "<= 3",
        ["2 KB at 2,000/s: added p99 us"] = "<= 4",
        ["200 streams: CPU ms per 1,000 chunks"] = "<= 2.4",
        ["1,000 open streams: KB each"] = "<= 90 KB",
        ["200 translated streams: CPU ms per 1,000 chunks"] = "<= 2 x the row above",
    };

    public static async Task<int> RunAsync(string app, int rounds, TimeSpan time, bool smallOnly)
    {
        var report = new Report();
        await using var servers = new Servers();
        Say("starting the mock provider, nginx and HiWay");
        await servers.StartAsync(app);
        var failures = 0;
        long calls = 0;

        // Memory first: after the other loads a heap has room to spare and would seem to need none.
        foreach (var target in servers.Targets.Where(target => target.Name != "direct" && !smallOnly))
        {
            Say($"{target.Name}: {HeldStreams} open streams");
            await MeasureMemoryAsync(report, target);
            calls += target.Name == "HiWay" ? HeldStreams + WarmUpStreams : 0;
        }

        (string Name, Traffic Traffic)[] sizes = smallOnly ? [("2 KB", Traffic.Small)] : [("2 KB", Traffic.Small), ("32 KB", Traffic.Large)];
        Say("warming up");
        foreach (var target in servers.Targets)
        {
            foreach (var (_, traffic) in sizes)
            {
                // Long enough for the runtime to have compiled what is hot, twice; a server runs for days.
                var warm = await Load.ClosedAsync(target.Port, target.Request(traffic), Connections, TimeSpan.FromSeconds(target.Name == "HiWay" ? 10 : 3));
                Count(target, warm);
            }

            if (!smallOnly)
            {
                Count(target, await Load.StreamsAsync(target.Port, target.Request(Traffic.Stream), Streams, TimeSpan.FromSeconds(3)));
                if (target.Name == "HiWay")
                {
                    Count(target, await Load.StreamsAsync(target.Port, target.Request(Traffic.Translated), Streams, TimeSpan.FromSeconds(3)));
                }
            }
        }

        for (var round = 1; round <= rounds; round++)
        {
            var plain = new Dictionary<string, (LoadResult Open, LoadResult? Streams)>();
            foreach (var target in servers.Targets)
            {
                Say($"round {round}: {target.Name}");
                foreach (var (size, traffic) in sizes)
                {
                    var closed = await MeasureAsync(report, target, $"{size}: CPU ms per 1,000 requests",
                        () => Load.ClosedAsync(target.Port, target.Request(traffic), Connections, time), result => result.Requests);
                    report.Add($"{size}: requests/s, 32 connections", target.Name, closed.PerSecond);
                    Count(target, closed);
                }

                var open = await Load.OpenAsync(target.Port, target.Request(Traffic.Small), OpenRate, time);
                Count(target, open);
                await target.Settled();
                var streams = smallOnly ? null : await MeasureAsync(report, target, "200 streams: CPU ms per 1,000 chunks",
                    () => Load.StreamsAsync(target.Port, target.Request(Traffic.Stream), Streams, time), result => (long)result.Requests * MockUpstream.ChunksPerStream);
                plain[target.Name] = (open, streams);
                if (streams is not null && target.Name == "HiWay")
                {
                    Count(target, await MeasureAsync(report, target, "200 translated streams: CPU ms per 1,000 chunks",
                        () => Load.StreamsAsync(target.Port, target.Request(Traffic.Translated), Streams, time), result => (long)result.Requests * MockUpstream.ChunksPerStream));
                }


                // "direct" comes first in every round, so there is something to subtract.
                var direct = plain["direct"];
                report.Add("2 KB at 2,000/s: added p50 us", target.Name, open.P50 - (target.Name == "direct" ? 0 : direct.Open.P50));
                report.Add("2 KB at 2,000/s: added p99 us", target.Name, open.P99 - (target.Name == "direct" ? 0 : direct.Open.P99));
                if (streams is not null)
                {
                    Count(target, streams);
                    report.Add("200 streams: added us to first chunk", target.Name, streams.FirstChunkP50 - (target.Name == "direct" ? 0 : direct.Streams!.FirstChunkP50));
                }
            }
        }

        var hiway = servers.Targets.Single(target => target.Name == "HiWay");
        var metered = await servers.MeteredAsync(hiway.Port);
        Console.WriteLine();
        Console.WriteLine($"{rounds} rounds of {time.TotalSeconds} s per figure, {Environment.ProcessorCount} cores, nginx with 2 workers; medians. The column \"direct\" holds whole times where the others hold what they add.");
        Console.WriteLine();
        Console.WriteLine(report.Table(Wanted));
        Console.WriteLine($"Failed answers: {failures}. Calls answered by HiWay: {calls}; calls in its books: {metered}.");
        return failures == 0 && metered == calls ? 0 : 1;

        void Count(Target target, LoadResult result)
        {
            failures += result.Failures;
            calls += target.Name == "HiWay" ? result.Requests : 0;
        }
    }

    private const int WarmUpStreams = 100;

    private static async Task MeasureMemoryAsync(Report report, Target target)
    {
        // The first streams bring code and pools to life that all later ones share.
        Close(await Load.HoldAsync(target.Port, target.Request(Traffic.Hold), WarmUpStreams));
        await Task.Delay(1000);
        var before = ProcessCost.ResidentBytes(target.Processes());
        var open = await Load.HoldAsync(target.Port, target.Request(Traffic.Hold), HeldStreams);
        await Task.Delay(1000);
        var during = ProcessCost.ResidentBytes(target.Processes());
        Close(open);
        await Task.Delay(1000);
        report.Add("1,000 open streams: KB each", target.Name, (during - before) / 1024.0 / HeldStreams);
    }

    /// <summary>Runs a load and reports the CPU that it cost, in milliseconds per thousand of what it counts.</summary>
    private static async Task<LoadResult> MeasureAsync(Report report, Target target, string row, Func<Task<LoadResult>> load, Func<LoadResult, long> count)
    {
        var (server, database) = (target.Cpu(), target.DatabaseCpu?.Invoke());
        var result = await load();
        await target.Settled();   // writing the books down later is part of what a call costs
        report.Add(row, target.Name, (target.Cpu() - server) * 1_000_000 / count(result));
        if (database is { } before)
        {
            report.Add(row, "PostgreSQL", (target.DatabaseCpu!() - before) * 1_000_000 / count(result));
        }

        return result;
    }

    private static void Close(List<Connection> connections) => connections.ForEach(connection => connection.Dispose());

    private static void Say(string what) => Console.Error.WriteLine(what);
}
