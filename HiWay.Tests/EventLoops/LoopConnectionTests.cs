using System.Buffers;
using System.Net;
using System.Net.Sockets;
using HiWay.Infrastructure.EventLoops;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Transport;

namespace HiWay.Tests.EventLoops;

/// <summary>What Kestrel sees of a client's connection.</summary>
public sealed class LoopConnectionTests : IDisposable
{
    private readonly EventLoopGroup _loops = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _loops.Dispose();

    /// <summary>An exception would look like a fault of the call, and its books would blame the provider.</summary>
    [Fact]
    public async Task AClientThatLeavesInTheMiddleOfAWrite_ReadsNoMore_AndIsNoFailure()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var accepting = listener.AcceptAsync(Stop);
        var near = await LoopSocket.ConnectAsync(listener.LocalEndPoint!, _loops.Next, Stop);
        var far = await accepting;
        await using var connection = new LoopConnection(near, MemoryPool<byte>.Shared);
        connection.Start();

        connection.Transport.Output.Write(new byte[16 * 1024 * 1024]);   // more than the system takes
        var writing = connection.Transport.Output.FlushAsync(Stop).AsTask();
        Assert.False(writing.IsCompleted);
        far.LingerState = new LingerOption(true, 0);
        far.Dispose();

        Assert.True((await writing.WaitAsync(Patience.Limit, Stop)).IsCompleted);
        Assert.True((await connection.Transport.Output.FlushAsync(Stop)).IsCompleted);
    }
}
