using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Tests.Harness;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Tests.Alerts;

/// <summary>Webhooks are made, changed and removed by the management API.</summary>
public sealed class WebhookSettingsTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private HttpClient Http => shared.Host.Http;

    [Fact]
    public async Task NewWebhook_ShowsItsSecretOnce_AndKeepsItSealed()
    {
        var account = await Http.SignUpAsync();
        var made = await CreateAsync(account, new { name = "Ops", kind = "webhook", url = "https://example.com/hook?a=1" });
        var id = made["id"]!.GetValue<string>();
        var secret = made["secret"]!.GetValue<string>();

        Assert.StartsWith("wh_", id, StringComparison.Ordinal);
        Assert.Equal(32, WebhookSecret.KeyOf(secret)!.Length);
        Assert.Equal(("active", "https://example.com/hook?a=1"), (made["status"]!.GetValue<string>(), made["url"]!.GetValue<string>()));
        Assert.Null(made["events"]);
        var read = await Http.CallAsync(HttpMethod.Get, $"{Path(account)}/{id}", account.Key);
        Assert.False(read.AsObject().ContainsKey("secret"));
        Assert.Equal(secret.TrimEnd('=')[^4..], read["secret_last4"]!.GetValue<string>());
        var listed = await Http.CallAsync(HttpMethod.Get, Path(account), account.Key);
        Assert.DoesNotContain(secret, listed.ToJsonString(), StringComparison.Ordinal);
        await using var db = shared.Host.Database.Open();
        var row = await db.Webhooks.SingleAsync(row => row.Id == id);
        Assert.DoesNotContain(secret[6..], System.Text.Encoding.Latin1.GetString(row.Ciphertext), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretThatIsGiven_IsTaken()
    {
        var account = await Http.SignUpAsync();
        var secret = WebhookSecret.New();

        var made = await CreateAsync(account, new { name = "Ops", url = "https://example.com/hook", secret });

        Assert.Equal(secret, made["secret"]!.GetValue<string>());
        Assert.Equal("webhook", made["kind"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("slack", "https://hooks.slack.com/services/T0000/B0000/abcdefghijklmnop", "https://hooks.slack.com/…mnop")]
    [InlineData("discord", "https://discord.com/api/webhooks/1234/abcdefghijklmnopqrst", "https://discord.com/…qrst")]
    [InlineData("teams", "https://example.webhook.office.com/webhookb2/abcdefghijklmnop", "https://example.webhook.office.com/…mnop")]
    [InlineData("email", "mailto:ops@example.com", "ops@example.com")]
    public async Task AddressThatIsASecret_IsShownMasked_AndHandingItBackChangesNothing(string kind, string url, string shown)
    {
        var account = await Http.SignUpAsync();
        var made = await CreateAsync(account, new { name = "People", kind, url });

        Assert.Equal(shown, made["url"]!.GetValue<string>());
        Assert.Null(made["secret"]);
        var patched = await Http.CallAsync(HttpMethod.Patch, $"{Path(account)}/{made["id"]}", account.Key, new { name = "Renamed", kind, url = shown });
        Assert.Equal(("Renamed", shown), (patched["name"]!.GetValue<string>(), patched["url"]!.GetValue<string>()));
        var audit = await Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}/audit?action=webhook", account.Key);
        Assert.DoesNotContain("abcdefghijkl", audit.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["name"], audit["data"]![0]!["new_values"]!.AsObject().Select(value => value.Key));
    }

    [Fact]
    public async Task Patch_ChangesWhatIsNamed_AndNullEventsAreAll()
    {
        var account = await Http.SignUpAsync();
        var id = (await CreateAsync(account, new { name = "Ops", url = "https://example.com/hook", events = new[] { "provider.down" }, filter = "blocked" }))["id"]!.GetValue<string>();

        var paused = await Http.CallAsync(HttpMethod.Patch, $"{Path(account)}/{id}", account.Key, """{"events":[]}""");
        Assert.Equal(("paused", "blocked"), (paused["status"]!.GetValue<string>(), paused["filter"]!.GetValue<string>()));
        var all = await Http.CallAsync(HttpMethod.Patch, $"{Path(account)}/{id}", account.Key, """{"events":null,"filter":null}""");
        Assert.Equal("active", all["status"]!.GetValue<string>());
        Assert.Null(all["events"]);
        Assert.Null(all["filter"]);
        var off = await Http.CallAsync(HttpMethod.Patch, $"{Path(account)}/{id}", account.Key, """{"enabled":false}""");
        Assert.Equal(("paused", "https://example.com/hook"), (off["status"]!.GetValue<string>(), off["url"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Delete_TakesItAway_AndIsInTheAuditLog()
    {
        var account = await Http.SignUpAsync();
        var id = (await CreateAsync(account, new { name = "Ops", url = "https://example.com/hook" }))["id"]!.GetValue<string>();

        await Http.CallAsync(HttpMethod.Delete, $"{Path(account)}/{id}", account.Key, null, HttpStatusCode.NoContent);

        using var gone = await Http.TryCallAsync(HttpMethod.Get, $"{Path(account)}/{id}", account.Key);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var audit = await Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}/audit?action=webhook", account.Key);
        Assert.Equal(["webhook.deleted", "webhook.created"], audit["data"]!.AsArray().Select(row => row!["action"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("""{"url":"https://example.com/hook"}""", "name")]
    [InlineData("""{"name":"x","kind":"pager","url":"https://example.com/hook"}""", "kind")]
    [InlineData("""{"name":"x"}""", "url")]
    [InlineData("""{"name":"x","url":"example.com/hook"}""", "url")]
    [InlineData("""{"name":"x","url":"ftp://example.com/hook"}""", "url")]
    [InlineData("""{"name":"x","url":"https://user:pass@example.com/hook"}""", "url")]
    [InlineData("""{"name":"x","kind":"email","url":"https://example.com"}""", "url")]
    [InlineData("""{"name":"x","kind":"email","url":"a@example.com, b@example.com"}""", "url")]
    [InlineData("""{"name":"x","kind":"email","url":"Ops <ops@example.com>"}""", "url")]
    [InlineData("""{"name":"x","url":"https://example.com/hook","secret":"hush"}""", "secret")]
    [InlineData("""{"name":"x","url":"https://example.com/hook","secret":"whsec_c2hvcnQ="}""", "secret")]
    [InlineData("""{"name":"x","kind":"slack","url":"https://example.com/hook","secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}""", "secret")]
    [InlineData("""{"name":"x","url":"https://example.com/hook","events":["budget.alert","moon.full"]}""", "events[1]")]
    [InlineData("""{"name":"x","url":"https://example.com/hook","filter":"some"}""", "filter")]
    [InlineData("""{"name":"x","url":"https://example.com/hook","colour":"red"}""", "colour")]
    public async Task WrongSettings_AreRefused_NamingTheField(string body, string param)
    {
        var account = await Http.SignUpAsync();

        using var response = await Http.TryCallAsync(HttpMethod.Post, Path(account), account.Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task AddressThatMustNotBeCalled_IsRefused_WhereTheOperatorDoesNotAllowIt()
    {
        await using var host = await HiWayHost.StartAsync(("Egress:AllowPrivateNetworks", "false"));
        var account = await host.Http.SignUpAsync();
        string[] urls =
        [
            "http://example.com/hook",                     // readable on the way
            "https://127.0.0.1/hook",
            "https://2130706433/hook",                     // 127.0.0.1 as one number
            "https://0x7f.1/hook",
            "https://localhost/hook",
            "https://[::ffff:10.0.0.1]/hook",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00:ec2::254]/",
        ];
        foreach (var url in urls)
        {
            using var response = await host.Http.TryCallAsync(HttpMethod.Post, Path(account), account.Key, new { name = "x", url });

            Assert.True(response.StatusCode is HttpStatusCode.BadRequest, $"{url}: {(int)response.StatusCode}");
            Assert.Equal("url", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
        }
    }

    private static string Path(TestAccount account) => $"/api/v1/workspaces/{account.WorkspaceId}/webhooks";

    private Task<JsonNode> CreateAsync(TestAccount account, object body) => Http.CallAsync(HttpMethod.Post, Path(account), account.Key, body, HttpStatusCode.Created);
}
