using System.Globalization;
using System.Runtime.InteropServices;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Private;

namespace HiWay.Tests.Harness;

/// <summary>A PostgreSQL of its own, durable, that a test can stop and start again at the same address.</summary>
public sealed class StoppablePostgres : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<int> _frozen = [];
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

    /// <summary>Hangs, as a server does whose disk hangs: connections are taken, and nothing is answered. Until <see cref="Thaw"/>.</summary>
    public void Freeze()
    {
        const int stop = 19;   // SIGSTOP
        var server = int.Parse(File.ReadLines(Path.Combine(_folder.Path, "postgres", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Assert.Equal(0, Signal(server, stop));   // from now on it makes no more processes
        _frozen.Add(server);
        foreach (var child in File.ReadAllText($"/proc/{server}/task/{server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var process = int.Parse(child, CultureInfo.InvariantCulture);
            if (Signal(process, stop) == 0)
            {
                _frozen.Add(process);
            }
        }
    }

    public void Thaw()
    {
        const int goOn = 18;   // SIGCONT
        _frozen.ForEach(process => Signal(process, goOn));
        _frozen.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        Thaw();
        await StopAsync();
        _folder.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int pid, int signal);
}
