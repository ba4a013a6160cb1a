using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

/// <summary>The operator sees which workspaces there are and can stop one; nobody else can.</summary>
public sealed class OperatorWorkspacesTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Admin = "/api/v1/admin/workspaces";

    private HttpClient Http => shared.Host.Http;

    [Fact]
    public async Task ASuspendedWorkspace_IsRefusedOnItsNextCall_UntilItIsRestored()
    {
        var account = await Http.SignUpAsync();
        var key = await Http.CreateKeyAsync(account, new { name = "Test", test = true });
        Assert.Equal(HttpStatusCode.OK, (await Http.ChatAsync(key.Secret, "Say hello")).Status);

        var suspended = await Http.CallAsync(HttpMethod.Patch, $"{Admin}/{account.WorkspaceId}", shared.Operator.Key, new { suspended = true });
        var refused = await Http.ChatAsync(key.Secret, "Say hello");

        Assert.NotNull(suspended["suspended_at"]);
        Assert.Equal((HttpStatusCode.Forbidden, "workspace_suspended"), (refused.Status, refused.ErrorCode));
        Assert.NotNull((await Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}", account.Key))["suspended_at"]);   // its members see why

        var restored = await Http.CallAsync(HttpMethod.Patch, $"{Admin}/{account.WorkspaceId}", shared.Operator.Key, new { suspended = false });

        Assert.Null(restored["suspended_at"]);
        Assert.Equal(HttpStatusCode.OK, (await Http.ChatAsync(key.Secret, "Say hello")).Status);
        var audit = (await Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}/audit", account.Key))["data"]!.AsArray();
        Assert.Equal(["workspace.restored", "workspace.suspended"], audit.Take(2).Select(row => row!["action"]!.GetValue<string>()));
    }

    [Fact]
    public async Task TheList_IsPaged_NewestFirst_AndNamesTheOwners()
    {
        var older = await Http.SignUpAsync();
        var newer = await Http.SignUpAsync(workspace: "The newer one");

        var first = await Http.CallAsync(HttpMethod.Get, $"{Admin}?limit=1", shared.Operator.Key);
        var second = await Http.CallAsync(HttpMethod.Get, $"{Admin}?limit=1&cursor={first["next_cursor"]!.GetValue<string>()}", shared.Operator.Key);

        var row = Assert.Single(first["data"]!.AsArray())!;
        Assert.Equal((newer.WorkspaceId, "The newer one", 1, 1), (row["id"]!.GetValue<string>(), row["name"]!.GetValue<string>(), row["members"]!.GetValue<int>(), row["keys"]!.GetValue<int>()));
        Assert.Equal([newer.Email], row["owners"]!.AsArray().Select(owner => owner!.GetValue<string>()));
        Assert.Equal(older.WorkspaceId, Assert.Single(second["data"]!.AsArray())!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task NobodyElse_SeesOrStopsAWorkspace()
    {
        var account = await Http.SignUpAsync();

        foreach (var (method, path) in new[] { (HttpMethod.Get, Admin), (HttpMethod.Get, $"{Admin}/{account.WorkspaceId}"), (HttpMethod.Patch, $"{Admin}/{account.WorkspaceId}") })
        {
            using var answer = await Http.TryCallAsync(method, path, account.Key, method == HttpMethod.Patch ? new { suspended = true } : null);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("{}", 400, "suspended")]
    [InlineData("""{"suspended":"yes"}""", 400, "suspended")]
    [InlineData("""{"name":"x"}""", 400, "name")]
    public async Task AWrongBody_IsNamed(string body, int status, string param)
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Patch, $"{Admin}/{shared.Operator.WorkspaceId}", shared.Operator.Key, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(param, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task AWorkspaceThatIsNotThere_Is404()
    {
        using var answer = await Http.TryCallAsync(HttpMethod.Patch, $"{Admin}/ws_00000000000000000000000000", shared.Operator.Key, new { suspended = true });

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
