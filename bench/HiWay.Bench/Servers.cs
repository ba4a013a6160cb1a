using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace HiWay.Bench;

/// <summary>Something under load: where it listens, what to send it, and what it has used so far.</summary>
/// <param name="Cpu">CPU seconds of the server itself.</param>
/// <param name="Processes">Its processes, for their memory.</param>
internal sealed record Target(string Name, int Port, Func<double> Cpu, Func<IReadOnlyList<int>> Processes, Func<Traffic, byte[]> Request)
{
    /// <summary>CPU seconds of its database; null for a target without one.</summary>
    public Func<double>? DatabaseCpu { get; init; }

    /// <summary>Ends when the server has nothing left to do for the calls it has answered.</summary>
    public Func<Task> Settled { get; init; } = () => Task.CompletedTask;
}

internal enum Traffic { Small, Large, Stream, Hold, Translated }

/// <summary>The programs that the bench starts, all on ports of their own and in a folder that is gone afterwards.</summary>
internal sealed class Servers : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hiway-bench-").FullName;
    private readonly List<Process> _started = [];
    private readonly HttpClient _http = new();
    private string _managementKey = "";
    private string _workspace = "";
    private string _root = "";
    private int _mock;
    private int _people;

    public List<Target> Targets { get; } = [];

    public async Task StartAsync(string hiwayApp)
    {
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var (mock, upstream) = await StartMockAsync();
        Targets.Add(new("direct", mock, () => ProcessCost.CpuOfTree(upstream.Id), () => [upstream.Id], traffic => Requests.Http(traffic, mock, "/v1/chat/completions", "x")));
        Targets.Add(await StartNginxAsync(mock));
        var hiway = await LaunchHiWayAsync(hiwayApp);
        _mock = mock;
        Targets.Add(await WithWorkspaceAsync(hiway));
    }

    /// <summary>HiWay and the mock provider without anything to compare with; workspaces are added by the caller.</summary>
    public async Task<Target> StartAloneAsync(string hiwayApp)
    {
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        (_mock, _) = await StartMockAsync();
        return await LaunchHiWayAsync(hiwayApp);
    }

    /// <summary>Signs somebody up, connects the mock provider with prices, and makes a key, which comes back. Settings go to this workspace from here on.</summary>
    public async Task<string> AddWorkspaceAsync(object key)
    {
        _managementKey = "";
        var account = await CallAsync(HttpMethod.Post, $"{_root}/signup", new { email = $"bench{++_people}@example.com", password = "correct horse battery 1A!", workspace_name = "Bench" });
        _managementKey = account["api_key"]!["key"]!.GetValue<string>();
        _workspace = account["workspace"]!["id"]!.GetValue<string>();
        foreach (var (provider, kind) in new[] { ("bench", "openai"), ("other", "anthropic") })
        {
            await SetAsync(HttpMethod.Put, $"providers/{provider}", new { api_key = "sk-bench-0123456789", base_url = $"http://127.0.0.1:{_mock}/v1", kind, models = new[] { "m1" } });
            await SetAsync(HttpMethod.Patch, $"models/{provider}/m1", new { prices = new { input = 0.15m, output = 0.60m } });
        }

        return (await CallAsync(HttpMethod.Post, $"{_root}/workspaces/{_workspace}/keys", key))["key"]!.GetValue<string>();
    }

    /// <summary>HiWay with a workspace for calls without limits.</summary>
    public async Task<Target> WithWorkspaceAsync(Target hiway)
    {
        var key = await AddWorkspaceAsync(new { name = "Bench", rpm = 100_000_000, tpm = 2_000_000_000 });

        // One body thousands of times over is what these two rules are there to stop.
        await SetAsync(HttpMethod.Put, "guardian", new { rules = new[] { new { rule = "dedup", enabled = false }, new { rule = "cost_spike", enabled = false } } });
        return hiway with { Request = traffic => Requests.Http(traffic, hiway.Port, "/v1/chat/completions", key) };
    }

    /// <summary>Changes a setting of the workspace that was added last.</summary>
    /// <param name="path">Below the workspace.</param>
    public Task SetAsync(HttpMethod method, string path, object body) => CallAsync(method, $"{_root}/workspaces/{_workspace}/{path}", body);

    /// <summary>Reads a setting of the workspace that was added last.</summary>
    public Task<JsonNode> GetAsync(string path) => ReadAsync($"{_root}/workspaces/{_workspace}/{path}");

    /// <summary>How many calls HiWay has written into its database, once its journal is empty.</summary>
    public async Task<long> MeteredAsync(int port)
    {
        await JournalEmptyAsync(port);
        const string counter = "hiway_metering_drained_total ";
        var metrics = await _http.GetStringAsync($"http://127.0.0.1:{port}/metrics");
        var line = metrics.Split('\n').First(line => line.StartsWith(counter, StringComparison.Ordinal));
        return long.Parse(line[counter.Length..], CultureInfo.InvariantCulture);
    }

    private async Task JournalEmptyAsync(int port)
    {
        for (var i = 0; i < 600; i++)
        {
            var ready = await ReadAsync($"http://127.0.0.1:{port}/health/ready");
            if (ready["journal"]!["pending_events"]!.GetValue<long>() == 0)
            {
                return;
            }

            await Task.Delay(200);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_started))
        {
            if (!process.HasExited)
            {
                using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync();
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(45));
                try
                {
                    await process.WaitForExitAsync(patience.Token);
                }
                catch (OperationCanceledException)
                {
                    process.Kill();
                }
            }

            process.Dispose();
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Target> StartNginxAsync(int mock)
    {
        var port = FreePort();
        var config = Path.Combine(_folder, "nginx.conf");
        await File.WriteAllTextAsync(config, $$"""
            worker_processes 2;
            pid {{_folder}}/nginx.pid;
            error_log {{_folder}}/nginx.log error;
            daemon off;
            events { worker_connections 8192; }
            http {
                access_log off;
                keepalive_requests 100000000;
                client_body_buffer_size 64k;
                client_body_temp_path {{_folder}}; proxy_temp_path {{_folder}}; fastcgi_temp_path {{_folder}}; uwsgi_temp_path {{_folder}}; scgi_temp_path {{_folder}};
                upstream mock { server 127.0.0.1:{{mock}}; keepalive 256; keepalive_requests 100000000; }
                server {
                    listen 127.0.0.1:{{port}};
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_read_timeout 600s;
                    location / { proxy_pass http://mock; }
                    location /streams/ { proxy_buffering off; proxy_pass http://mock/; }
                }
            }
            """);
        var nginx = Launch(new ProcessStartInfo("nginx", ["-p", _folder, "-c", config]));
        await ListensAsync(port);
        return new("nginx", port, () => ProcessCost.CpuOfTree(nginx.Id), () => ProcessCost.ChildrenOf(nginx.Id),
            traffic => Requests.Http(traffic, port, traffic is Traffic.Stream or Traffic.Hold ? "/streams/v1/chat/completions" : "/v1/chat/completions", "x"));
    }

    private async Task<(int Port, Process Process)> StartMockAsync()
    {
        var port = FreePort();
        var process = Launch(new ProcessStartInfo(Environment.ProcessPath!, ["upstream", port.ToString(CultureInfo.InvariantCulture)]));
        await ListensAsync(port);
        return (port, process);
    }

    /// <summary>Everything on: its own PostgreSQL, the journal, the trace, logs as in production.</summary>
    private async Task<Target> LaunchHiWayAsync(string app)
    {
        var port = FreePort();
        var data = Path.Combine(_folder, "data");
        var start = new ProcessStartInfo("dotnet", [app, "--urls", $"http://127.0.0.1:{port}"]) { WorkingDirectory = _folder, RedirectStandardOutput = true };
        start.Environment["HIWAY_DATA_DIR"] = data;
        start.Environment["Egress__AllowPrivateNetworks"] = "true";
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DOTNET_SYSTEM_NET_SOCKETS", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);   // those are for the load generator
        }

        var hiway = Launch(start);
        hiway.BeginOutputReadLine();
        await ListensAsync(port);
        _root = $"http://127.0.0.1:{port}/api/v1";
        var database = int.Parse(File.ReadLines(Path.Combine(data, "postgres", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        return new("HiWay", port, () => ProcessCost.CpuOfTree(hiway.Id, except: database), () => [hiway.Id], _ => [])
        {
            DatabaseCpu = () => ProcessCost.CpuOfTree(database),
            Settled = () => JournalEmptyAsync(port),
        };
    }

    private async Task<JsonNode> CallAsync(HttpMethod method, string url, object body)
    {
        using var request = new HttpRequestMessage(method, url) { Content = JsonContent.Create(body) };
        return await SendAsync(request);
    }

    private async Task<JsonNode> ReadAsync(string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        return await SendAsync(request);
    }

    private async Task<JsonNode> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = _managementKey.Length > 0 ? new AuthenticationHeaderValue("Bearer", _managementKey) : null;
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: {(int)response.StatusCode} {text}");
    }

    private Process Launch(ProcessStartInfo start)
    {
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        _started.Add(process);
        return process;
    }

    private static async Task ListensAsync(int port)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (patience.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(50);
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }}
