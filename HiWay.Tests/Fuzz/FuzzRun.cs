using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace HiWay.Tests.Fuzz;

/// <summary>
/// Spoiled requests, streams and answers of every dialect, seeded: whatever comes in or back, each ends in an answer or in a reason, soon. A few
/// thousand here; <c>bench/fuzz.sh</c> runs a million.
/// </summary>
public sealed class FuzzRun(ITestOutputHelper output)
{
    private const int MostFailures = 20;

    /// <summary>A case takes microseconds; one that takes this long hangs. Generous, for a machine that does other work.</summary>
    private static readonly TimeSpan Patience = Harness.Patience.Limit;

    internal static int Seed { get; } = Number("HIWAY_FUZZ_SEED", 20_261_125);

    private static long Cases { get; } = Number("HIWAY_FUZZ_CASES", 10_000);

    /// <summary>The first case; with one case it is the one to look at again.</summary>
    private static long First { get; } = Number("HIWAY_FUZZ_FIRST", 0);

    [Fact]
    public void EveryCase_EndsInAnAnswerOrAReason()
    {
        var started = Stopwatch.StartNew();
        var failures = new List<string>();
        var kinds = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var slowest = (Took: TimeSpan.Zero, Number: 0L);
        var current = First;
        var since = Stopwatch.GetTimestamp();
        var worker = new Thread(() =>
        {
            for (var number = First; number < First + Cases && failures.Count < MostFailures; number++)
            {
                Interlocked.Exchange(ref current, number);
                var begun = Stopwatch.GetTimestamp();
                Interlocked.Exchange(ref since, begun);
                var one = new FuzzCase(Seed, number);
                try
                {
                    one.Run();
                }
                catch (Exception broken)
                {
                    failures.Add($"Case {number} ({one.What}): {broken}\n{Shown(one.Input)}");
                }

                kinds[one.Kind] = kinds.GetValueOrDefault(one.Kind) + 1;
                var took = Stopwatch.GetElapsedTime(begun);
                slowest = took > slowest.Took ? (took, number) : slowest;
            }
        }, maxStackSize: 1024 * 1024) { IsBackground = true };
        worker.Start();
        while (!worker.Join(TimeSpan.FromMilliseconds(200)))
        {
            Assert.True(Stopwatch.GetElapsedTime(Interlocked.Read(ref since)) < Patience, $"Case {Interlocked.Read(ref current)} of seed {Seed} hangs.");
        }

        output.WriteLine($"{Cases:N0} cases from {First} on, seed {Seed}: {failures.Count} failures; {started.Elapsed.TotalSeconds:F0} s; slowest {slowest.Took.TotalMilliseconds:F1} ms (case {slowest.Number}).");
        foreach (var (kind, count) in kinds)
        {
            output.WriteLine($"  {count,9:N0}  {kind}");
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    private static string Shown(byte[] input) => Encoding.UTF8.GetString(input.AsSpan(0, Math.Min(input.Length, 1500)));

    internal static int Number(string variable, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : standard;
}
