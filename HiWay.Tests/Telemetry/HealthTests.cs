using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Telemetry;

public sealed class HealthTests
{
    [Fact]
    public async Task Metrics_tell_of_a_call_under_the_names_of_the_conventions()
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        var key = await host.Http.CreateKeyAsync(account, new { name = "Test", test = true });
        var reply = await host.Http.ChatAsync(key.Secret, "Say hello", stream: true);
        Assert.Equal(HttpStatusCode.OK, reply.Status);

        using var response = await host.Http.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("# TYPE gen_ai_client_operation_duration_seconds histogram", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE gen_ai_server_time_to_first_token_seconds histogram", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_token_type=\"output\"", text, StringComparison.Ordinal);
        Assert.Contains("hiway_calls_total{", text, StringComparison.Ordinal);
        Assert.Contains("hiway_journal_limit_bytes ", text, StringComparison.Ordinal);
        Assert.Contains("hiway_shield_skipped_total ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/ready")]
    public async Task A_balancer_may_ask_with_HEAD(string path)
    {
        await using var host = await HiWayHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        using var answer = await host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Metrics_are_for_this_machine_or_for_whoever_has_the_token()
    {
        await using var host = await HiWayHost.StartAsync(("Telemetry:MetricsToken", "scrape-me"));

        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(("X-Forwarded-For", "203.0.113.7")));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(("X-Forwarded-For", "203.0.113.7"), ("Authorization", "Bearer wrong")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(("X-Forwarded-For", "203.0.113.7"), ("Authorization", "Bearer scrape-me")));

        async Task<HttpStatusCode> AskAsync(params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await host.Http.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Ready_fails_while_the_database_is_away_and_recovers_by_itself()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString));
        Assert.Equal((HttpStatusCode.OK, "ready", "up"), await ReadyAsync());

        await postgres.StopAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not_ready", "unreachable"), await ReadyAsync());
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/health")).StatusCode);

        await postgres.StartAgainAsync();
        Assert.Equal((HttpStatusCode.OK, "ready", "up"), await ReadyAsync());

        async Task<(HttpStatusCode, string, string)> ReadyAsync()
        {
            using var response = await host.Http.GetAsync("/health/ready");
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            Assert.NotNull(answer["journal"]!["pending_events"]);
            return (response.StatusCode, answer["status"]!.GetValue<string>(), answer["database"]!.GetValue<string>());
        }
    }
}
