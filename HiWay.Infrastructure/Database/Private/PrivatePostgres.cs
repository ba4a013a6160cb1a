using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Npgsql;

namespace HiWay.Infrastructure.Database.Private;

/// <summary>
/// HiWay's own PostgreSQL, for an installation that names no other: started before the application, stopped after it, reachable only over
/// a socket in a folder that only its account can enter. It dies with this process, kill -9 included, and then recovers at the next start;
/// when it dies alone, it is started again.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    internal const string Role = "hiway";
    internal const string DatabaseName = "hiway";

    /// <summary>Names the socket file only: the server listens on no TCP port.</summary>
    internal const int Port = 5432;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FastStopLimit = TimeSpan.FromSeconds(15);

    /// <summary>Before it is started again: what served its sessions notices that it is gone.</summary>
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For a server that writes a row for every call. A new segment of its log need not be filled with zeros before its use, which
    /// was a sixth of the server's work: the file system is told of its length, as PostgreSQL's documentation of <c>wal_init_zero</c> describes.
    /// Old segments are kept for use again, and the log's buffers hold a batch of the drain.
    /// </summary>
    private static readonly string[] s_writing = ["wal_init_zero=off", "wal_buffers=16MB", "min_wal_size=256MB"];

    private readonly Func<CancellationToken, Task<Process>> _start;
    private readonly IDisposable _lock;
    private readonly Cluster _cluster;
    private readonly CancellationTokenSource _letGo = new();
    private readonly Task _keeping;
    private volatile Process _server;
    private volatile int _processId;
    private int _stopped;

    private PrivatePostgres(Func<CancellationToken, Task<Process>> start, Process server, IDisposable held, Cluster cluster)
    {
        (_start, _server, _lock, _cluster, _processId) = (start, server, held, cluster, server.Id);
        _keeping = KeepAsync();
    }

    /// <summary>For Npgsql; holds no secret.</summary>
    public string ConnectionString => Connect(_cluster, DatabaseName, pooling: true);

    /// <summary>The server's process id.</summary>
    public int ProcessId => _processId;

    /// <summary>Starts the server in a data directory, creating the cluster and the database the first time.</summary>
    /// <param name="binFolder"><c>HIWAY_PG_BIN</c>; null looks for the newest PostgreSQL of the machine.</param>
    /// <param name="settings">Further server settings, <c>name=value</c>.</param>
    /// <exception cref="InvalidOperationException">It cannot start; the message says why and what would help.</exception>
    public static async Task<PrivatePostgres> StartAsync(
        DataDirectory directory, string? binFolder = null, IReadOnlyList<string>? settings = null, CancellationToken cancellationToken = default)
    {
        var held = directory.Lock();
        try
        {
            var binaries = await PostgresBinaries.FindAsync(binFolder);
            var account = ServerAccount.OfThisMachine();
            var cluster = await Cluster.OpenAsync(directory, account);
            await cluster.InitialiseAsync(binaries, account, durable: settings?.Contains("fsync=off") is not true);
            var started = new PrivatePostgres(RunAsync, await RunAsync(cancellationToken), held, cluster);
            try
            {
                await CreateDatabaseAsync(cluster, cancellationToken);
                return started;
            }
            catch
            {
                await started.DisposeAsync();
                throw;
            }

            async Task<Process> RunAsync(CancellationToken stop)
            {
                await cluster.ClearLeftoversAsync(binaries, account);
                return await StartServerAsync(binaries, account, cluster, settings ?? [], stop);
            }
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Ends all sessions and stops cleanly; a server that takes longer than 15 s is stopped at once and recovers at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
        {
            return;
        }

        await _letGo.CancelAsync();
        await _keeping;
        await StopAsync(_server);
        _server.Dispose();
        _letGo.Dispose();
        _lock.Dispose();
    }

    internal static string Connect(Cluster cluster, string database, bool pooling) =>
        new NpgsqlConnectionStringBuilder { Host = cluster.SocketFolder, Port = Port, Username = Role, Database = database, Pooling = pooling }.ConnectionString;

    /// <summary>A server that the system killed for want of memory, say, would else be missed until somebody restarts HiWay.</summary>
    private async Task KeepAsync()
    {
        while (!_letGo.IsCancellationRequested)
        {
            try
            {
                await _server.WaitForExitAsync(_letGo.Token);
                await Task.Delay(RestartPause, _letGo.Token);
                var ended = _server;
                _server = await _start(_letGo.Token);
                _processId = _server.Id;
                ended.Dispose();
            }
            catch (OperationCanceledException) when (_letGo.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                // Whatever it was, memory that is still short among it: nobody else would try again.
                await Console.Error.WriteLineAsync($"PostgreSQL ended and could not be started again yet: {failed.Message}");
            }
        }
    }

    private static async Task<Process> StartServerAsync(
        PostgresBinaries binaries, ServerAccount account, Cluster cluster, IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        string[] all =
        [
            "listen_addresses=", $"port={Port}", $"unix_socket_directories={cluster.SocketFolder}", "unix_socket_permissions=0700",
            "logging_collector=on", $"log_directory={cluster.LogFolder}", "log_filename=postgres-%a.log", "log_truncate_on_rotation=on",
            "timezone=UTC", "log_timezone=UTC", "jit=off", .. s_writing, .. settings,
        ];
        var line = account.Start(tieToThread: true, binaries.Path("postgres"), ["-D", cluster.Data, .. all.SelectMany(setting => new[] { "-c", setting })]);
        line.RedirectStandardOutput = line.RedirectStandardError = true;

        var deadline = Stopwatch.StartNew();
        while (true)
        {
            var said = new StringBuilder();
            var server = await StartOnOwnThreadAsync(line, said);
            try
            {
                if (await AnswersAsync(server, cluster, deadline, cancellationToken))
                {
                    return server;
                }

                // Sessions of a server that was killed a moment ago may still be finishing; they hold its memory until they are done.
                var words = said.ToString();
                if (!words.Contains("still in use", StringComparison.Ordinal) || deadline.Elapsed > StartLimit)
                {
                    throw new InvalidOperationException($"PostgreSQL in {cluster.Home} did not start: {words.Trim()} See also {cluster.LogFolder}.");
                }

                server.Dispose();
            }
            catch
            {
                await StopAsync(server);
                server.Dispose();
                throw;
            }

            await Task.Delay(200, cancellationToken);
        }
    }

    /// <summary>
    /// The death signal follows the thread that started the server, not the process, so that thread must last as long as the server does;
    /// a thread of the pool would end after some seconds of quiet and take the server with it.
    /// </summary>
    private static Task<Process> StartOnOwnThreadAsync(ProcessStartInfo line, StringBuilder said)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var server = Process.Start(line) ?? throw new InvalidOperationException($"{line.FileName} did not start.");
                server.OutputDataReceived += (_, output) => Add(output.Data);
                server.ErrorDataReceived += (_, output) => Add(output.Data);
                server.BeginOutputReadLine();
                server.BeginErrorReadLine();
                var id = server.Id;
                started.SetResult(server);
                using var same = Process.GetProcessById(id);   // the caller may dispose of its own
                same.WaitForExit();
            }
            catch (Exception e)
            {
                started.TrySetException(e);
            }
        })
        { IsBackground = true, Name = "PostgreSQL" };
        thread.Start();
        return started.Task;

        void Add(string? text)
        {
            lock (said)
            {
                if (said.Length < 4096)
                {
                    said.AppendLine(text);
                }
            }
        }
    }

    /// <summary>True once a session can be opened; false when the server has ended.</summary>
    private static async Task<bool> AnswersAsync(Process server, Cluster cluster, Stopwatch deadline, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(cluster.SocketFolder, $".s.PGSQL.{Port}");
        while (!server.HasExited)
        {
            if (File.Exists(socket))
            {
                try
                {
                    await using var session = new NpgsqlConnection(Connect(cluster, "postgres", pooling: false));
                    await session.OpenAsync(cancellationToken);
                    return true;
                }
                catch (NpgsqlException) when (deadline.Elapsed < StartLimit)
                {
                    // Still starting, or recovering after a kill.
                }
            }

            await Task.Delay(20, cancellationToken);
        }

        server.WaitForExit();   // until its last words are read
        return false;
    }

    private static async Task CreateDatabaseAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        await using var session = new NpgsqlConnection(Connect(cluster, "postgres", pooling: false));
        await session.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{DatabaseName}'", session);
        if (await exists.ExecuteScalarAsync(cancellationToken) is null)
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE {DatabaseName}", session);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task StopAsync(Process server)
    {
        if (server.HasExited)
        {
            return;
        }

        Signal(server, sigint: true);
        if (!await EndsWithinAsync(server, FastStopLimit))
        {
            Signal(server, sigint: false);
            if (!await EndsWithinAsync(server, TimeSpan.FromSeconds(5)))
            {
                server.Kill();
                await EndsWithinAsync(server, TimeSpan.FromSeconds(5));
            }
        }
    }

    private static async Task<bool> EndsWithinAsync(Process server, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await server.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>SIGINT is PostgreSQL's "fast" shutdown, SIGQUIT its "immediate" one.</summary>
    private static void Signal(Process server, bool sigint)
    {
        if (!server.HasExited)
        {
            _ = Kill(server.Id, sigint ? 2 : 3);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int pid, int signal);
}
