using System.Buffers;
using System.Diagnostics;
using System.Text;
using HiWay.Domain.Routing;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Web.Gateway;

/// <summary>
/// Decides a few invented calls at the start, beside whatever else starts: reading the router's weights and compiling its code took the first caller of
/// <c>auto</c>, or of a preview, a tenth of a second.
/// </summary>
internal sealed partial class RouterWarmUp(ILogger<RouterWarmUp> log) : BackgroundService
{
    /// <summary>A short task, code with tools, and a conversation in another language: together they pass all analyzers.</summary>
    private static readonly string[] s_bodies =
    [
        """{"model":"auto","messages":[{"role":"user","content":"Classify the sentiment of this sentence: I like the new layout."}]}""",
        """{"model":"auto","tools":[{"type":"function","function":{"name":"run","parameters":{"type":"object"}}}],"messages":[{"role":"system","content":"You are a careful programmer."},{"role":"user","content":"Prove step by step that this terminates:\n```c\nwhile (n > 1) { n = n / 2; }\n```\nand implement a faster one."}]}""",
        """{"model":"auto","messages":[{"role":"user","content":"Pourquoi le ciel est-il bleu ?"},{"role":"assistant","content":"À cause de la diffusion."},{"role":"user","content":"Und warum ist er abends rot? 为什么？"}]}""",
    ];

    /// <summary>Decides each of the invented calls when it is asked for.</summary>
    internal static IEnumerable<RouteDecision> Decide() => s_bodies.Select(text => Decide(Encoding.UTF8.GetBytes(text)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();   // the start does not wait for it
        var (start, decided) = (Stopwatch.GetTimestamp(), 0);
        foreach (var _ in Decide())
        {
            decided++;
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }

        LogWarm(log, decided, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private static RouteDecision Decide(byte[] text)
    {
        var rented = ArrayPool<byte>.Shared.Rent(text.Length);
        text.CopyTo(rented, 0);
        using var body = ClientDialects.OpenAiChat.Scan(rented, text.Length).Body!;
        Router.Read(body.Facts(), out var features);
        return Router.Decide(features, RoutingSettings.Default);
    }

    [LoggerMessage(LogLevel.Information, "The router is warm: {Decisions} calls decided in {Milliseconds:0} ms")]
    private static partial void LogWarm(ILogger log, int decisions, double milliseconds);
}
