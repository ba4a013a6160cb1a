using System.Globalization;
using System.Threading.Channels;
using Microsoft.Playwright;

namespace HiWay.Tests.Harness;

/// <summary>
/// A slow machine behind a slow line, for the browser tests: what a busy computer does to one of them now and then happens to all of
/// them at once. Whatever a test does not wait for comes too late.
/// </summary>
/// <remarks>
/// <c>HIWAY_TEST_SLOW=300</c> holds back every request, and every message of the circuit in both directions, by up to 300 ms, by
/// chance but the same in every run, and lets scripts run at a quarter of their speed.
/// </remarks>
internal sealed class Slowness(int mostMs, int seed)
{
    private const int ScriptsSlowerBy = 4;
    private static int s_tabs;
    private readonly Random _chance = new(seed);

    /// <returns>Null, unless it is asked for.</returns>
    public static Slowness? FromEnvironment() =>
        int.TryParse(Environment.GetEnvironmentVariable("HIWAY_TEST_SLOW"), CultureInfo.InvariantCulture, out var mostMs) && mostMs > 0
            ? new(mostMs, Interlocked.Increment(ref s_tabs))
            : null;

    public async Task<IPage> NewPageAsync(IBrowserContext context)
    {
        await context.RouteAsync("**/*", async route =>
        {
            await Task.Delay(Draw());
            await UnlessClosedAsync(route.FallbackAsync());
        });
        await context.RouteWebSocketAsync("**", near =>
        {
            var far = near.ConnectToServer();
            Hold(near, far);
            Hold(far, near);
        });
        var page = await context.NewPageAsync();
        var devTools = await context.NewCDPSessionAsync(page);
        await devTools.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = ScriptsSlowerBy });
        return page;
    }

    /// <summary>Late, and still in order.</summary>
    private void Hold(IWebSocketRoute from, IWebSocketRoute to)
    {
        var frames = Channel.CreateUnbounded<(DateTime Due, IWebSocketFrame Frame)>();
        from.OnMessage(frame => frames.Writer.TryWrite((DateTime.UtcNow.AddMilliseconds(Draw()), frame)));
        _ = PassOnAsync();

        async Task PassOnAsync()
        {
            await foreach (var (due, frame) in frames.Reader.ReadAllAsync())
            {
                if (due - DateTime.UtcNow is { Ticks: > 0 } early)
                {
                    await Task.Delay(early);
                }

                // The circuit's messages are binary, and its greeting is read as such too.
                to.Send(frame.Binary!);
            }
        }
    }

    private int Draw()
    {
        lock (_chance)
        {
            return _chance.Next(mostMs + 1);
        }
    }

    private static async Task UnlessClosedAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (PlaywrightException)
        {
            // The tab has gone meanwhile.
        }
    }
}
