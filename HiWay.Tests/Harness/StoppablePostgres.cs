using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Private;

namespace HiWay.Tests.Harness;

/// <summary>A PostgreSQL of its own, durable, that a test can stop and start again at the same address.</summary>
public sealed class StoppablePostgres : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private PrivatePostgres? _server;

    private StoppablePostgres()
    {
    }

    /// <summary>For <c>ConnectionStrings:HiWay</c>; stays the same over a restart.</summary>
    public string ConnectionString { get; private set; } = "";

    public static async Task<StoppablePostgres> StartAsync()
    {
        var postgres = new StoppablePostgres();
        await postgres.StartAgainAsync();
        return postgres;
    }

    public async Task StartAgainAsync()
    {
        _server = await PrivatePostgres.StartAsync(new DataDirectory(_folder.Path), Environment.GetEnvironmentVariable("HIWAY_PG_BIN"));
        ConnectionString = _server.ConnectionString;
    }

    /// <summary>Cuts all sessions and stops.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }
}
