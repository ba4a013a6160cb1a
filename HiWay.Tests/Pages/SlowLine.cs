using Microsoft.Playwright;

namespace HiWay.Tests.Pages;

/// <summary>A browser's line to the server on which messages can be held back for a while; what the server says comes through.</summary>
internal sealed class SlowLine
{
    private readonly Lock _lock = new();
    private readonly Queue<(IWebSocketRoute Server, IWebSocketFrame Message)> _held = new();
    private bool _holds;

    private SlowLine()
    {
    }

    /// <summary>Messages that wait.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>For pages that are opened from now on.</summary>
    public static async Task<SlowLine> ToServerAsync(IPage page)
    {
        var line = new SlowLine();
        await page.RouteWebSocketAsync(url => url.Contains("/_blazor", StringComparison.Ordinal), line.Connect);
        return line;
    }

    public void Hold()
    {
        lock (_lock)
        {
            _holds = true;
        }
    }

    /// <summary>Sends what waits, in its order.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _holds = false;
            while (_held.TryDequeue(out var next))
            {
                Send(next.Server, next.Message);
            }
        }
    }

    private void Connect(IWebSocketRoute browser)
    {
        var server = browser.ConnectToServer();
        server.OnMessage(message => Send(browser, message));
        browser.OnMessage(message =>
        {
            lock (_lock)
            {
                if (_holds)
                {
                    _held.Enqueue((server, message));
                }
                else
                {
                    Send(server, message);
                }
            }
        });
    }

    private static void Send(IWebSocketRoute to, IWebSocketFrame message)
    {
        if (message.Binary is { } bytes)
        {
            to.Send(bytes);
        }
        else
        {
            to.Send(message.Text!);
        }
    }
}
