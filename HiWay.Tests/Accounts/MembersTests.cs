using System.Net;
using System.Text.Json.Nodes;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

/// <summary>Who may do what in a workspace, and how people come and go.</summary>
public sealed class MembersTests : IAsyncLifetime
{
    private const string Password = "four random words here";

    private HiWayHost _host = null!;
    private TestAccount _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HiWayHost.StartAsync();
        _owner = await _host.Http.SignUpAsync("owner@example.com", "Acme");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private string Workspace => $"/api/v1/workspaces/{_owner.WorkspaceId}";

    private IMembers Members => _host.Get<IMembers>();

    private IWorkspaces Workspaces => _host.Get<IWorkspaces>();

    [Fact]
    public async Task InvitationByMail_IsForThatAddressOnly_WorksOnce_AndMakesAMember()
    {
        var invitation = await InviteAsync(new { email = "dev@example.com", role = "developer" });
        Assert.Equal(("pending", "dev@example.com"), (invitation["status"]!.GetValue<string>(), invitation["email"]!.GetValue<string>()));
        var path = new Uri(invitation["link"]!.GetValue<string>()).AbsolutePath;
        Assert.Contains(_host.Logs.Lines, line => line.Contains("To dev@example.com", StringComparison.Ordinal) && line.Contains(path, StringComparison.Ordinal));

        using var wrongPerson = new BrowserSession(_host);
        await wrongPerson.SignUpAsync("other@example.com", Password);
        await wrongPerson.OpenAsync(path);
        Assert.Contains("This invitation is for dev@example.com.", wrongPerson.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"accept\"", wrongPerson.Page, StringComparison.Ordinal);
        var nobody = await _host.Http.SignUpAsync("nobody@example.com");
        Assert.NotNull((await Members.AcceptAsync(path.Split('/')[^1], nobody.UserId, null, CancellationToken.None)).Refusal);

        using var invited = new BrowserSession(_host);
        await invited.OpenAsync(path);
        Assert.Contains("Join Acme", invited.Page, StringComparison.Ordinal);
        await invited.SubmitAsync("/signup?invitation=" + path.Split('/')[^1], "signup", ("Input.Password", Password));
        Assert.Equal("/", invited.RedirectedTo);

        var members = await _host.Http.CallAsync(HttpMethod.Get, Workspace + "/members", _owner.Key);
        Assert.Equal(["owner@example.com/owner", "dev@example.com/developer"],
            members["data"]!.AsArray().Select(member => $"{member!["email"]!.GetValue<string>()}/{member["role"]!.GetValue<string>()}"));
        await wrongPerson.OpenAsync(path);
        Assert.Contains("has already been used", wrongPerson.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneLink_TwoPeopleAtOnce_OneGetsIn()
    {
        var invitation = await InviteAsync(new { role = "viewer" });
        var token = invitation["link"]!.GetValue<string>().Split('/')[^1];
        var people = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => _host.Http.SignUpAsync($"p{i}@example.com")));

        var outcomes = await Task.WhenAll(people.Select(person => Members.AcceptAsync(token, person.UserId, null, CancellationToken.None)));

        Assert.Single(outcomes, outcome => outcome.Succeeded);
        Assert.All(outcomes.Where(outcome => !outcome.Succeeded), outcome => Assert.Equal(RefusalKind.Conflict, outcome.Refusal!.Kind));
    }

