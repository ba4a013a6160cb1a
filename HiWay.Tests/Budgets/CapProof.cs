using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Metering.Journal;
using HiWay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace HiWay.Tests.Budgets;

/// <summary>
/// The proof that caps hold: 200 parallel clients with calls of random size, streams, clients that leave and providers that
/// fail, against a cap of 10 dollars, on one node and on three that share a database, with one of them killed in the middle.
/// Spend never passes the cap, and the books have every call at the price that the provider has in its own books, those that ran on the
/// node that was killed too, once it is started again on its data directory. More seeds: <c>bench/caps.sh</c>.
/// </summary>
/// <remarks>
/// What is on its way in the moment of a kill is lost with the sockets, so the provider knows of tokens that no gateway ever saw. The provider holds
/// still while the node is killed, with calls at every stage under way; nothing is on its way then. The last proof does without that: whatever
/// was on its way, the bill stays under the cap, as long as the node is away and when it returns.
/// </remarks>
public sealed class CapProof(ITestOutputHelper output)
{
    private const decimal CapUsd = 10m;
    private const int Clients = 200;
    private const int CallsEach = 7;

    /// <summary>The node that is killed, by its place.</summary>
    private const int Killed = 2;

    /// <summary>Stands for a status where the call ended without an answer to its client.</summary>
    private const int Left = 499;

    /// <summary>The dearest call of the proof by HiWay's estimate: 1,360 tokens in, 2,000 out, and room for the estimate's rounding.</summary>
    private const decimal DearestUsd = (1_500 * BillingUpstream.InputPrice + 2_000 * BillingUpstream.OutputPrice) / 1_000_000m;

    private static readonly (string, string) s_masterKey = ("Vault:MasterKey", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("HIWAY_CAP_PROOF_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : 2)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task OneNode_SpendStaysUnderTheCap_AndEqualsTheProvidersBill(int seed)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await HiWayHost.StartAsync(database, null, s_masterKey);
        await RunAsync(seed, database, [host.Url], kill: null, restart: null);
    }

    /// <summary>Every second seed loses a node.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public Task ThreeNodes_SpendStaysUnderTheCap_AndEqualsTheProvidersBill(int seed) => OnThreeNodesAsync(seed, still: true);

    /// <summary>A node is killed in the middle of everything. While it is away, what it may have spent stays counted; when it is back, what its calls may have cost beyond what it saw.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public Task NodeKilledWithAnswersOnTheirWay_TheBillStaysUnderTheCap(int seed) => OnThreeNodesAsync(seed, still: false);

    private async Task OnThreeNodesAsync(int seed, bool still)
    {
        await using var database = await TestDatabase.CreateAsync();
        using var folders = new Folders();
        var settings = new[] { s_masterKey, ("ConnectionStrings:HiWay", database.ConnectionString) };
        var nodes = await Task.WhenAll(folders.All.Select(folder => HiWayProcess.StartAsync(folder.Path, settings)));
        HiWayProcess? again = null;
        try
        {
            Func<BillingUpstream, Task>? kill = !still ? _ => nodes[Killed].KillAsync()
                : seed % 2 == 0 ? upstream => KillInStillnessAsync(nodes[Killed], folders.All[Killed].Path, upstream)
                : null;
            await RunAsync(seed, database, [.. nodes.Select(node => node.Url)], kill, async () => (again = await HiWayProcess.StartAsync(folders.All[Killed].Path, settings)).Url, still);
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }

            if (again is not null)
            {
                await again.DisposeAsync();
            }
        }
    }

