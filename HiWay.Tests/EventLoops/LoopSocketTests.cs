using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HiWay.Infrastructure.EventLoops;
using HiWay.Tests.Harness;

namespace HiWay.Tests.EventLoops;

/// <summary>Sockets of event loops against sockets of the framework.</summary>
public sealed class LoopSocketTests : IDisposable
{
    private readonly EventLoopGroup _loops = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public LoopSocketTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _loops.Dispose();
    }

    [Fact]
    public async Task MegabytesInBothDirectionsAtOnce_ArriveAsTheyWere()
    {
        using var pair = await PairAsync();
        var sent = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        var (back, forth) = (new byte[sent.Length], new byte[sent.Length]);

        // More than the system's buffers hold, with a reader that begins late: both sides have to wait for each other.
        var writing = pair.Near.SendAsync(sent).AsTask();
        var far = new NetworkStream(pair.Far);
        var answering = far.WriteAsync(sent, Stop).AsTask();
        await Task.Delay(50, Stop);
        var reading = ReadAsync(pair.Near, back);
        await far.ReadExactlyAsync(forth, Stop);
        await Task.WhenAll(writing, answering, reading);

        Assert.Equal(sent, forth);
        Assert.Equal(sent, back);
    }

    [Fact]
    public async Task WhatWaits_GoesOnOnTheLoopsOwnThread()
    {
        using var pair = await PairAsync();
        var read = Task.Run(async () =>
        {
            await pair.Near.ReceiveAsync(new byte[10]);
            return EventLoop.Current;
        }, Stop);
        await Task.Delay(50, Stop);
        await pair.Far.SendAsync("hello"u8.ToArray(), Stop);
        Assert.Same(pair.Near.Loop, await read);
    }

    [Fact]
    public async Task AfterAMove_TheOtherLoopGoesOn()
    {
        using var pair = await PairAsync();
        await pair.Far.SendAsync("ab"u8.ToArray(), Stop);
        var buffer = new byte[1];
        Assert.Equal(1, await pair.Near.ReceiveAsync(buffer));
        var other = new EventLoop(99, _loops, processor: null);
        pair.Near.MoveTo(other);

        // What lay there before the move is not lost, nor is what comes later.
        Assert.Equal(1, await pair.Near.ReceiveAsync(buffer));
        Assert.Equal((byte)'b', buffer[0]);
        var read = pair.Near.ReceiveAsync(buffer).AsTask();
        await pair.Far.SendAsync("c"u8.ToArray(), Stop);
        Assert.Equal(1, await read);
        Assert.Same(other, pair.Near.Loop);
        other.Dispose();
    }

    [Fact]
    public async Task TheOtherSidesEnd_IsReadAsTheEnd()
    {
        using var pair = await PairAsync();
        var wait = pair.Near.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        pair.Far.Dispose();
        await wait.WaitAsync(Patience.Limit, Stop);
        Assert.Equal(0, await pair.Near.ReceiveAsync(new byte[10]));
    }

    [Fact]
    public async Task AnEndThatComesTogetherWithData_IsRead()
    {
        for (var i = 0; i < 200; i++)
        {
            using var pair = await PairAsync();
            await pair.Far.SendAsync("hello"u8.ToArray(), Stop);
            pair.Far.Dispose();
            var buffer = new byte[64];
            Assert.Equal(5, await pair.Near.ReceiveAsync(buffer));
            Assert.Equal(0, await pair.Near.ReceiveAsync(buffer).AsTask().WaitAsync(Patience.Limit, Stop));
        }
    }

    [Fact]
    public async Task AReset_IsAFailure()
    {
        using var pair = await PairAsync();
        var read = pair.Near.ReceiveAsync(new byte[10]).AsTask();
        pair.Far.LingerState = new LingerOption(true, 0);
        pair.Far.Dispose();
        await Assert.ThrowsAsync<SocketException>(() => read.WaitAsync(Patience.Limit, Stop));
    }

    [Fact]
    public async Task Closing_EndsWhatWaits()
    {
        using var pair = await PairAsync();
        var read = pair.Near.ReceiveAsync(new byte[10]).AsTask();
        Assert.False(read.IsCompleted);
        pair.Near.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => read.WaitAsync(Patience.Limit, Stop));
        Assert.True(read.IsFaulted);
    }

    [Fact]
    public async Task NobodyAtTheAddress_IsSaidAsSuch()
    {
        var port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _listener.Dispose();
        var refused = await Assert.ThrowsAsync<SocketException>(() => LoopSocket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), _loops.Next, Stop));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task QuietMeansThatNothingHasCome()
    {
        using var pair = await PairAsync();
        var read = pair.Near.ReceiveAsync(new byte[10]).AsTask();
        await pair.Far.SendAsync("hello"u8.ToArray(), Stop);
        await read;
        Assert.True(pair.Near.IsQuiet);
        await pair.Far.SendAsync("unasked"u8.ToArray(), Stop);
        for (var i = 0; pair.Near.IsQuiet; i++)
        {
            Assert.True(i < 1000, "What came was never said.");
            await Task.Delay(10, Stop);
        }
    }

    private async Task<Pair> PairAsync()
    {
        var accepting = _listener.AcceptAsync(Stop);
        var near = await LoopSocket.ConnectAsync(_listener.LocalEndPoint!, _loops.Next, Stop);
        return new Pair(near, await accepting);
    }

    private static async Task ReadAsync(LoopSocket socket, Memory<byte> all)
    {
        while (!all.IsEmpty)
        {
            all = all[await socket.ReceiveAsync(all)..];
        }
    }

    private sealed record Pair(LoopSocket Near, Socket Far) : IDisposable
    {
        public void Dispose()
        {
            Near.Dispose();
            Far.Dispose();
        }
    }
}
