using System.Diagnostics;
using System.Globalization;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Private;
using HiWay.Tests.Harness;
using Npgsql;

namespace HiWay.Tests.Database;

/// <summary>The server that HiWay starts for itself: it keeps its rows whatever happens, and never stays behind.</summary>
public sealed class PrivatePostgresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "postgres", "data");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_with_its_application_it_stops_and_the_next_start_has_every_row()
    {
        int server;
        await using (var hiway = await HiWayProcess.StartAsync(_folder.Path))
        {
            server = ServerPid();
            await WriteRowAsync("kept");
            await hiway.KillAsync();
        }

        await EndsAsync(server);

        await using var again = await HiWayProcess.StartAsync(_folder.Path);
        Assert.Equal(["kept"], await ReadRowsAsync());
    }

    [Fact]
    public async Task Killed_together_with_its_application_the_stale_pid_file_is_no_obstacle()
    {
        await using (var hiway = await HiWayProcess.StartAsync(_folder.Path))
        {
            await WriteRowAsync("kept");
            using var server = Process.GetProcessById(ServerPid());
            server.Kill();
            await hiway.KillAsync();
        }

        Assert.True(File.Exists(PidFile));
        await using var again = await HiWayProcess.StartAsync(_folder.Path);
        Assert.Equal(["kept"], await ReadRowsAsync());
    }

    [Fact]
    public async Task Killed_alone_it_is_started_again_with_every_row()
    {
        await using var server = await StartAsync();
        await WriteRowAsync("kept");
        var before = server.ProcessId;
        Process.GetProcessById(before).Kill();

        await EndsAsync(before);
        await Patience.UntilAsync(() => server.ProcessId != before, "the server is started again");
        Assert.Equal(["kept"], await ReadRowsAsync());
    }

    [Fact]
    public async Task Pid_file_whose_number_is_now_another_program_is_no_obstacle()
    {
        await using (var first = await StartAsync())
        {
            await WriteRowAsync("kept");
        }

        // As after the restart of a container, where numbers begin again and soon belong to somebody else.
        using var other = Process.Start("sleep", "60");
        try
        {
            await WritePidFileAsync(other.Id);
            await using var second = await StartAsync();
            Assert.Equal(["kept"], await ReadRowsAsync());
            Assert.False(other.HasExited);
        }
        finally
        {
            other.Kill();
        }
    }

    [Fact]
    public async Task Pid_file_of_a_killed_server_that_nobody_has_buried_is_no_obstacle()
    {
        await using (var first = await StartAsync())
        {
            await WriteRowAsync("kept");
        }

        // The server has ended but its parent, who has become "sleep", never asks for it; one of its sessions takes a second longer.
        var account = ServerAccount.OfThisMachine();
        var shell = account.Start(tieToThread: false, "sh", "-c", "sleep 0.3 & echo $!; exec sleep 60");
        shell.RedirectStandardOutput = true;
        using var parent = Process.Start(shell)!;
        try
        {
            var ended = await parent.StandardOutput.ReadLineAsync();
            await Patience.UntilAsync(() => File.ReadAllText($"/proc/{ended}/stat").Contains(") Z ", StringComparison.Ordinal), "the server has ended");
            var leaving = account.Start(tieToThread: false, "sleep", "1");
            leaving.WorkingDirectory = Data;
            using var session = Process.Start(leaving)!;
            await WritePidFileAsync(int.Parse(ended!, CultureInfo.InvariantCulture));
            await using var second = await StartAsync();
            Assert.Equal(["kept"], await ReadRowsAsync());
            Assert.True(session.HasExited);
        }
        finally
        {
            parent.Kill();
        }
    }

    [Fact]
    public async Task Server_left_behind_is_stopped_where_a_link_leads_to_the_data()
    {
        await using (await StartAsync())
        {
        }

        // Heeds the interrupt that ends a server, as PostgreSQL does; what a script starts in the background inherits to ignore it.
        var line = ServerAccount.OfThisMachine().Start(tieToThread: false, "env", "--default-signal=INT", "sleep", "60");
        line.WorkingDirectory = Data;
        var link = _folder.Path + "-link";
        Directory.CreateSymbolicLink(link, _folder.Path);
        using var left = Process.Start(line)!;
        try
        {
            await WritePidFileAsync(left.Id);
            await using var second = await PrivatePostgres.StartAsync(new DataDirectory(link));
            Assert.True(left.HasExited);
        }
        finally
        {
            left.Kill();
            Directory.Delete(link);
        }
    }

    [Fact]
    public async Task Second_application_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        await using var first = await StartAsync();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(StartAsync);

        Assert.Contains("HIWAY_DATA_DIR", refusal.Message, StringComparison.Ordinal);
        await WriteRowAsync("still here");
        Assert.Equal(["still here"], await ReadRowsAsync());
    }

    [Fact]
    public async Task Start_that_is_refused_says_why_in_a_line_and_not_in_a_stack_trace()
    {
        await using var first = await StartAsync();

        await using var second = await HiWayProcess.RunToEndAsync(_folder.Path);

        Assert.Equal(1, second.ExitCode);
        Assert.Contains("HiWay cannot start. Another HiWay is running", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused_and_left_alone()
    {
        await using (var first = await StartAsync())
        {
        }

        var version = Path.Combine(Data, "PG_VERSION");
        await File.WriteAllTextAsync(version, "9\n");

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(StartAsync);

        Assert.Contains("made by PostgreSQL 9", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("9\n", await File.ReadAllTextAsync(version));
    }

    [Fact]
    public async Task Start_that_was_killed_while_it_made_the_cluster_begins_anew()
    {
        await using (var first = await StartAsync())
        {
        }

        Directory.Move(Data, Data + ".new");   // what a kill before the last step leaves
        await using var second = await StartAsync();
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM pg_database WHERE datname = 'hiway'"));
    }

    [Fact]
    public async Task Only_its_owner_can_reach_it()
    {
        await using var server = await StartAsync();

        Assert.Equal("", await ScalarAsync("SELECT current_setting('listen_addresses')"));
        Assert.Equal("on", await ScalarAsync("SELECT current_setting('fsync')"));
        foreach (var folder in new[] { Data, Path.Combine(_folder.Path, "postgres"), Path.Combine(_folder.Path, "postgres", "s") })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }
    }

    [Fact]
    public async Task Stop_leaves_a_cleanly_closed_cluster()
    {
        var server = await StartAsync();
        var pid = server.ProcessId;
        await server.DisposeAsync();

        Assert.False(Directory.Exists($"/proc/{pid}"));
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task Very_long_data_directory_still_gets_a_socket()
    {
        var deep = Path.Combine(_folder.Path, new string('d', 60), new string('e', 60));
        Directory.CreateDirectory(deep);
        await using var server = await PrivatePostgres.StartAsync(new DataDirectory(deep));

        await using var session = new NpgsqlConnection(server.ConnectionString);
        await session.OpenAsync();
        Assert.Equal(System.Data.ConnectionState.Open, session.State);
    }

    private Task<PrivatePostgres> StartAsync() => PrivatePostgres.StartAsync(new DataDirectory(_folder.Path));

    private Task WritePidFileAsync(int server) =>
        File.WriteAllTextAsync(PidFile, $"{server}\n{Data}\n1760000000\n5432\n{_folder.Path}/postgres/s\n\n 1 1\n");

    private int ServerPid() => int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);

    private static Task EndsAsync(int pid) => Patience.UntilAsync(() => !Directory.Exists($"/proc/{pid}"), "the server's process has ended");

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var session = new NpgsqlConnection($"Host={_folder.Path}/postgres/s;Username=hiway;Database=hiway;Pooling=false");
        await session.OpenAsync();
        return session;
    }

    private async Task WriteRowAsync(string word)
    {
        await using var session = await OpenAsync();
        await using var command = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS probe (word text); INSERT INTO probe VALUES (@word)", session);
        command.Parameters.AddWithValue("word", word);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> ReadRowsAsync()
    {
        await using var session = await OpenAsync();
        await using var command = new NpgsqlCommand("SELECT word FROM probe", session);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var session = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, session);
        return await command.ExecuteScalarAsync();
    }
}