    /// <param name="restart">Starts the killed node again and tells its address.</param>
    /// <param name="still">Nothing is on its way when the node is killed.</param>
    private async Task RunAsync(int seed, TestDatabase database, string[] nodes, Func<BillingUpstream, Task>? kill, Func<Task<string>>? restart, bool still = true)
    {
        await using var upstream = await BillingUpstream.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1_000 }) { BaseAddress = new Uri(nodes[0]), Timeout = TimeSpan.FromMinutes(2) };
        var (account, key) = await SetUpAsync(http, upstream);
        var budget = $"/api/v1/workspaces/{account.WorkspaceId}/budget";

        // The other nodes hear of the key within a second.
        foreach (var node in nodes)
        {
            for (var patience = 0; patience < 3_600; patience++)
            {
                using var asked = await SendAsync(http, node + "/v1/models", HttpMethod.Get, key, null, default);
                if (asked.IsSuccessStatusCode)
                {
                    break;
                }

                await Task.Delay(50);
            }
        }

        var statuses = new ConcurrentDictionary<string, int>();
        var askedKilled = new ConcurrentDictionary<string, bool>();
        var began = 0;
        var calls = new ConcurrentQueue<ProofCall>(Enumerable.Range(0, Clients * CallsEach).Select(number => new ProofCall(seed, number)));
        var killing = Task.CompletedTask;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (calls.TryDequeue(out var call))
            {
                var turn = Interlocked.Increment(ref began);
                if (turn == 400 && kill is not null)
                {
                    killing = kill(upstream);
                }

                if (kill is not null && turn % nodes.Length == Killed)
                {
                    askedKilled[call.Name] = true;
                }

                statuses[call.Name] = await AskAsync(http, nodes[turn % nodes.Length], key, call) ?? Left;
            }
        })));
        await killing;
        if (kill is null)
        {
            await UntilAsync(async () => (await http.CallAsync(HttpMethod.Get, budget, account.Key))["reserved_usd"]!.GetValue<decimal>(), reserved => reserved == 0m);
        }

        await SpendTheRestAsync(http, key, seed, [.. nodes.Where((_, node) => kill is null || node != Killed)], statuses);
        var billed = upstream.Bill.Values.Sum();
        if (!still)
        {
            var survivors = statuses.Where(call => call.Value != Left && !askedKilled.ContainsKey(call.Key)).Select(call => call.Key).ToList();
            var away = await AssertCountedAsync(http, account, budget, database, upstream, survivors);
            nodes[Killed] = await restart!();
            await SpendTheRestAsync(http, key, seed, nodes, statuses, from: 200_000);
            var back = await AssertCountedAsync(http, account, budget, database, upstream, survivors);
            output.WriteLine($"seed {seed}, 3 nodes, one killed with answers on their way: while it was away {away}; when it was back {back}");
            return;
        }

        if (kill is not null)
        {
            await restart!();   // what the killed node had in its journal and under way comes into the books
        }

        // A call that its client left early may not have reached HiWay at all; all that were answered or billed are in the books.
        var books = await BooksAsync(database, [.. statuses.Where(call => call.Value != Left).Select(call => call.Key).Union(upstream.Bill.Keys)]);
        var spent = await database.ScalarAsync<decimal>("SELECT coalesce(sum(spent_usd), 0) FROM spend_shares WHERE kind = 0");
        var lost = books.Where(call => call.Value.NodeLost).ToList();
        output.WriteLine($"seed {seed}, {nodes.Length} nodes{(kill is null ? "" : ", one killed")}: billed {billed:0.######}, spent {spent:0.######}, {statuses.Values.Count(status => status == 402)} refused, {lost.Count} under way on the killed node for {lost.Sum(call => call.Value.Usd):0.######}");

        foreach (var (name, (usd, nodeLost, ended)) in books)
        {
            var bill = upstream.Bill.GetValueOrDefault(name);
            Assert.True(usd == bill, $"{name} ({Of(name).Fate}{(nodeLost ? ", lost" : "")}) is {usd} in the books and {bill} in the bill; its client got {statuses.GetValueOrDefault(name)}, it ended {ended}.");
        }

        Assert.Equal(books.Values.Sum(call => call.Usd), spent);
        Assert.Equal(billed, spent);
        Assert.True(billed <= CapUsd, $"The provider has billed {billed} USD.");
        Assert.True(billed >= CapUsd - (kill is null ? DearestUsd : CapUsd / 2), $"Only {billed} USD of the cap could be spent.");
        Assert.Contains(402, statuses.Values);
        Assert.Equal(kill is not null, lost.Count > 0);
    }

    /// <summary>While the killed node's part of the books is on its own disk, what it held of the cap stands for it; later what it does not know of its calls.</summary>
    private static async Task<string> AssertCountedAsync(HttpClient http, TestAccount account, string budget, TestDatabase database, BillingUpstream upstream, ICollection<string> survivors)
    {
        var books = await BooksAsync(database, survivors);
        var billed = upstream.Bill.Values.Sum();
        var counted = await database.ScalarAsync<decimal>("SELECT sum(greatest(granted_usd, spent_usd)) FROM spend_shares WHERE kind = 0");
        var view = await http.CallAsync(HttpMethod.Get, budget, account.Key);
        var (spent, reserved) = (view["spent_usd"]!.GetValue<decimal>(), view["reserved_usd"]!.GetValue<decimal>());
        Assert.All(survivors, name => Assert.Equal(upstream.Bill.GetValueOrDefault(name), books[name].Usd));
        Assert.InRange(spent + reserved, billed, CapUsd);
        Assert.InRange(counted, billed, CapUsd);
        return $"billed {billed:0.######}, spent {spent:0.######} and set aside {reserved:0.######}";
    }

    /// <summary>Kills a node while nothing is on its way between the provider and it.</summary>
    private static async Task KillInStillnessAsync(HiWayProcess node, string folder, BillingUpstream upstream)
    {
        List<LostCall> UnderWay() => OpenCalls.Lost(Path.Combine(folder, "journal", "open.calls"), NullLogger.Instance);
        upstream.HoldStill();
        try
        {
            await UntilAsync(() => Task.FromResult(UnderWay()), calls => calls.TrueForAll(call => call.CostUsd == upstream.Bill.GetValueOrDefault(call.Call.Tags[0])), pauseMs: 10);
            await node.KillAsync();
            var cut = UnderWay().Select(call => call.Call.Tags[0]).ToList();
            await UntilAsync(() => Task.FromResult(upstream.Waiting), waiting => !cut.Exists(waiting.Contains), pauseMs: 10);
        }
        finally
        {
            upstream.GoOn();
        }
    }

    /// <summary>While 200 calls run, what they may cost is set aside. One at a time, calls get through until really nothing fits any more.</summary>
    private static async Task SpendTheRestAsync(HttpClient http, string key, int seed, string[] nodes, ConcurrentDictionary<string, int> statuses, int from = 100_000)
    {
        var refused = 0;
        for (var number = from; refused < 10; number++)
        {
            var call = new ProofCall(seed, number);
            if (call.Fate is Fate.Whole or Fate.Streamed)
            {
                statuses[call.Name] = await AskAsync(http, nodes[number % nodes.Length], key, call) ?? Left;
                refused = statuses[call.Name] == 402 ? refused + 1 : 0;
            }
        }
    }

    private static async Task<(TestAccount Account, string Key)> SetUpAsync(HttpClient http, BillingUpstream upstream)
    {
        var account = await http.SignUpAsync();
        await http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        await http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{account.WorkspaceId}/models/acme/m1", account.Key, new { prices = new { input = BillingUpstream.InputPrice, output = BillingUpstream.OutputPrice } });
        await http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/budget", account.Key, new { cap_usd = CapUsd });
        return (account, (await http.CreateKeyAsync(account)).Secret);
    }

    /// <summary>The status that the client got; 499 when it left on purpose, null when the connection broke.</summary>
    private static async Task<int?> AskAsync(HttpClient http, string node, string key, ProofCall call)
    {
        var name = call.Name + " ";
        var body = new JsonObject
        {
            ["model"] = "acme/m1",
            ["max_tokens"] = call.MaxTokens,
            ["stream"] = call.Streams,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = name + new string('a', Math.Max(0, call.PromptBytes - name.Length)) }),
            ["hiway"] = new JsonObject { ["tags"] = new JsonArray(call.Name) },
        };
        using var leave = new CancellationTokenSource();
        if (call.Fate is Fate.LeftEarly)
        {
            leave.CancelAfter(150);
        }

        try
        {
            using var response = await SendAsync(http, node + "/v1/chat/completions", HttpMethod.Post, key, body, leave.Token);
            if (call.Fate is not Fate.StreamLeft || !response.IsSuccessStatusCode)
            {
                _ = await response.Content.ReadAsByteArrayAsync(leave.Token);
                return (int)response.StatusCode;
            }

            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(leave.Token));
            for (var chunks = 0; chunks < 2;)
            {
                if (await reader.ReadLineAsync(leave.Token) is not { } line)
                {
                    return null;
                }

                chunks += line.StartsWith("data:", StringComparison.Ordinal) ? 1 : 0;
            }

            return Left;
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            return Left;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or SocketException)
        {
            return null;   // bare when the node was killed right after the system had taken the connection in for it
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string url, HttpMethod method, string key, JsonNode? body, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>What the books have of each call; the last says how it ended, for the one that is not as it should be.</summary>
    private static async Task<Dictionary<string, (decimal Usd, bool NodeLost, string Ended)>> BooksAsync(TestDatabase database, ICollection<string> expected)
    {
        Dictionary<string, (decimal Usd, bool NodeLost, string Ended)> books = [];
        await UntilAsync(
            async () =>
            {
                books = [];
                await using var command = database.Source.CreateCommand("SELECT tags[1], sum(cost_usd), bool_or(end_reason = 'node_lost'), string_agg(concat_ws(' ', end_reason, status, latency_ms, attempts), ' and ') FROM requests WHERE cardinality(tags) > 0 GROUP BY 1");
                await using var reader = await command.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                {
                    books[reader.GetString(0)] = (reader.GetDecimal(1), reader.GetBoolean(2), reader.GetString(3));
                }

                return books;
            },
            all => expected.All(all.ContainsKey));
        return books;
    }

    private static async Task UntilAsync<T>(Func<Task<T>> read, Func<T, bool> enough, int pauseMs = 100)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Patience.Limit;)
        {
            if (enough(await read()))
            {
                return;
            }

            await Task.Delay(pauseMs);
        }

        Assert.Fail("What was waited for did not come.");
    }

    private static ProofCall Of(string name)
    {
        var parts = name.Split('-');
        return new(int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private sealed class Folders : IDisposable
    {
        public TemporaryFolder[] All { get; } = [new(), new(), new()];

        public void Dispose() => Array.ForEach(All, folder => folder.Dispose());
    }
}
