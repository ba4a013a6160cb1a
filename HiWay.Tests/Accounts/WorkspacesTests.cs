using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

public sealed class WorkspacesTests : IAsyncLifetime
{
    private HiWayHost _host = null!;
    private TestAccount _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private string Workspace => $"/api/v1/workspaces/{_owner.WorkspaceId}";

    [Fact]
    public async Task Patch_ChangesWhatIsSent_LeavesTheRest_AndIsInTheAuditLog()
    {
        var changed = await _host.Http.CallAsync(HttpMethod.Patch, Workspace, _owner.Key, new { routing_profile = "budget", log_content = true, flagship_model = "openai/gpt-4o" });
        Assert.Equal(("Acme", "budget", "global", true, true, "openai/gpt-4o"), Settings(changed));
        var back = await _host.Http.CallAsync(HttpMethod.Patch, Workspace, _owner.Key, """{"flagship_model": null, "name": "  Acme Corp "}""");
        Assert.Equal(("Acme Corp", "budget", "global", true, true, null), Settings(back));

        var rows = (await _host.Http.CallAsync(HttpMethod.Get, Workspace + "/audit?action=workspace.updated", _owner.Key))["data"]!.AsArray();
        Assert.Equal(2, rows.Count);
        Assert.Equal(("Acme", "Acme Corp"), (rows[0]!["old_values"]!["name"]!.GetValue<string>(), rows[0]!["new_values"]!["name"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"routing_profile":"balanced","log_content":"false","flagship_model":""}"""), rows[1]!["old_values"]));
        Assert.Equal(("First key", "127.0.0.1"), (rows[0]!["actor"]!.GetValue<string>(), rows[0]!["ip_address"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("""{"routing_profile":"cheapest"}""", "routing_profile")]
    [InlineData("""{"sovereignty_zone":"mars"}""", "sovereignty_zone")]
    [InlineData("""{"flagship_model":"nobody/nothing"}""", "flagship_model")]
    [InlineData("""{"name":"   "}""", "name")]
    [InlineData("""{"prompt_caching":null}""", "prompt_caching")]
    public async Task WrongSetting_Is400_AndNamesTheField(string body, string param)
    {
        using var answer = await _host.Http.TryCallAsync(HttpMethod.Patch, Workspace, _owner.Key, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task OnePersonTwoWorkspaces_TheSwitchIsRemembered()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync(_owner.Email, _owner.Password);
        await browser.SubmitAsync("/account/new-workspace", "new-workspace", ("Input.Name", "Second"));
        Assert.Equal("/", browser.RedirectedTo);

        var mine = JsonNode.Parse((await browser.OpenAsync("/api/v1/workspaces")).Page)!["data"]!.AsArray();
        Assert.Equal(["Acme/owner", "Second/owner"], mine.Select(workspace => $"{workspace!["name"]!.GetValue<string>()}/{workspace["role"]!.GetValue<string>()}"));
        Assert.Equal(mine[1]!["id"]!.GetValue<string>(), await LastWorkspaceAsync());

        var token = (await browser.OpenAsync("/account")).Page.Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        await browser.ForgeAsync("/switch-workspace", ("workspace_id", _owner.WorkspaceId), ("return_url", "/keys"), ("__RequestVerificationToken", token));
        Assert.Equal("/keys", browser.RedirectedTo);
        Assert.Equal(_owner.WorkspaceId, await LastWorkspaceAsync());

        var stranger = await _host.Http.SignUpAsync();
        await browser.ForgeAsync("/switch-workspace", ("workspace_id", stranger.WorkspaceId), ("__RequestVerificationToken", token));
        Assert.Equal(_owner.WorkspaceId, await LastWorkspaceAsync());   // one cannot switch to where one is no member
    }

    [Fact]
    public async Task Deletion_AsksForTheName_AndEndsItsKeysAtOnce()
    {
        var owner = (await _host.Get<IWorkspaces>().ActorAsync(_owner.UserId, _owner.WorkspaceId, null, CancellationToken.None))!;
        Assert.Equal(("confirm_name", RefusalKind.Invalid), Of((await _host.Get<IWorkspaces>().DeleteAsync(owner, "acme", CancellationToken.None)).Refusal!));
        await _host.Http.CallAsync(HttpMethod.Get, "/v1/me", _owner.Key);

        Assert.True((await _host.Get<IWorkspaces>().DeleteAsync(owner, "Acme", CancellationToken.None)).Succeeded);

        using var answer = await _host.Http.TryCallAsync(HttpMethod.Get, "/v1/me", _owner.Key);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Null(await _host.Get<IWorkspaces>().ActorAsync(_owner.UserId, _owner.WorkspaceId, null, CancellationToken.None));
    }

    [Fact]
    public async Task AuditLog_ComesNewestFirst_InPages_FilteredByActionOrKindOfAction()
    {
        for (var i = 0; i < 5; i++)
        {
            await _host.Http.CallAsync(HttpMethod.Patch, Workspace, _owner.Key, new { name = $"Name {i}" });
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _host.Http.CallAsync(HttpMethod.Get, $"{Workspace}/audit?action=workspace&limit=2{(cursor is null ? "" : "&cursor=" + cursor)}", _owner.Key);
            seen.AddRange(page["data"]!.AsArray().Select(row => row!["subject"]!.GetValue<string>()));
            cursor = page["next_cursor"]?.GetValue<string>();
        }
        while (cursor is not null);

        Assert.Equal(["Name 4", "Name 3", "Name 2", "Name 1", "Name 0", "Acme"], seen);
    }

    [Theory]
    [InlineData("UPDATE audit_log SET actor = 'nobody'")]
    [InlineData("DELETE FROM audit_log")]
    [InlineData("TRUNCATE audit_log")]
    public async Task AuditLog_CannotBeRewritten_NotEvenInTheDatabase(string sql)
    {
        var before = await _host.Database.ScalarAsync<long>("SELECT count(*) FROM audit_log WHERE actor = 'owner@example.com'");
        Assert.True(before > 0);

        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _host.Database.ExecuteAsync(sql));

        Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal(before, await _host.Database.ScalarAsync<long>("SELECT count(*) FROM audit_log WHERE actor = 'owner@example.com'"));
    }

    private Task<string> LastWorkspaceAsync() => _host.Database.ScalarAsync<string>("SELECT last_workspace_id FROM users WHERE email = 'owner@example.com'");

    private static (string? Param, RefusalKind Kind) Of(Refusal refusal) => (refusal.Param, refusal.Kind);

    private static (string, string, string, bool, bool, string?) Settings(JsonNode workspace) => (
        workspace["name"]!.GetValue<string>(), workspace["routing_profile"]!.GetValue<string>(), workspace["sovereignty_zone"]!.GetValue<string>(),
        workspace["prompt_caching"]!.GetValue<bool>(), workspace["log_content"]!.GetValue<bool>(), workspace["flagship_model"]?.GetValue<string>());
}
