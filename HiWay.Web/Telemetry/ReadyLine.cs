using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace HiWay.Web.Telemetry;

/// <summary>Says once, in words that a person and a script can find, that HiWay answers and where.</summary>
internal sealed partial class ReadyLine(IServer server, IHostApplicationLifetime lifetime, ILogger<ReadyLine> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            {
                LogReady(log, address);
            }
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "HiWay is ready at {Address}")]
    private static partial void LogReady(ILogger log, string address);
}
