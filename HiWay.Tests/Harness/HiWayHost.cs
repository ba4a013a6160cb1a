using System.Collections.Concurrent;
using HiWay.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HiWay.Tests.Harness;

/// <summary>The real application in this process, on a real port, with a database and a data directory of its own.</summary>
public sealed class HiWayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestDatabase? _ownDatabase;
    private readonly TemporaryFolder _data;
    private bool _stopped;

    private HiWayHost(WebApplication app, TestDatabase? ownDatabase, TestDatabase? database, TemporaryFolder data, CapturedLogs logs)
    {
        (_app, _ownDatabase, _data, Logs) = (app, ownDatabase, data, logs);
        Database = database!;
        Url = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        Http = NewClient();
    }

    /// <summary>Without a slash at the end: <c>http://127.0.0.1:41234</c>.</summary>
    public string Url { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The database of this host; not set when the test named a server by itself.</summary>
    public TestDatabase Database { get; }

    public string DataFolder => _data.Path;

    /// <summary>What the application logged, everything from Information up.</summary>
    public CapturedLogs Logs { get; }

    /// <summary>Knows the address; sends no credentials, follows no redirect, keeps no cookie.</summary>
    public HttpClient Http { get; }

    /// <param name="settings">Further settings: <c>("Signup:Enabled", "false")</c>. They win over the harness's own.</param>
    public static Task<HiWayHost> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, null, settings);

    /// <param name="database">Shared with the caller, who disposes of it; null makes one.</param>
    /// <param name="services">Replaces services: <c>s => s.AddSingleton&lt;TimeProvider&gt;(clock)</c>.</param>
    /// <param name="settings">Further settings; a <c>ConnectionStrings:HiWay</c> here replaces the test's own database.</param>
    public static async Task<HiWayHost> StartAsync(TestDatabase? database, Action<IServiceCollection>? services, params (string Key, string Value)[] settings)
    {
        var namesServer = settings.Any(setting => setting.Key == "ConnectionStrings:HiWay");
        var own = database is null && !namesServer ? await TestDatabase.CreateAsync() : null;
        var data = new TemporaryFolder();
        var logs = new CapturedLogs();
        try
        {
            var all = new Dictionary<string, string>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["environment"] = "Development",
                ["HIWAY_DATA_DIR"] = data.Path,
                ["Egress:AllowPrivateNetworks"] = "true",
                ["Egress:ConnectTimeout"] = Patience.Limit.ToString(),   // a connection to this machine takes as long as the machine is busy

                // Tests say the same thing many times over and spend on keys without a past; those of Guardian switch them on.
                ["Guardian:Rules:dedup:Enabled"] = "false",
                ["Guardian:Rules:cost_spike:Enabled"] = "false",
            };
            if (!namesServer)
            {
                all["ConnectionStrings:HiWay"] = (database ?? own)!.ConnectionString;
            }

            foreach (var (key, value) in settings)
            {
                all[key] = value;
            }

            var app = await HiWayApp.BuildAsync([.. all.Select(setting => $"--{setting.Key}={setting.Value}")], builder =>
            {
                builder.Logging.ClearProviders().AddProvider(logs);
                // One test makes every service at once; a missing one does not have to stop all the others too.
                builder.Host.UseDefaultServiceProvider(container => container.ValidateScopes = true);
                services?.Invoke(builder.Services);
            });
            try
            {
                await app.StartAsync();
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }

            return new(app, own, database ?? own, data, logs);
        }
        catch
        {
            data.Dispose();
            if (own is not null)
            {
                await own.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>A further client, with cookies where a test plays a browser.</summary>
    public HttpClient NewClient(bool cookies = false) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = cookies }) { BaseAddress = new Uri(Url), Timeout = Patience.Limit };

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Stops as on SIGTERM: drains, writes down what is in the journal, closes.</summary>
    public Task StopAsync()
    {
        _stopped = true;
        return _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_stopped)
        {
            // Services end in good order before the container that they use goes; a stream that a test left open is not waited for long.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _app.StopAsync(limit.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
            }
        }

        await _app.DisposeAsync();
        if (_ownDatabase is not null)
        {
            await _ownDatabase.DisposeAsync();
        }

        _data.Dispose();
    }
}

/// <summary>Log lines of one host: <c>Warning HiWay.Web.Gateway: text</c>, with the exception after it.</summary>
public sealed class CapturedLogs : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public override string ToString() => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Named(this, categoryName);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue($"{logLevel} {formatter(state, exception)}{(exception is null ? "" : "\n" + exception)}");
        }
    }

    public void Dispose()
    {
    }

    private sealed class Named(CapturedLogs all, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => all.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            all.Log(logLevel, eventId, state, exception, (inner, error) => $"{category}: {formatter(inner, error)}");
    }
}
