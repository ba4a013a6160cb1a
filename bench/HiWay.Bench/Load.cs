using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HiWay.Bench;

/// <param name="Latencies">Microseconds, sorted.</param>
internal sealed record LoadResult(int Requests, int Failures, long Events, TimeSpan Took, double[] Latencies, double[] FirstChunks)
{
    public double PerSecond => Requests / Took.TotalSeconds;

    public double P50 => At(Latencies, 0.50);

    public double P99 => At(Latencies, 0.99);

    public double FirstChunkP50 => At(FirstChunks, 0.50);

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[(int)(share * (sorted.Length - 1))];
}

internal static class Load
{
    /// <summary>Closed loop: each connection sends its next request when it has read the last answer.</summary>
    public static async Task<LoadResult> ClosedAsync(int port, byte[] request, int connections, TimeSpan time)
    {
        var results = new ConcurrentBag<(int Requests, int Failures)>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var connection = await Connection.OpenAsync(port);
            var (requests, failures) = (0, 0);
            while (clock.Elapsed < time)
            {
                await connection.SendAsync(request);
                var answer = await connection.ReadAsync();
                requests++;
                failures += answer.Status == 200 ? 0 : 1;
            }

            results.Add((requests, failures));
        }));
        return new(results.Sum(one => one.Requests), results.Sum(one => one.Failures), 0, clock.Elapsed, [], []);
    }

    /// <summary>Open loop: requests leave at a fixed rate whatever comes back, so a slow answer cannot hide behind the ones it would have delayed.</summary>
    public static async Task<LoadResult> OpenAsync(int port, byte[] request, int perSecond, TimeSpan time)
    {
        var idle = new ConcurrentQueue<Connection>();
        var all = new List<Connection>();
        for (var i = 0; i < 128; i++)
        {
            var connection = await Connection.OpenAsync(port);
            all.Add(connection);
            idle.Enqueue(connection);
        }

        var total = (int)(perSecond * time.TotalSeconds);
        var latencies = new double[total];
        var answered = 0;
        var failures = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clock = Stopwatch.StartNew();
        var pacer = new Thread(() =>
        {
            _ = Prctl(29, 1, 0, 0, 0);   // PR_SET_TIMERSLACK: wake within microseconds, not fifty of them
            var step = Stopwatch.Frequency / (double)perSecond;
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < total; i++)
            {
                var due = start + (long)(i * step);
                var wait = due - Stopwatch.GetTimestamp();
                if (wait > 0)
                {
                    var nanoseconds = wait * (1_000_000_000 / Stopwatch.Frequency);
                    var sleep = new TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
                    _ = NanoSleep(ref sleep, IntPtr.Zero);
                }

                Connection? connection;
                var sent = Stopwatch.GetTimestamp();
                while (!idle.TryDequeue(out connection))
                {
                    sent = due;   // all busy: the wait counts, as a caller would have felt it
                    Thread.Sleep(0);
                }

                connection.Send(request);
                _ = FinishAsync(connection, i, sent);
            }
        })
        { IsBackground = true };
        pacer.Start();
        await done.Task.WaitAsync(time + TimeSpan.FromSeconds(60));
        foreach (var connection in all)
        {
            connection.Dispose();
        }

        Array.Sort(latencies);
        return new(total, failures, 0, clock.Elapsed, latencies, []);

        async Task FinishAsync(Connection connection, int i, long sent)
        {
            var answer = await connection.ReadAsync();
            latencies[i] = Stopwatch.GetElapsedTime(sent, answer.EndAt).TotalMicroseconds;
            if (answer.Status != 200)
            {
                Interlocked.Increment(ref failures);
            }

            idle.Enqueue(connection);
            if (Interlocked.Increment(ref answered) == total)
            {
                done.SetResult();
            }
        }
    }

    /// <summary>So many streams at once, each followed by the next on its connection; they begin spread over the length of one stream.</summary>
    public static async Task<LoadResult> StreamsAsync(int port, byte[] request, int streams, TimeSpan time)
    {
        var results = new ConcurrentBag<(Answer Answer, double FirstChunk)>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(async i =>
        {
            using var connection = await Connection.OpenAsync(port);
            await Task.Delay(TimeSpan.FromMilliseconds(1300.0 * i / streams));
            while (clock.Elapsed < time)
            {
                var sent = Stopwatch.GetTimestamp();
                await connection.SendAsync(request);
                var answer = await connection.ReadAsync();
                results.Add((answer, Stopwatch.GetElapsedTime(sent, answer.FirstByteAt).TotalMicroseconds));
            }
        }));
        var took = clock.Elapsed;
        var first = results.Select(one => one.FirstChunk).Order().ToArray();
        return new(results.Count, results.Count(one => one.Answer.Status != 200), results.Sum(one => (long)one.Answer.Events), took, [], first);
    }

    /// <summary>Opens streams that stay open; dispose of them to leave.</summary>
    public static async Task<List<Connection>> HoldAsync(int port, byte[] request, int streams)
    {
        var open = new List<Connection>();
        foreach (var batch in Enumerable.Range(0, streams).Chunk(50))
        {
            open.AddRange(await Task.WhenAll(batch.Select(async _ =>
            {
                var connection = await Connection.OpenAsync(port);
                await connection.SendAsync(request);
                await connection.ReadEventsAsync(7);
                return connection;
            })));
        }

        return open;
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    private static extern int NanoSleep(ref TimeSpec request, IntPtr remaining);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Prctl(int option, ulong a, ulong b, ulong c, ulong d);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
