using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HiWay.Tests.Budgets;

/// <summary>What the provider does with a call; the caller knows it too, as both take it from the call's number.</summary>
internal enum Fate
{
    Whole,
    Streamed,

    /// <summary>The caller leaves after the chunks; the provider writes no more until it notices.</summary>
    StreamLeft,

    /// <summary>The provider breaks off after some chunks.</summary>
    StreamCut,

    /// <summary>The caller leaves before there is an answer.</summary>
    LeftEarly,
    ServerError,
    RateLimited,
    Reset,
}

/// <summary>One call of the proof: everything about it follows from the seed and its number.</summary>
internal sealed record ProofCall(int Seed, int Number)
{
    private readonly int _dice = new Random(Seed * 100_003 + Number).Next();

    public string Name => string.Create(CultureInfo.InvariantCulture, $"call-{Seed}-{Number}");

    public Fate Fate => (_dice % 100) switch
    {
        < 45 => Fate.Whole,
        < 75 => Fate.Streamed,
        < 81 => Fate.StreamLeft,
        < 87 => Fate.StreamCut,
        < 91 => Fate.LeftEarly,
        < 95 => Fate.ServerError,
        < 98 => Fate.RateLimited,
        _ => Fate.Reset,
    };

    public bool Streams => Fate is Fate.Streamed or Fate.StreamLeft or Fate.StreamCut;

    public int MaxTokens => 50 + _dice / 100 % 1_950;

    /// <summary>Bytes of prompt; the provider counts a token for four, HiWay's estimate is one for three.</summary>
    public int PromptBytes => 40 + _dice / 7 % 4_000;

    public int InputTokens => PromptBytes / 4;

    /// <summary>Up to the limit; one call in eight uses it up.</summary>
    public int OutputTokens => _dice / 13 % 8 == 0 ? MaxTokens : Math.Max(4, MaxTokens * (_dice / 17 % 100) / 100);

    public TimeSpan Delay => TimeSpan.FromMilliseconds(_dice / 3 % 40);
}

/// <summary>
/// A provider that keeps its own books: each call's price is written down when its tokens are produced, whatever becomes of the
/// answer on its way. Chunks of a stream carry the usage so far, as servers with continuous usage do.
/// </summary>
internal sealed class BillingUpstream : IAsyncDisposable
{
    public const decimal InputPrice = 10m;
    public const decimal OutputPrice = 40m;

    private const int Chunks = 4;
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, decimal> _bill = new();
    private readonly ConcurrentDictionary<string, bool> _waiting = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource? _still;

    private BillingUpstream(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>US dollars by the call's name.</summary>
    public IReadOnlyDictionary<string, decimal> Bill => _bill;

    /// <summary>Calls that are held at the moment before their next tokens.</summary>
    public ICollection<string> Waiting => _waiting.Keys;

    /// <summary>Produces no token from now on, until <see cref="GoOn"/>. A call whose caller's connection breaks meanwhile is not gone on with.</summary>
    public void HoldStill()
    {
        lock (_lock)
        {
            _still ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void GoOn()
    {
        lock (_lock)
        {
            _still?.SetResult();
            _still = null;
        }
    }

    public static async Task<BillingUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var upstream = new BillingUpstream(builder.Build());
        upstream._app.MapFallback(upstream.AnswerAsync);
        await upstream._app.StartAsync();
        upstream.Url = upstream._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = await System.Text.Json.JsonDocument.ParseAsync(http.Request.Body);
        var prompt = body.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
        var parts = prompt.Split(' ')[0].Split('-');
        var call = new ProofCall(int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
        try
        {
            await AnswerAsync(http, call);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ConnectionAbortedException)
        {
        }
    }

    private async Task AnswerAsync(HttpContext http, ProofCall call)
    {
        await Task.Delay(call.Delay, http.RequestAborted);
        switch (call.Fate)
        {
            case Fate.LeftEarly:
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
                return;
            case Fate.Reset:
                http.Abort();
                return;
            case Fate.ServerError or Fate.RateLimited:
                http.Response.StatusCode = call.Fate is Fate.ServerError ? 500 : 429;
                await http.Response.WriteAsync("""{"error":{"message":"No.","type":"x","code":"x"}}""", http.RequestAborted);
                return;
            case Fate.Whole:
                await ChargeAsync(http, call, call.OutputTokens);
                http.Response.ContentType = "application/json";
                await http.Response.WriteAsync(new JsonObject
                {
                    ["id"] = call.Name,
                    ["object"] = "chat.completion",
                    ["created"] = 1,
                    ["model"] = "m1",
                    ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = "Done." }, ["finish_reason"] = "stop" }),
                    ["usage"] = Usage(call, call.OutputTokens),
                }.ToJsonString(), http.RequestAborted);
                return;
            default:
                await StreamAsync(http, call);
                return;
        }
    }

    private async Task StreamAsync(HttpContext http, ProofCall call)
    {
        http.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        http.Response.ContentType = "text/event-stream";
        var whole = call.Fate is Fate.Streamed;
        for (var chunk = 1; chunk <= (whole ? Chunks : Chunks / 2); chunk++)
        {
            var tokens = call.OutputTokens * chunk / Chunks;
            await ChargeAsync(http, call, tokens);
            await WriteAsync(http, new JsonObject
            {
                ["id"] = call.Name,
                ["object"] = "chat.completion.chunk",
                ["created"] = 1,
                ["model"] = "m1",
                ["choices"] = new JsonArray(new JsonObject
                {
                    ["index"] = 0, ["delta"] = new JsonObject { ["content"] = "x" }, ["finish_reason"] = chunk == Chunks ? "stop" : null,
                }),
                ["usage"] = Usage(call, tokens),
            }.ToJsonString());
            await Task.Delay(call.Delay / 4, http.RequestAborted);
        }

        if (whole)
        {
            await WriteAsync(http, "[DONE]");
        }
        else if (call.Fate is Fate.StreamCut)
        {
            await Task.Delay(300, http.RequestAborted);   // an abort overtakes bytes that still wait to be sent
            http.Abort();
        }
        else
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        }
    }

    private static async Task WriteAsync(HttpContext http, string data)
    {
        await http.Response.WriteAsync($"data: {data}\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    /// <exception cref="OperationCanceledException">The caller's connection broke while the provider held still.</exception>
    private async Task ChargeAsync(HttpContext http, ProofCall call, int output)
    {
        while (true)
        {
            Task still;
            lock (_lock)
            {
                if (_still is null)
                {
                    _bill[call.Name] = (call.InputTokens * InputPrice + output * OutputPrice) / 1_000_000m;
                    return;
                }

                still = _still.Task;
            }

            _waiting[call.Name] = true;
            try
            {
                await still.WaitAsync(http.RequestAborted);
            }
            finally
            {
                _waiting.TryRemove(call.Name, out _);
            }
        }
    }

    private static JsonObject Usage(ProofCall call, int output) => new()
    {
        ["prompt_tokens"] = call.InputTokens, ["completion_tokens"] = output, ["total_tokens"] = call.InputTokens + output,
    };
}
