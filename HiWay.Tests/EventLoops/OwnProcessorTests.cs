using HiWay.Infrastructure.EventLoops;

namespace HiWay.Tests.EventLoops;

/// <summary>A busy loop stays on its processor; one with time to spare goes where there is room.</summary>
public sealed class OwnProcessorTests
{
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(120);

    [Fact]
    public async Task Busy_thread_stays_and_an_idle_one_leaves()
    {
        var (all, seen) = await RunAsync((own, look) =>
        {
            IReadOnlyList<int> busy = [];
            for (var tries = 0; tries < 50 && busy is not [_]; tries++)   // beside other tests it may get less than it asks for
            {
                Work();
                look();
                busy = Scheduler.Processors();
            }

            Thread.Sleep(s_betweenLooks);
            look();
            return (Busy: busy, Idle: Scheduler.Processors());
        });

        Assert.Equal([all[^1]], seen.Busy);
        Assert.Equal(all, seen.Idle);
    }

    [Fact]
    public async Task A_moment_is_too_short_to_tell()
    {
        var (all, seen) = await RunAsync((own, look) =>
        {
            look();
            return Scheduler.Processors();
        });

        Assert.Equal(all, seen);
    }

    /// <summary>The pool starts its threads from whoever needs one, a loop too.</summary>
    [Fact]
    public async Task Threads_that_it_starts_go_anywhere()
    {
        var (all, seen) = await RunAsync((own, look) =>
        {
            Scheduler.RunOn([own]);
            IReadOnlyList<int> of = [];
            var started = new Thread(() => of = Scheduler.Processors());
            started.Start();
            started.Join();
            return of;
        });

        Assert.Equal(all, seen);
    }

    /// <summary>Runs something on a thread of its own, as it changes what the thread may do.</summary>
    private static async Task<(IReadOnlyList<int> All, T Seen)> RunAsync<T>(Func<int, Action, T> body)
    {
        var seen = new TaskCompletionSource<(IReadOnlyList<int>, T)>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                var all = Scheduler.Processors();
                seen.SetResult((all, body(all[^1], new OwnProcessor(all[^1], all).Look)));
            }
            catch (Exception failed)
            {
                seen.SetException(failed);
            }
        })
        { IsBackground = true }.Start();
        return await seen.Task;
    }

    private static void Work()
    {
        var start = Scheduler.ThreadTime();
        while (Scheduler.ThreadTime() - start < s_betweenLooks)
        {
            Thread.SpinWait(100);
        }
    }
}
