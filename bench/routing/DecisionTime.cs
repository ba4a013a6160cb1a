using System.Diagnostics;
using HiWay.Domain.Routing;
using HiWay.RouterTrainer;

namespace HiWay.RoutingBench;

/// <summary>How long the shipped router takes for a decision.</summary>
internal static class DecisionTime
{
    private const int Runs = 5, SizeRuns = 2_000, LongestKb = 6;

    internal static void Print(List<Row> rows)
    {
        // The shipped router, warm: three passes for the compiler, then each prompt once.
        for (var pass = 0; pass < 3; pass++)
        {
            foreach (var row in rows)
            {
                _ = Router.Decide(row.Facts, RoutingSettings.Default);
            }

            Thread.Sleep(200);
        }

        // The best of five runs of each prompt: what the decision takes, without what else the machine was doing.
        var times = new double[rows.Count];
        Array.Fill(times, double.MaxValue);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var run = 0; run < Runs; run++)
        {
            for (var i = 0; i < rows.Count; i++)
            {
                var start = Stopwatch.GetTimestamp();
                _ = Router.Decide(rows[i].Facts, RoutingSettings.Default);
                times[i] = Math.Min(times[i], Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(times);
        Console.WriteLine($"decision p50 {times[times.Length / 2]:0.0} us, p99 {times[times.Length * 99 / 100]:0.0} us, {allocated / rows.Count / Runs} bytes each (the trace)");

        // How the time grows with the prompt: running text of the set's own prompts, cut to size; the best of many.
        var text = rows.SelectMany(row => row.Body.Append((byte)' ')).Take(LongestKb * 1024).ToArray();
        foreach (var kb in (int[])[1, 2, 4, LongestKb])
        {
            var row = new Row { Id = "", Source = "", Category = null, Group = 0, Body = text[..(kb * 1024)], Texts = [new(PromptRole.User, 0, kb * 1024, 0)], PromptTokens = kb * 256 };
            var best = double.MaxValue;
            for (var run = 0; run < SizeRuns; run++)
            {
                var start = Stopwatch.GetTimestamp();
                _ = Router.Decide(row.Facts, RoutingSettings.Default);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            Console.WriteLine($"a prompt of {kb} KB: {best:0.0} us");
        }
    }
}
