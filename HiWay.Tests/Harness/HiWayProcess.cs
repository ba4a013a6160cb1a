using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace HiWay.Tests.Harness;

/// <summary>The real application as a process of its own, to be killed, signalled and started again on the same data.</summary>
public sealed partial class HiWayProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private HiWayProcess(Process process) => _process = process;

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; private set; } = "";

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Standard output and standard error so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="dataFolder">Its <c>HIWAY_DATA_DIR</c>; with the private PostgreSQL in it unless the settings name a database.</param>
    /// <param name="settings"><c>("Signup:Enabled", "false")</c>.</param>
    public static async Task<HiWayProcess> StartAsync(string dataFolder, params (string Key, string Value)[] settings)
    {
        var started = Launch(dataFolder, settings);
        try
        {
            // Seconds on a quiet machine; a busy one with two cores has taken more than a minute.
            started.Url = await started._url.Task.WaitAsync(TimeSpan.FromMinutes(3));
            return started;
        }
        catch (TimeoutException)
        {
            await started.DisposeAsync();
            throw new TimeoutException("HiWay was not ready after three minutes:\n" + started.Output);
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it for a test in which it is expected to end by itself.</summary>
    public static async Task<HiWayProcess> RunToEndAsync(string dataFolder, params (string Key, string Value)[] settings)
    {
        var started = Launch(dataFolder, settings);
        await started.WaitForExitAsync(Patience.Limit);
        return started;
    }

    /// <summary>SIGKILL: nothing in it gets to run any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync(Patience.Limit);
    }

    /// <summary>SIGTERM, as a container platform or systemd sends it; returns at once.</summary>
    public void Terminate() => Assert.Equal(0, Signal(_process.Id, 15));

    public async Task WaitForExitAsync(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Terminate();
            try
            {
                await WaitForExitAsync(Patience.Limit);
            }
            catch (OperationCanceledException)
            {
                await KillAsync();
            }
        }

        _process.Dispose();
    }

    private static HiWayProcess Launch(string dataFolder, (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "HiWay.Web.dll"), "--urls=http://127.0.0.1:0", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = dataFolder,
        };
        start.Environment["HIWAY_DATA_DIR"] = dataFolder;
        start.Environment["Egress__AllowPrivateNetworks"] = "true";
        start.Environment["Egress__ConnectTimeout"] = Patience.Limit.ToString();
        start.Environment["Guardian__Rules__dedup__Enabled"] = "false";        // as in HiWayHost
        start.Environment["Guardian__Rules__cost_spike__Enabled"] = "false";
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var one = new HiWayProcess(process);
        process.OutputDataReceived += (_, line) => one.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => one.Hear(line.Data);
        process.Exited += (_, _) => one._url.TrySetException(new InvalidOperationException("HiWay ended before it was ready:\n" + one.Output));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return one;
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
        {
            _url.TrySetResult(match.Groups[1].Value);
        }
    }

    // The application's own "ready" line, in plain text or inside a JSON log line.
    [GeneratedRegex(@"HiWay is ready at (http://[0-9.:]+)")]
    private static partial Regex Listening();

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int pid, int signal);
}
