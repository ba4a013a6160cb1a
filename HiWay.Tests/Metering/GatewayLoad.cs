using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using HiWay.Tests.Harness;
using Npgsql;

namespace HiWay.Tests.Metering;

/// <summary>Clients that call the built-in test model without a pause, half of them streamed, and write down every answer they got whole.</summary>
internal sealed class GatewayLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _completed = new();
    private readonly ConcurrentQueue<string> _refused = new();
    private readonly Task _clients;

    public GatewayLoad(string url, string key, int clients = 6) =>
        _clients = Task.WhenAll(Enumerable.Range(0, clients).Select(n => Task.Run(() => CallAsync(url, key, stream: n % 2 == 0))));

    /// <summary>Request ids of whole answers, by their header.</summary>
    public IReadOnlyCollection<string> Completed => _completed;

    /// <summary>Answers that were not 200.</summary>
    public IReadOnlyCollection<string> Refused => _refused;

    public async Task UntilAsync(int completed)
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        var target = _completed.Count + completed;
        while (_completed.Count < target)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    /// <summary>Each completed answer has exactly one row, there is no other row twice, and every total says what the rows say.</summary>
    public async Task AssertBooksAsync(NpgsqlDataSource database, string workspaceId)
    {
        await using var command = database.CreateCommand("SELECT id FROM requests WHERE workspace_id = $1");
        command.Parameters.Add(new() { Value = workspaceId });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        Assert.Equal(_completed.Count, _completed.Distinct().Count());
        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Empty(_completed.Except(rows));
        foreach (var granularity in new[] { "minute", "hour", "day" })
        {
            await using var sum = database.CreateCommand("SELECT coalesce(sum(requests), 0)::bigint FROM usage_rollups WHERE workspace_id = $1 AND granularity = $2");
            sum.Parameters.Add(new() { Value = workspaceId });
            sum.Parameters.Add(new() { Value = granularity });
            Assert.Equal((long)rows.Count, await sum.ExecuteScalarAsync());
        }
    }

    /// <summary>Lets each client finish its call.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _clients;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task CallAsync(string url, string key, bool stream)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url), Timeout = Patience.Limit };
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var reply = await http.ChatAsync(key, "Say hello", "auto", stream);
                if (reply.Status != HttpStatusCode.OK)
                {
                    _refused.Enqueue($"{(int)reply.Status}: {reply.Body}");
                }
                else if (!stream || reply.Events is [.., "[DONE]"])
                {
                    _completed.Enqueue(reply.Headers.GetValues("X-Request-Id").Single());
                }
            }
            catch (Exception cut) when (cut is HttpRequestException or IOException or SocketException)
            {
                // The gateway was killed; such a call has no answer and need not have a row.
                await Task.Delay(20);
            }
        }
    }
}
