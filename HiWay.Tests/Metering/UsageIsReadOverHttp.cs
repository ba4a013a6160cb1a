using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.Metering;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Metering;

/// <summary>One host for all of them; each test has a workspace of its own.</summary>
public sealed class UsageHost : IAsyncLifetime
{
    public HiWayHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await HiWayHost.StartAsync(("Metering:DrainInterval", "00:00:00.020"));

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

public sealed class UsageIsReadOverHttp(UsageHost shared) : IClassFixture<UsageHost>, IAsyncLifetime
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly HiWayHost _host = shared.Host;
    private TestAccount _account = null!;
    private string _keyId = null!;

    private string Workspace => $"/api/v1/workspaces/{_account.WorkspaceId}";

    public async ValueTask InitializeAsync()
    {
        _account = await _host.Http.SignUpAsync();
        _keyId = (await _host.Http.CallAsync(HttpMethod.Get, $"{Workspace}/keys", _account.Key))["data"]![0]!["id"]!.GetValue<string>();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Usage_TotalsGroupsAndSeries_AsTheApiNamesThem()
    {
        await MeterAsync(Some(0, model: "openai/gpt-4o-mini", cost: 0.25m), Some(1, model: "openai/gpt-4o", cost: 0.5m), Some(2, model: "openai/gpt-4o", cost: 0.5m) with { Status = 502, EndReason = EndReason.Error });

        var usage = await GetAsync("usage?interval=day&group_by=model");

        var totals = usage["totals"]!;
        Assert.Equal((3, 1, 1.25m, 3600, 900, 60, 255, 120), (
            totals["requests"]!.GetValue<int>(), totals["errors"]!.GetValue<int>(), totals["cost_usd"]!.GetValue<decimal>(), totals["input_tokens"]!.GetValue<int>(),
            totals["cache_read_tokens"]!.GetValue<int>(), totals["cache_write_tokens"]!.GetValue<int>(), totals["output_tokens"]!.GetValue<int>(), totals["reasoning_tokens"]!.GetValue<int>()));
        Assert.All(new[] { "baseline_usd", "savings_usd", "cache_hits", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms" }, name => Assert.NotNull(totals[name]));
        Assert.Equal(["openai/gpt-4o", "openai/gpt-4o-mini"], usage["groups"]!.AsArray().Select(group => group!["group"]!.GetValue<string>()));
        Assert.Equal(1.25m, usage["series"]!.AsArray().Sum(point => point!["totals"]!["cost_usd"]!.GetValue<decimal>()));
        Assert.Equal("key_", (await GetAsync("usage?group_by=key"))["groups"]![0]!["group"]!.GetValue<string>()[..4]);
        Assert.Equal("customer-17", (await GetAsync("usage?group_by=user"))["groups"]![0]!["group"]!.GetValue<string>());
        Assert.Equal("support", (await GetAsync("usage?group_by=tag&interval=minute"))["groups"]![0]!["group"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("usage?interval=week", "interval")]
    [InlineData("usage?group_by=colour", "group_by")]
    [InlineData("usage?from=yesterday", "from")]
    [InlineData("usage?to=2026-11-21T10:00:00", "to")]
    [InlineData("usage?from=2026-11-02&to=2026-11-01", "to")]
    [InlineData("usage?from=2020-01-01&interval=hour", "from")]
    [InlineData("usage?from=2020-01-01&interval=minute", "from")]
    [InlineData("usage/export?format=xml", "format")]
    [InlineData("usage/export?from=x", "from")]
    [InlineData("requests?status=bad", "status")]
    [InlineData("requests?status=99999999999", "status")]
    [InlineData("requests?from=1", "from")]
    [InlineData("requests?limit=0", "limit")]
    [InlineData("requests?cursor=abc", "cursor")]
    [InlineData("requests?cursor=%F0%9F", "cursor")]
    [InlineData("requests?model=%00", "model")]
    public async Task WrongParameter_Is400_AndNamed(string path, string param)
    {
        using var answer = await _host.Http.TryCallAsync(HttpMethod.Get, $"{Workspace}/{path}", _account.Key);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", param), (answer.StatusCode, error["code"]!.GetValue<string>(), error["param"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Requests_EachFilterFindsItsRows()
    {
        await MeterAsync(
            Some(0, model: "openai/gpt-4o"), Some(1) with { Provider = "mistral" }, Some(2) with { Tier = "heavy" }, Some(3) with { Status = 429, EndReason = EndReason.Error },
            Some(4) with { EndUser = "anna" }, Some(5) with { Tags = ["ci", "x"] }, Some(6) with { KeyId = "key_other" }, Some(7) with { EndReason = EndReason.UpstreamCut });

        await AssertFindsAsync("model=openai/gpt-4o", 0);
        await AssertFindsAsync("provider=mistral", 1);
        await AssertFindsAsync("tier=heavy", 2);
        await AssertFindsAsync("status=429", 3);
        await AssertFindsAsync("status=error", 3, 7);
        await AssertFindsAsync("status=ok", 0, 1, 2, 4, 5, 6);
        await AssertFindsAsync("end_user=anna", 4);
        await AssertFindsAsync("tag=ci", 5);
        await AssertFindsAsync("key_id=key_other", 6);
        await AssertFindsAsync($"from={Time(2)}&to={Time(4)}", 2, 3);

        async Task AssertFindsAsync(string query, params int[] expected) =>
            Assert.Equal(expected, (await GetAsync("requests?" + query))["data"]!.AsArray().Select(row => row!["requested_model"]!.GetValue<string>()).Select(int.Parse).Order().ToArray());

        static string Time(int second) => At(second).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Paging_ShowsEachRowOnce_NewestFirst_WhateverIsAddedMeanwhile()
    {
        // Several rows share a millisecond, so the time alone could not be the place.
        await MeterAsync([.. Enumerable.Range(0, 25).Select(i => Some(i / 4))]);
        var before = await AllIdsAsync(limit: 200, addBetween: false);

        var paged = await AllIdsAsync(limit: 4, addBetween: true);

        Assert.Equal(25, before.Count);
        Assert.Equal(before, paged);
        Assert.Equal(before.Count, before.Distinct().Count());

        async Task<List<string>> AllIdsAsync(int limit, bool addBetween)
        {
            var ids = new List<string>();
            string? cursor = null;
            do
            {
                var page = await GetAsync($"requests?limit={limit}&cursor={cursor}");
                ids.AddRange(page["data"]!.AsArray().Select(row => row!["id"]!.GetValue<string>()));
                cursor = page["next_cursor"]?.GetValue<string>();
                if (addBetween)
                {
                    await MeterAsync(Some(100));
                }
            }
            while (cursor is not null);
            return ids;
        }
    }

    [Fact]
    public async Task Detail_AddsTheDecisionTrace()
    {
        var usage = Some(0) with { Dropped = ["logit_bias"], UsageEstimated = true };
        await MeterAsync(usage);

        var detail = await GetAsync("requests/" + usage.Id);

        Assert.Equal((usage.Id, "openai_chat", 0.27, true, "logit_bias", 1), (
            detail["id"]!.GetValue<string>(), detail["upstream_dialect"]!.GetValue<string>(), detail["score"]!.GetValue<double>(), detail["usage_estimated"]!.GetValue<bool>(),
            detail["dropped"]![0]!.GetValue<string>(), detail["attempts"]!.GetValue<int>()));
        Assert.Equal(usage.Stages.Select(stage => (stage.Stage, stage.Verdict, stage.Micros)), detail["stages"]!.AsArray().Select(stage =>
            (stage!["stage"]!.GetValue<string>(), stage["verdict"]!.GetValue<string>(), stage["micros"]!.GetValue<long>())));
        var attempt = Assert.Single(detail["attempts_list"]!.AsArray())!;
        Assert.Equal(("openai/gpt-4o-mini", 200, 1200, usage.CostUsd), (
            attempt["model"]!.GetValue<string>(), attempt["status"]!.GetValue<int>(), attempt["input_tokens"]!.GetValue<int>(), attempt["cost_usd"]!.GetValue<decimal>()));
    }

    [Fact]
    public async Task Detail_OfARowFromBefore_HasTheTraceThatIsWrittenThere()
    {
        var usage = Some(0);
        await MeterAsync(usage);
        await _host.Database.ExecuteAsync($$"""
            UPDATE requests SET trace = NULL, dropped = '["seed"]', stages = '[["deliver","whole",7]]',
                attempt_list = '[{"model":"m/1","provider":"m","latency_ms":2.5,"usage":{},"cost_usd":0,"unpriced":false}]' WHERE id = '{{usage.Id}}'
            """);

        var detail = await GetAsync("requests/" + usage.Id);

        Assert.Equal(("seed", "deliver", 7, "m/1"), (
            detail["dropped"]![0]!.GetValue<string>(), detail["stages"]![0]!["stage"]!.GetValue<string>(), detail["stages"]![0]!["micros"]!.GetValue<long>(),
            detail["attempts_list"]![0]!["model"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("req_unknown")]
    [InlineData("req_01JD00000000000000000000000")]
    [InlineData("req_7ZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    public async Task UnknownRequest_Is404(string id)
    {
        using var answer = await _host.Http.TryCallAsync(HttpMethod.Get, $"{Workspace}/requests/{id}", _account.Key);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task AnotherWorkspace_SeesNothing()
    {
        var usage = Some(0);
        await MeterAsync(usage);
        var other = await _host.Http.SignUpAsync();

        foreach (var path in new[] { "usage", "usage/export", "requests", "requests/" + usage.Id })
        {
            using var answer = await _host.Http.TryCallAsync(HttpMethod.Get, $"{Workspace}/{path}", other.Key);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var detail = await _host.Http.TryCallAsync(HttpMethod.Get, $"/api/v1/workspaces/{other.WorkspaceId}/requests/{usage.Id}", other.Key);
        Assert.Equal(HttpStatusCode.NotFound, detail.StatusCode);
        Assert.Empty((await _host.Http.CallAsync(HttpMethod.Get, "/v1/account/activity", other.Key))["data"]!.AsArray());
    }

    [Fact]
    public async Task Export_HasEveryRowOldestFirst_AndNoCellThatASpreadsheetWouldRun()
    {
        await MeterAsync([.. Enumerable.Range(0, 2_105).Select(i => Some(i % 7) with { EndUser = "=HYPERLINK(\"x\")", Tags = ["@a", "b,c"] })]);

        var csv = (await TextAsync("usage/export?format=csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var lines = (await TextAsync("usage/export?format=jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();

        Assert.StartsWith("id,created_at,key_id,key_name,end_user,", csv[0], StringComparison.Ordinal);
        Assert.Equal((2_106, 2_105), (csv.Length, lines.Count));
        Assert.Contains("\"'=HYPERLINK(\"\"x\"\")\"", csv[1], StringComparison.Ordinal);
        Assert.Contains("\"'@a;b,c\"", csv[1], StringComparison.Ordinal);
        Assert.Equal(lines.Select(line => line["created_at"]!.GetValue<string>()).Order(StringComparer.Ordinal), lines.Select(line => line["created_at"]!.GetValue<string>()));
        Assert.Equal(2_105, lines.Select(line => line["id"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task Balance_CountsTheMonthsRequests_OfTheKeysWorkspaceAlone()
    {
        var other = await _host.Http.SignUpAsync();
        var now = DateTimeOffset.UtcNow;
        await MeterAsync(SomeUsage.Chat(now, _account.WorkspaceId, _keyId, 0.001m), SomeUsage.Chat(now.AddMilliseconds(1), _account.WorkspaceId, _keyId, 0.001m));

        var mine = await _host.Http.CallAsync(HttpMethod.Get, "/v1/account/balance", _account.Key);
        var theirs = await _host.Http.CallAsync(HttpMethod.Get, "/v1/account/balance", other.Key);
        using var anonymous = await _host.Http.TryCallAsync(HttpMethod.Get, "/v1/account/balance", null);

        var quota = mine["quota"]!;
        Assert.Equal((0m, "USD", "free", false), (mine["balance_usd"]!.GetValue<decimal>(), mine["currency"]!.GetValue<string>(), mine["plan"]!.GetValue<string>(), mine["passthrough"]!.GetValue<bool>()));
        Assert.Null(quota["included_requests"]);
        Assert.Equal(1, quota["resets_at"]!.GetValue<DateTimeOffset>().Day);
        Assert.Equal(2, quota["used_requests"]!.GetValue<long>());
        Assert.Equal(0, theirs["quota"]!["used_requests"]!.GetValue<long>());
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
    }

    [Fact]
    public async Task Activity_ShowsTheWorkspaceToAManagingKey_AndOnlyItsOwnCallsToAnother()
    {
        var inference = await _host.Http.CreateKeyAsync(_account, new { name = "Only inference", scopes = new[] { "inference" } });
        await MeterAsync(Some(0), Some(1) with { KeyId = inference.Id });

        var all = await _host.Http.CallAsync(HttpMethod.Get, "/v1/account/activity", _account.Key);
        var own = await _host.Http.CallAsync(HttpMethod.Get, "/v1/account/activity", inference.Secret);
        using var foreign = await _host.Http.TryCallAsync(HttpMethod.Get, $"/v1/account/activity?key_id={_keyId}", inference.Secret);
        using var anonymous = await _host.Http.TryCallAsync(HttpMethod.Get, "/v1/account/activity", null);
        using var wrong = await _host.Http.TryCallAsync(HttpMethod.Get, "/v1/account/activity?limit=x", _account.Key);

        Assert.Equal(2, all["data"]!.AsArray().Count);
        var row = Assert.Single(own["data"]!.AsArray())!;
        Assert.Equal((inference.Id, "Only inference"), (row["key_id"]!.GetValue<string>(), row["key_name"]!.GetValue<string>()));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest), (foreign.StatusCode, anonymous.StatusCode, wrong.StatusCode));
    }

    [Fact]
    public async Task Window_GivesRowsAndTheirNumber()
    {
        await MeterAsync([.. Enumerable.Range(0, 30).Select(i => Some(i))]);
        var actor = new HiWay.Domain.Accounts.Actor(_account.WorkspaceId, null, null, HiWay.Domain.Accounts.WorkspaceRole.Viewer, "test", null);
        var log = _host.Get<IRequestLog>();

        var (first, total) = (await log.WindowAsync(actor, new(), 0, 10, CancellationToken.None)).Value;
        var (last, sameTotal) = (await log.WindowAsync(actor, new(), 25, 10, CancellationToken.None)).Value;
        var (beyond, _) = (await log.WindowAsync(actor, new(), 50_000, 10, CancellationToken.None)).Value;

        Assert.Equal((10, 30, 5, 30, 0), (first.Count, total, last.Count, sameTotal, beyond.Count));
        Assert.Equal("29", first[0].RequestedModel);
    }

    [Fact]
    public async Task Feed_TellsSubscribersOfTheWorkspace_UntilTheyLeave()
    {
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var feed = _host.Get<IUsageFeed>();
        var (own, foreign, late) = (Some(0), Some(1) with { WorkspaceId = "ws_other" }, Some(2));
        using (feed.Subscribe(_account.WorkspaceId, usage => heard.Enqueue(usage.Id)))
        using (feed.Subscribe(_account.WorkspaceId, _ => throw new InvalidOperationException("a page that fails")))
        {
            await MeterAsync(own, foreign);
            await Patience.UntilAsync(() => !heard.IsEmpty, "the page hears of its call");
        }

        await MeterAsync(late);
        await Task.Delay(50);
        Assert.Equal([own.Id], heard);
    }

    private static DateTimeOffset At(int second) => Now.AddMinutes(-10).AddSeconds(second);

    /// <summary>An event that can be told by its requested model.</summary>
    private UsageEvent Some(int second, string model = "openai/gpt-4o-mini", decimal cost = 0.001m) =>
        SomeUsage.Chat(At(second), _account.WorkspaceId, _keyId, cost) with { RequestedModel = second.ToString(System.Globalization.CultureInfo.InvariantCulture), Model = model };

    private async Task MeterAsync(params UsageEvent[] events)
    {
        var journal = _host.Get<IUsageJournal>();
        Array.ForEach(events, journal.Append);
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (journal.State.PendingRows > 0)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private Task<JsonNode> GetAsync(string path) => _host.Http.CallAsync(HttpMethod.Get, $"{Workspace}/{path}", _account.Key);

    private async Task<string> TextAsync(string path)
    {
        using var answer = await _host.Http.TryCallAsync(HttpMethod.Get, $"{Workspace}/{path}", _account.Key);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
