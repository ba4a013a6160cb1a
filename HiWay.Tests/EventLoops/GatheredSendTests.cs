using System.Net;
using System.Net.Sockets;
using HiWay.Infrastructure.EventLoops;
using HiWay.Tests.Harness;

namespace HiWay.Tests.EventLoops;

/// <summary>What a loop sends in one round: together where much has happened, at once where little has, and nothing is held for long.</summary>
public sealed class GatheredSendTests : IDisposable
{
    private readonly EventLoopGroup _loops = new();
    private readonly EventLoop _loop;
    private readonly EventLoop _patientLoop;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<(LoopSocket Near, Socket Far)> _pairs = [];

    public GatheredSendTests()
    {
        _loop = _loops.Next;
        _patientLoop = new EventLoop(99, _loops, processor: null) { LongestGathering = TimeSpan.FromMinutes(1) };
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var (near, far) in _pairs)
        {
            near.Dispose();
            far.Dispose();
        }

        _listener.Dispose();
        _patientLoop.Dispose();
        _loops.Dispose();
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(2, true)]
    public async Task WhatARoundSends_IsSentBehindItsLastEvent_UnlessThereAreFew(int sockets, bool atOnce)
    {
        var sends = new List<Task>();
        var doneBeforeTheLast = 0;
        await InOneRoundAsync(_patientLoop, sockets, near =>
        {
            doneBeforeTheLast = sends.Count(sent => sent.IsCompleted);
            sends.Add(near.SendAsync("answer"u8.ToArray()).AsTask());
        });

        await Task.WhenAll(sends).WaitAsync(Patience.Limit, Stop);
        Assert.Equal(atOnce ? sockets - 1 : 0, doneBeforeTheLast);
        var buffer = new byte[16];
        foreach (var (_, far) in _pairs)
        {
            Assert.Equal(6, await far.ReceiveAsync(buffer, Stop).AsTask().WaitAsync(Patience.Limit, Stop));
        }
    }

    /// <summary>One call that takes its time does not hold up the others' answers.</summary>
    [Fact]
    public async Task InALongRound_WhatWasGatheredIsSentMeanwhile()
    {
        var sends = new List<Task>();
        var done = new List<int>();
        await InOneRoundAsync(_loop, 6, near =>
        {
            done.Add(sends.Count(sent => sent.IsCompleted));
            sends.Add(near.SendAsync("answer"u8.ToArray()).AsTask());
            if (sends.Count == 3)
            {
                Thread.Sleep(5);
            }
        });

        await Task.WhenAll(sends).WaitAsync(Patience.Limit, Stop);
        Assert.Equal(3, done[3]);
    }

    /// <summary>More than the system takes at once goes on as the reader reads.</summary>
    [Fact]
    public async Task MegabytesThatWereGathered_ArriveWhole()
    {
        var sends = new List<Task>();
        var large = new byte[4 * 1024 * 1024];
        Random.Shared.NextBytes(large);
        await InOneRoundAsync(_patientLoop, 4, near => sends.Add(near.SendAsync(large).AsTask()));

        foreach (var (_, far) in _pairs)
        {
            var arrived = new byte[large.Length];
            await new NetworkStream(far).ReadExactlyAsync(arrived, Stop).AsTask().WaitAsync(Patience.Limit, Stop);
            Assert.Equal(large, arrived);
        }

        await Task.WhenAll(sends).WaitAsync(Patience.Limit, Stop);
    }

    [Fact]
    public async Task OneThatIsClosedBeforeItSends_Fails_AndTheOthersSend()
    {
        var sends = new List<Task>();
        await InOneRoundAsync(_patientLoop, 5, near =>
        {
            sends.Add(near.SendAsync("answer"u8.ToArray()).AsTask());
            if (sends.Count == 2)
            {
                near.Dispose();
            }
        });

        await Assert.ThrowsAsync<ObjectDisposedException>(() => sends[1].WaitAsync(Patience.Limit, Stop));
        await Task.WhenAll(sends.Where((_, i) => i != 1)).WaitAsync(Patience.Limit, Stop);
    }

    /// <summary>Sends a byte to so many sockets while this loop of theirs is busy, so that it finds them all at once, and calls this there for each.</summary>
    private async Task InOneRoundAsync(EventLoop loop, int sockets, Action<LoopSocket> came)
    {
        var busy = await PairAsync(loop);
        using var isBusy = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var blocking = HearAsync(busy.Near, _ =>
        {
            isBusy.Set();
            goOn.Wait(Patience.Limit);
        });
        var hearing = new List<Task>();
        for (var i = 0; i < sockets; i++)
        {
            var pair = await PairAsync(loop);
            _pairs.Add(pair);
            hearing.Add(HearAsync(pair.Near, came));
        }

        await Task.Delay(50, Stop);   // what a new socket says first is over by then
        await busy.Far.SendAsync("x"u8.ToArray(), Stop);
        Assert.True(isBusy.Wait(Patience.Limit, Stop));
        foreach (var (_, far) in _pairs)
        {
            await far.SendAsync("x"u8.ToArray(), Stop);
        }

        goOn.Set();
        await Task.WhenAll([blocking, .. hearing]).WaitAsync(Patience.Limit, Stop);
        busy.Near.Dispose();
        busy.Far.Dispose();
    }

    private static async Task HearAsync(LoopSocket socket, Action<LoopSocket> came)
    {
        await socket.ReceiveAsync(new byte[16]);
        came(socket);
    }

    private async Task<(LoopSocket Near, Socket Far)> PairAsync(EventLoop loop)
    {
        var accepting = _listener.AcceptAsync(Stop);
        var near = await LoopSocket.ConnectAsync(_listener.LocalEndPoint!, loop, Stop);
        return (near, await accepting);
    }
}
