using System.Diagnostics;
using System.Globalization;
using HiWay.Infrastructure.EventLoops;
using HiWay.Tests.Harness;

namespace HiWay.Tests.EventLoops;

/// <summary>Calls come before the writing of the books.</summary>
public sealed class CallPrecedenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Private_database_gives_way()
    {
        await using var hiway = await HiWayProcess.StartAsync(_folder.Path);
        var server = int.Parse(File.ReadLines(Path.Combine(_folder.Path, "postgres", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        await Patience.HoldsAsync(() =>
        {
            // Sessions come and go; one that has gone meanwhile says nothing.
            var processes = File.ReadAllText($"/proc/{server}/task/{server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).Prepend(server).ToList();
            Assert.True(processes.Count > 3, "The server has processes of its own and HiWay's sessions.");
            AssertSlices(processes.Select(process => Scheduler.Get(process)).OfType<Scheduler.Attributes>());
            Assert.All(processes, process => AssertSession(process, CallPrecedence.ServerNiceness));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Server_gets_its_share_back()
    {
        using var server = Process.Start("setsid", ["sleep", "600"]);
        try
        {
            await Patience.UntilAsync(() => File.ReadAllText($"/proc/{server.Id}/comm").Trim() == "sleep", "the program in a session of its own");
            var shares = new SessionShares();
            foreach (var niceness in new[] { CallPrecedence.ServerNiceness, 0, CallPrecedence.ServerNiceness })
            {
                await Patience.HoldsAsync(() =>
                {
                    shares.Set(server.Id, niceness);
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
    [InlineData(10_000, false, false)]
    [InlineData(10_001, false, true)]
    [InlineData(1_001, true, true)]
    [InlineData(1_000, true, false)]
    public void Books_that_are_late_bring_it_back_until_they_are_not(long pending, bool before, bool expected) =>
        Assert.Equal(expected, CallPrecedence.IsBehind(pending, batch: 1_000, before));

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

    /// <summary>Where the system knows no such groups there is nothing to set, nor for a process that has ended.</summary>
    private static void AssertSession(int process, int niceness)
    {
        try
        {
            Assert.EndsWith($"nice {niceness}", File.ReadAllText($"/proc/{process}/autogroup").Trim(), StringComparison.Ordinal);
        }
        catch (IOException)
        {
        }
    }
}
