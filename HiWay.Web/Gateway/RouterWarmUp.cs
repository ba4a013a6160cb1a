using System.Buffers;
using System.Text;
using HiWay.Domain.Routing;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Web.Gateway;

/// <summary>
/// Decides a few invented calls at the start, beside whatever else starts: reading the router's weights and compiling its code took the first caller of
/// <c>auto</c>, or of a preview, a tenth of a second.
/// </summary>
internal sealed class RouterWarmUp : BackgroundService
{
    /// <summary>A short task, code with tools, and a conversation in another language: together they pass all analyzers.</summary>
    private static readonly string[] s_bodies =
    [
        """{"model":"auto","messages":[{"role":"user","content":"Classify the sentiment of this sentence: I like the new layout."}]}""",
        """{"model":"auto","tools":[{"type":"function","function":{"name":"run","parameters":{"type":"object"}}}],"messages":[{"role":"system","content":"You are a careful programmer."},{"role":"user","content":"Prove step by step that this terminates:\n```c\nwhile (n > 1) { n = n / 2; }\n```\nand implement a faster one."}]}""",
        """{"model":"auto","messages":[{"role":"user","content":"Pourquoi le ciel est-il bleu ?"},{"role":"assistant","content":"À cause de la diffusion."},{"role":"user","content":"Und warum ist er abends rot? 为什么？"}]}""",
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();   // the start does not wait for it
        foreach (var text in s_bodies)
        {
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            var bytes = Encoding.UTF8.GetBytes(text);
            var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(rented, 0);
            using var body = ClientDialects.OpenAiChat.Scan(rented, bytes.Length).Body!;
            Router.Read(body.Facts(), out var features);
            _ = Router.Decide(features, RoutingSettings.Default);
        }
    }
}
