using HiWay.Tests.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Accounts;

/// <summary>An invitation's link in the hands of somebody who cannot take it.</summary>
public sealed class InvitationLinksInBrowserTests
{
    [Fact]
    public async Task AMember_AndAnotherAddress_AreToldOnOpening_AndTheInvitationStaysOpen()
    {
        await using var host = await HiWayHost.StartAsync();
        var owner = await host.Http.SignUpAsync(workspace: "Acme");
        var stranger = await host.Http.SignUpAsync("stranger@example.com", "Elsewhere");
        var link = await InviteAsync("zoe@example.com");

        await ExpectAsync(owner, link, "You are already a member of Acme.");
        await ExpectAsync(stranger, link, "This invitation is for zoe@example.com.");
        await ExpectAsync(owner, await InviteAsync(null), "You are already a member of Acme.");

        var zoe = await host.Http.SignUpAsync("zoe@example.com", "Zoe's");
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(zoe);
        await tab.OpenAsync(link);
        await tab.FollowAsync(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Join as zoe@example.com" }), "/");
        await Expect(tab.Page.GetByRole(AriaRole.Complementary, new() { Name = "Navigation" })).ToContainTextAsync("Acme");

        async Task<string> InviteAsync(string? email)
        {
            var made = await host.Http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{owner.WorkspaceId}/invitations", owner.Key, new { email, role = "developer" });
            return new Uri(made["link"]!.GetValue<string>()).AbsolutePath;
        }

        async Task ExpectAsync(TestAccount account, string at, string said)
        {
            await using var other = await Chromium.OpenAsync(host);
            await other.SignInAsync(account);
            await other.OpenAsync(at);
            await Expect(other.Page.Locator(".note")).ToContainTextAsync(said);
            await Expect(other.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("Join as") })).ToHaveCountAsync(0);
            await Expect(other.Page.GetByRole(AriaRole.Link, new() { Name = "Go to HiWay" })).ToBeVisibleAsync();
        }
    }
}
