using System.Diagnostics;
using System.Globalization;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.EventLoops;
using HiWay.Infrastructure.Metering;
using HiWay.Tests.Harness;
using HiWay.Tests.Metering;

namespace HiWay.Tests.EventLoops;

/// <summary>Calls come before the writing of the books.</summary>
public sealed class CallPrecedenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Private_database_gives_way_and_the_books_do_most()
    {
        await using var hiway = await HiWayProcess.StartAsync(_folder.Path);
        using var http = new HttpClient { BaseAddress = new Uri(hiway.Url) };
        var account = await http.SignUpAsync();
        var key = await http.CreateKeyAsync(account, new { name = "Books", test = true });
        await using var load = new GatewayLoad(hiway.Url, key.Secret);
        await load.UntilAsync(completed: 20);

        var server = int.Parse(File.ReadLines(Path.Combine(_folder.Path, "postgres", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        await Patience.HoldsAsync(() =>
        {
            // Sessions come and go; one that has gone meanwhile says nothing.
            var processes = File.ReadAllText($"/proc/{server}/task/{server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).Prepend(server).ToList();
            AssertSlices(processes.Select(process => Scheduler.Get(process)).OfType<Scheduler.Attributes>());
            var (sessions, aside) = (processes.FindAll(OwnDatabase.IsSession), processes.FindAll(process => !OwnDatabase.IsSession(process)));
            Assert.True(aside.Count > 2, "The server has processes of its own.");
            Assert.All(aside, process => AssertSession(process, CallPrecedence.BooksNiceness));
            Assert.True(sessions.Count > 1, "Pages and the books have sessions of their own.");
            AssertOneOfBooks(sessions);
            return Task.CompletedTask;
        });
        await load.StopAsync();
    }

    [Fact]
    public async Task Server_gets_its_share_back()
    {
        using var server = Process.Start("setsid", ["sleep", "600"]);
        try
        {
            await Patience.UntilAsync(() => File.ReadAllText($"/proc/{server.Id}/comm").Trim() == "sleep", "the program in a session of its own");
            var shares = new SessionShares();
            foreach (var niceness in new[] { CallPrecedence.BooksNiceness, 0, CallPrecedence.BooksNiceness })
            {
                await Patience.HoldsAsync(() =>
                {
                    shares.Set(server.Id, _ => niceness);
                    AssertSession(server.Id, niceness);
                    return Task.CompletedTask;
                });
            }
        }
        finally
        {
            server.Kill();
        }
    }

    [Theory]
    [InlineData(1_001, 5.1, 0, false, true)]
    [InlineData(100_000, 4.9, 0, false, false)]
    [InlineData(1_000, 30, 0, false, false)]      // one long call that has just ended is not late
    [InlineData(1_001, 0.1, 101, false, true)]
    [InlineData(1_001, 0.1, 100, false, false)]
    [InlineData(1_001, 0.1, 0, true, true)]
    [InlineData(1_000, 5.1, 0, true, false)]
    public void Books_that_are_late_bring_it_back_until_they_are_not(long pending, double seconds, long bytes, bool before, bool expected)
    {
        var now = DateTimeOffset.UtcNow;
        var journal = new JournalState(bytes, LimitBytes: 800, pending, now.AddSeconds(-seconds), AcceptsCalls: true, Problem: null);
        Assert.Equal(expected, CallPrecedence.IsBehind(journal, batch: 1_000, now, before));
    }

    [Fact]
    public void Process_that_has_ended_is_said_to_be_gone()
    {
        using var ended = Process.Start("true");
        ended.WaitForExit();
        Assert.False(Scheduler.GiveWay(ended.Id));
        Assert.Null(Scheduler.Get(ended.Id));
    }

    /// <summary>Linux before 6.12 has no slices to ask for, and says 0.</summary>
    private static void AssertSlices(IEnumerable<Scheduler.Attributes> all) =>
        Assert.All(all, one => Assert.Contains(one.SliceNanoseconds, new[] { 0ul, (ulong)Scheduler.LongestSlice.TotalNanoseconds }));

    private static void AssertOneOfBooks(IEnumerable<int> sessions)
    {
        var niceness = sessions.Select(Niceness).OfType<int>().Order().ToList();
        Assert.True(niceness.Count == 0 || niceness[^1] == CallPrecedence.BooksNiceness, "The session that writes the books gives way.");
        Assert.All(niceness.SkipLast(1), page => Assert.Equal(0, page));
    }

    /// <summary>Where the system knows no such groups there is nothing to set, nor for a process that has ended.</summary>
    private static void AssertSession(int process, int niceness) => Assert.Equal(niceness, Niceness(process) ?? niceness);

    private static int? Niceness(int process)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{process}/autogroup").Split("nice ")[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
