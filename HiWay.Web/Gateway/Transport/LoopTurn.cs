using System.IO.Pipelines;

namespace HiWay.Web.Gateway.Transport;

/// <summary>
/// Where a connection's requests run: on its event loop, where the gateway's calls belong, or on the thread pool, where code may take
/// its time and wait as it likes.
/// </summary>
internal sealed class LoopTurn : PipeScheduler
{
    private volatile bool _onLoop = true;

    public override void Schedule(Action<object?> action, object? state)
    {
        if (_onLoop)
        {
            action(state);
        }
        else
        {
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: false);
        }
    }

    /// <summary>First in line: only calls of the gateway stay on the loop.</summary>
    public static Task RunAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<LoopTurn>() is not { } turn)
        {
            return next(http);
        }

        turn._onLoop = http.Request.Path.StartsWithSegments("/v1");
        return turn._onLoop ? next(http) : LeaveAsync(http, next);
    }

    private static async Task LeaveAsync(HttpContext http, RequestDelegate next)
    {
        await Task.Yield();
        await next(http);
    }
}
