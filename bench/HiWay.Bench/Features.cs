using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace HiWay.Bench;

/// <summary>
/// What Shield, masking, caps and Guardian add to a 2 KB call: one HiWay, a workspace with each of them on and everything else off, one with
/// all of them and one with none, driven in turn.
/// </summary>
internal static class Features
{
    private const int Connections = 16;

    /// <summary>What all of it may add, in microseconds of CPU.</summary>
    private const double AllowedMicros = 60;

    private const string Off = "all off";
    private const string On = "all on";

    /// <param name="Path">Below the workspace; null is nothing to set.</param>
    private sealed record Setting(HttpMethod Method, string Path, object Body);

    private static readonly Setting s_shieldOff = new(HttpMethod.Post, "security/config", new { mode = "off", scan_output = false });
    private static readonly Setting s_shieldBlocks = new(HttpMethod.Post, "security/config", new { mode = "block", scan_output = true });
    private static readonly Setting s_shieldWatches = new(HttpMethod.Post, "security/config", new { mode = "monitor", scan_output = false });
    private static readonly Setting s_cap = new(HttpMethod.Put, "budget", new { cap_usd = 1_000_000m, end_user_cap_usd = 100_000m });
    private static readonly Setting s_masks = new(HttpMethod.Put, "privacy", new { enabled = true, scope = "full", restore = true, families = new[] { "email", "phone", "card", "iban", "api_key" } });

    private static readonly (string Name, bool Guardian, Setting[] Settings)[] s_features =
    [
        (Off, false, [s_shieldOff]),
        ("Shield watching (the default)", false, [s_shieldWatches]),
        ("Shield blocking, answers too", false, [s_shieldBlocks]),
        ("masking, all families", false, [s_shieldOff, s_masks]),
        ("caps of workspace, key, end user", false, [s_shieldOff, s_cap]),
        ("Guardian, all rules", true, [s_shieldOff]),
        (On, true, [s_shieldBlocks, s_masks, s_cap]),
    ];

    public static async Task<int> RunAsync(string app, int rounds, TimeSpan time)
    {
        await using var servers = new Servers();
        Console.Error.WriteLine("starting the mock provider and HiWay");
        var hiway = await servers.StartAloneAsync(app);
        var workspaces = new List<(string Name, byte[] Request)>();
        foreach (var (name, guardian, settings) in s_features)
        {
            var key = await servers.AddWorkspaceAsync(name.Contains("key", StringComparison.Ordinal) || name == On ? new { name = "Bench", daily_cap_usd = 100_000m, monthly_cap_usd = 100_000m } : new { name = "Bench" });
            foreach (var setting in settings)
            {
                await servers.SetAsync(setting.Method, setting.Path, setting.Body);
            }

            await SetGuardianAsync(servers, guardian);
            workspaces.Add((name, Requests.Http(Traffic.Small, hiway.Port, "/v1/chat/completions", key, user: name.Contains("user", StringComparison.Ordinal) || name == On ? "anna" : null)));
        }

        Console.Error.WriteLine("warming up");
        foreach (var (_, request) in workspaces)
        {
            await DriveAsync(hiway.Port, request, Connections, TimeSpan.FromSeconds(5));
        }

        var cpu = workspaces.ToDictionary(workspace => workspace.Name, _ => new List<double>());
        var p50 = workspaces.ToDictionary(workspace => workspace.Name, _ => new List<double>());
        var failures = 0;
        for (var round = 1; round <= rounds; round++)
        {
            Console.Error.WriteLine($"round {round}");
            foreach (var (name, request) in workspaces)
            {
                await hiway.Settled();
                var before = hiway.Cpu();
                var busy = await DriveAsync(hiway.Port, request, Connections, time);
                await hiway.Settled();
                cpu[name].Add((hiway.Cpu() - before) * 1_000_000 / busy.Latencies.Length);
                var alone = await DriveAsync(hiway.Port, request, 1, time / 2);
                p50[name].Add(alone.Latencies[alone.Latencies.Length / 2]);
                failures += busy.Failures + alone.Failures;
            }
        }

        Console.WriteLine($"{rounds} rounds of {time.TotalSeconds} s, {Environment.ProcessorCount} cores, 2 KB calls; medians. CPU is HiWay's own with the way into the books, without PostgreSQL, at {Connections} connections; p50 is of one call at a time.");
        Console.WriteLine();
        Console.WriteLine("| | CPU us a call | added CPU us | added p50 us |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (name, _) in workspaces)
        {
            // Each round's own difference: rounds differ more from each other than workspaces within one.
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Median(cpu[name]):0.0} | {Added(cpu, name):0.0} | {Added(p50, name):0.0} |"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"All of it adds {Added(cpu, On):0.0} us of CPU; {AllowedMicros:0} are allowed. Failed answers: {failures}."));
        return failures == 0 && Added(cpu, On) <= AllowedMicros ? 0 : 1;
    }

    /// <summary>Rules that look at every call and tell of it, and refuse none: the bench is the loop that they are made for.</summary>
    private static async Task SetGuardianAsync(Servers servers, bool on)
    {
        var guardian = await servers.GetAsync("guardian");
        var rules = guardian["rules"]!.AsArray().Select(rule => (JsonNode)(on
            ? new JsonObject { ["rule"] = rule!["rule"]!.GetValue<string>(), ["enabled"] = true, ["action"] = "alert" }
            : new JsonObject { ["rule"] = rule!["rule"]!.GetValue<string>(), ["enabled"] = false }));
        await servers.SetAsync(HttpMethod.Put, "guardian", new JsonObject { ["rules"] = new JsonArray([.. rules]) });
    }

    /// <summary>Each connection sends its next request when it has the answer; every request has a number of its own in it.</summary>
    private static async Task<(double[] Latencies, int Failures)> DriveAsync(int port, byte[] request, int connections, TimeSpan time)
    {
        var latencies = new ConcurrentBag<List<double>>();
        var (failures, numbers) = (0, 0L);
        var at = request.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Requests.Number));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            var (own, mine) = (request.ToArray(), new List<double>());
            using var connection = await Connection.OpenAsync(port);
            while (clock.Elapsed < time)
            {
                Interlocked.Increment(ref numbers).TryFormat(own.AsSpan(at, Requests.Number.Length), out var written, "D12", CultureInfo.InvariantCulture);
                Debug.Assert(written == Requests.Number.Length);
                var started = Stopwatch.GetTimestamp();
                await connection.SendAsync(own);
                var answer = await connection.ReadAsync();
                mine.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
                if (answer.Status != 200)
                {
                    Interlocked.Increment(ref failures);
                }
            }

            latencies.Add(mine);
        }));
        double[] all = [.. latencies.SelectMany(one => one)];
        Array.Sort(all);
        return (all, failures);
    }

    private static double Added(Dictionary<string, List<double>> figures, string name) => Median(figures[name].Zip(figures[Off], (with, without) => with - without));

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