    [Fact]
    public async Task WithdrawnInvitation_IsGone()
    {
        var invitation = await InviteAsync(new { role = "viewer" });
        await _host.Http.CallAsync(HttpMethod.Delete, $"{Workspace}/invitations/{invitation["id"]}", _owner.Key, null, HttpStatusCode.NoContent);

        using var browser = new BrowserSession(_host);
        await browser.OpenAsync(new Uri(invitation["link"]!.GetValue<string>()).AbsolutePath);
        Assert.Contains("was withdrawn", browser.Page, StringComparison.Ordinal);
        var listed = await _host.Http.CallAsync(HttpMethod.Get, Workspace + "/invitations", _owner.Key);
        Assert.Equal("revoked", listed["data"]![0]!["status"]!.GetValue<string>());
        Assert.DoesNotContain("link", listed.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExpiredInvitation_IsRefused()
    {
        var invitation = await InviteAsync(new { role = "viewer" });
        await _host.Database.ExecuteAsync("UPDATE invitations SET expires_at = now() - interval '1 second'");
        var person = await _host.Http.SignUpAsync();

        var outcome = await Members.AcceptAsync(invitation["link"]!.GetValue<string>().Split('/')[^1], person.UserId, null, CancellationToken.None);

        Assert.Contains("expired", outcome.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LastOwner_CanNeitherLeaveNorBeDemoted_EvenWhenTwoDemoteEachOther()
    {
        var owner = (await Workspaces.ActorAsync(_owner.UserId, _owner.WorkspaceId, null, CancellationToken.None))!;
        Assert.Equal(RefusalKind.Conflict, (await Members.RemoveAsync(owner, _owner.UserId, CancellationToken.None)).Refusal!.Kind);
        Assert.Equal(RefusalKind.Conflict, (await Members.SetRoleAsync(owner, _owner.UserId, WorkspaceRole.Admin, CancellationToken.None)).Refusal!.Kind);

        var second = await JoinAsync("second@example.com", WorkspaceRole.Owner);
        var outcomes = await Task.WhenAll(
            Members.SetRoleAsync(owner, second.UserId!, WorkspaceRole.Viewer, CancellationToken.None),
            Members.SetRoleAsync(second, _owner.UserId, WorkspaceRole.Viewer, CancellationToken.None));

        Assert.Single(outcomes, outcome => outcome.Succeeded);
        Assert.Equal(1, await _host.Database.ScalarAsync<long>($"SELECT count(*) FROM memberships WHERE role = 'Owner' AND workspace_id = '{_owner.WorkspaceId}'"));
    }

    [Fact]
    public async Task AKey_ActsAsAdmin_AndSoMakesAndTouchesNoOwner()
    {
        var viewer = await JoinAsync("viewer@example.com", WorkspaceRole.Viewer);
        await RefusedAsync(HttpMethod.Patch, $"{Workspace}/members/{viewer.UserId}", new { role = "owner" }, HttpStatusCode.Forbidden);
        await RefusedAsync(HttpMethod.Patch, $"{Workspace}/members/{_owner.UserId}", new { role = "viewer" }, HttpStatusCode.Forbidden);
        await RefusedAsync(HttpMethod.Delete, $"{Workspace}/members/{_owner.UserId}", null, HttpStatusCode.Forbidden);
        await RefusedAsync(HttpMethod.Post, Workspace + "/invitations", new { role = "owner" }, HttpStatusCode.Forbidden);
        await RefusedAsync(HttpMethod.Delete, Workspace, new { confirm_name = "Acme" }, HttpStatusCode.Forbidden);

        var changed = await _host.Http.CallAsync(HttpMethod.Patch, $"{Workspace}/members/{viewer.UserId}", _owner.Key, new { role = "developer" });
        Assert.Equal("developer", changed["role"]!.GetValue<string>());
        await _host.Http.CallAsync(HttpMethod.Delete, $"{Workspace}/members/{viewer.UserId}", _owner.Key, null, HttpStatusCode.NoContent);
        await RefusedAsync(HttpMethod.Delete, $"{Workspace}/members/{viewer.UserId}", null, HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData(WorkspaceRole.Viewer, false, false, false)]
    [InlineData(WorkspaceRole.Developer, false, false, false)]
    [InlineData(WorkspaceRole.Admin, true, true, false)]
    [InlineData(WorkspaceRole.Owner, true, true, true)]
    public async Task EachRole_MayDoWhatIsWritten(WorkspaceRole role, bool managesMembers, bool readsAudit, bool deletes)
    {
        using var browser = new BrowserSession(_host);
        await JoinAsync("member@example.com", role);
        await browser.SignInAsync("member@example.com", "correct horse battery 1A!");
        var token = JsonNode.Parse((await browser.OpenAsync("/api/v1/session")).Page)!["anti_forgery"]!;

        async Task<bool> MayAsync(HttpMethod method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(method, Workspace + path);
            request.Headers.Add(token["header"]!.GetValue<string>(), token["token"]!.GetValue<string>());
            request.Content = body is null ? null : System.Net.Http.Json.JsonContent.Create(body);
            using var answer = await browser.Http.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode || answer.StatusCode is HttpStatusCode.Forbidden, $"{method} {path} answered {(int)answer.StatusCode}");
            return answer.IsSuccessStatusCode;
        }

        Assert.True(await MayAsync(HttpMethod.Get, ""));
        Assert.True(await MayAsync(HttpMethod.Get, "/members"));
        Assert.Equal(managesMembers, await MayAsync(HttpMethod.Post, "/invitations", new { role = "viewer" }));
        Assert.Equal(managesMembers, await MayAsync(HttpMethod.Get, "/invitations"));
        Assert.Equal(managesMembers, await MayAsync(HttpMethod.Patch, "", new { prompt_caching = false }));
        Assert.Equal(readsAudit, await MayAsync(HttpMethod.Get, "/audit"));
        Assert.Equal(deletes, await MayAsync(HttpMethod.Delete, "", new { confirm_name = "Acme" }));
    }

    [Fact]
    public async Task CookieWithoutTheToken_ReadsButChangesNothing()
    {
        using var browser = new BrowserSession(_host);
        await browser.SignInAsync(_owner.Email, _owner.Password);

        using var read = await browser.Http.GetAsync(Workspace);
        using var change = await browser.Http.PatchAsync(Workspace, System.Net.Http.Json.JsonContent.Create(new { name = "Hijacked" }));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (read.StatusCode, change.StatusCode));
        Assert.Equal("Acme", (await _host.Http.CallAsync(HttpMethod.Get, Workspace, _owner.Key))["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task RemovedMember_LosesTheWorkspaceAtOnce()
    {
        using var browser = new BrowserSession(_host);
        var member = await JoinAsync("member@example.com", WorkspaceRole.Developer);
        await browser.SignInAsync("member@example.com", "correct horse battery 1A!");
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync(Workspace)).Status);

        await _host.Http.CallAsync(HttpMethod.Delete, $"{Workspace}/members/{member.UserId}", _owner.Key, null, HttpStatusCode.NoContent);

        Assert.Equal(HttpStatusCode.NotFound, (await browser.OpenAsync(Workspace)).Status);
    }

    private async Task<JsonNode> InviteAsync(object body) =>
        await _host.Http.CallAsync(HttpMethod.Post, Workspace + "/invitations", _owner.Key, body, HttpStatusCode.Created);

    /// <summary>A new person who becomes a member through an invitation of the owner's.</summary>
    private async Task<Actor> JoinAsync(string email, WorkspaceRole role)
    {
        var owner = (await Workspaces.ActorAsync(_owner.UserId, _owner.WorkspaceId, null, CancellationToken.None))!;
        var invitation = (await Members.InviteAsync(owner, email, role, "http://here", CancellationToken.None)).Value;
        var person = await _host.Http.SignUpAsync(email);
        Assert.True((await Members.AcceptAsync(invitation.Link.Split('/')[^1], person.UserId, null, CancellationToken.None)).Succeeded);
        return (await Workspaces.ActorAsync(person.UserId, _owner.WorkspaceId, null, CancellationToken.None))!;
    }

    private async Task RefusedAsync(HttpMethod method, string path, object? body, HttpStatusCode status)
    {
        using var answer = await _host.Http.TryCallAsync(method, path, _owner.Key, body);
        Assert.True(answer.StatusCode == status, $"{method} {path} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}
