using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Database;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Database;

/// <summary>A database that takes connections and answers nothing, which is worse than one that is gone: whoever waits for it waits.</summary>
public sealed class DatabaseHangs
{
    [Fact]
    public async Task CallsOfCappedKeys_TheApi_AndPages_AreRefused_AndGoOnWhenItAnswersAgain()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("/chat/completions", Reply.Chat("Hello"));
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString), ("environment", "Production"));
        var account = await host.Http.SignUpAsync();
        await host.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        await host.Http.CallAsync(HttpMethod.Patch, $"/api/v1/workspaces/{account.WorkspaceId}/models/acme/m1", account.Key, new { prices = new { input = 2m, output = 8m } });
        var capped = await host.Http.CreateKeyAsync(account, new { name = "Capped", monthly_cap_usd = 5m, daily_cap_usd = 1m });
        var free = await host.Http.CreateKeyAsync(account, new { name = "Free" });
        var body = GatewayWorld.Body();
        body["max_tokens"] = 100;

        postgres.Freeze();

        // Two at once, before anybody knows that it hangs: no slice is held, and only the database could give one.
        var (first, second, uncapped) = (host.Http.ChatAsync(capped.Secret, body), host.Http.ChatAsync(capped.Secret, body), host.Http.ChatAsync(free.Secret, body));
        Assert.Equal(HttpStatusCode.OK, (await uncapped).Status);
        foreach (var refused in await Task.WhenAll(first, second))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "overloaded"), (refused.Status, refused.Json["error"]!["code"]!.GetValue<string>()));
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await Patience.UntilAsync(() => host.Get<DatabaseState>().IsAway, "the database is found away");
        using (var api = await AskAsync(host, $"/api/v1/workspaces/{account.WorkspaceId}/keys", account.Key))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, api.StatusCode);
            Assert.Equal("unavailable", JsonNode.Parse(await api.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
        }

        foreach (var path in (string[])["/", "/login", "/keys"])
        {
            using var page = await AskAsync(host, path, null);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
            Assert.Contains("HiWay's database does not answer", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.NotNull(page.Headers.RetryAfter);
        }

        using (var ready = await AskAsync(host, "/health/ready", null))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        }

        postgres.Thaw();
        await Patience.UntilAsync(() => !host.Get<DatabaseState>().IsAway, "the database is found back");

        // The refusal says to try again shortly: a slice is asked for again half a second after the last time that it could not be had.
        await Patience.HoldsAsync(async () =>
        {
            var after = await host.Http.ChatAsync(capped.Secret, body);
            Assert.True(after.Status == HttpStatusCode.OK, after.Body);
        });
    }

    [Fact]
    public async Task DatabaseGone_APageLoadedAnew_AndTheApi_SayUnavailable()
    {
        await using var postgres = await StoppablePostgres.StartAsync();
        await using var host = await HiWayHost.StartAsync(("ConnectionStrings:HiWay", postgres.ConnectionString), ("environment", "Production"));
        var account = await host.Http.SignUpAsync();

        await postgres.StopAsync();

        // Whether HiWay has noticed by itself yet or notices by these.
        for (var round = 0; round < 2; round++)
        {
            foreach (var path in (string[])[$"/api/v1/workspaces/{account.WorkspaceId}/keys", "/api/v1/me", "/", "/login"])
            {
                using var answer = await AskAsync(host, path, path.StartsWith("/api", StringComparison.Ordinal) ? account.Key : null);
                Assert.True(answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.OK or HttpStatusCode.Redirect, $"{path}: {answer.StatusCode}");
                Assert.True(round == 0 || answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {answer.StatusCode}");
            }

            await Patience.UntilAsync(() => host.Get<DatabaseState>().IsAway, "the database is found away");
        }
    }

    private static Task<HttpResponseMessage> AskAsync(HiWayHost host, string path, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return host.Http.SendAsync(request);
    }
}
