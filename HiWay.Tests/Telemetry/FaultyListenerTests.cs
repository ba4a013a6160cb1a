using System.Diagnostics.Metrics;
using HiWay.Infrastructure.EventLoops;
using HiWay.Tests.Harness;
using HiWay.Tests.Metering;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace HiWay.Tests.Telemetry;

/// <summary>Who listens to metrics may fail; calls do not, and neither does a loop that measures them.</summary>
public sealed class FaultyListenerTests(SharedHost shared) : IClassFixture<SharedHost>
{
    [Fact]
    public async Task Listener_that_throws_ends_neither_the_call_nor_its_loop()
    {
        // Hears this one's instruments alone: they are made on this thread while the listener is open to them.
        var (hears, thrown) = (Environment.CurrentManagedThreadId, 0);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == GatewayTelemetry.Name && Environment.CurrentManagedThreadId == hears)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            Interlocked.Increment(ref thrown);
            throw new InvalidOperationException("A listener of somebody else's.");
        });
        hears = 0;
        listener.Start();   // what other hosts of this process have made by now stays theirs
        hears = Environment.CurrentManagedThreadId;
        using var telemetry = new GatewayTelemetry(shared.Host.Get<Drain>(), shared.Host.Get<ShieldMonitor>(), NullLogger<GatewayTelemetry>.Instance);
        hears = 0;

        telemetry.Record(SomeUsage.Chat(DateTimeOffset.UtcNow));
        Assert.Equal(1, thrown);

        using var loops = new EventLoopGroup();
        for (var i = 2; i < 4; i++)
        {
            await OnLoopAsync(loops, () => telemetry.Record(SomeUsage.Chat(DateTimeOffset.UtcNow)));
            await Patience.UntilAsync(() => Volatile.Read(ref thrown) == i, "the loop has measured");
        }
    }

    /// <summary>Runs something where calls run.</summary>
    private static async Task OnLoopAsync(EventLoopGroup loops, Action work)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var connection = await LoopSocket.ConnectAsync(listener.LocalEndpoint, loops.Next, CancellationToken.None);
        using var other = await listener.AcceptSocketAsync();
        var waits = new TaskCompletionSource();
        var read = Task.Run(() =>
        {
            var reading = ReadAsync();
            waits.SetResult();
            return reading;
        });
        await waits.Task;
        await other.SendAsync(new byte[1]);
        Assert.Equal(1, await read);

        async Task<int> ReadAsync()
        {
            var got = await connection.ReceiveAsync(new byte[1]);
            Assert.NotNull(loops.Current);
            work();
            return got;
        }
    }
}
