using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Gateway;
using HiWay.Tests.Harness;
using HiWay.Tests.Judging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>The judge in a real browser: it is set up on the Routing page, and what it says is shown there and on the request's page.</summary>
public sealed class JudgeCardInTheBrowser
{
    [Fact]
    public async Task AJudgeIsSetUp_AndWhatItSaysIsShown()
    {
        await using var world = await FaultWorld.StartAsync();
        var verdict = JudgedWorld.Rated(0.9, "correct");
        world.Answer(seen => JudgedWorld.IsRating(seen) ? verdict : FaultWorld.Well(seen));
        await using var tab = await Chromium.OpenAsync(world.Host);
        var page = tab.Page;
        await tab.SignInAsync(world.Account);
        await tab.OpenAsync("/routing");

        var form = page.GetByRole(AriaRole.Form, new() { Name = "Judge", Exact = true });
        var onOff = form.GetByRole(AriaRole.Switch, new() { Name = "Judge" });
        await Expect(onOff).Not.ToBeCheckedAsync();
        await Expect(form.GetByText("Choose a model and save to see it.")).ToBeVisibleAsync();
        await Expect(form.GetByText("No answer of the last 30 days was scored by both.")).ToBeVisibleAsync();

        await onOff.CheckAsync();
        await form.GetByLabel("Share of the answers, %").FillAsync("most");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.GetByText("Per cent of the answers: from 0 to 100")).ToBeVisibleAsync();
        await form.GetByLabel("Share of the answers, %").FillAsync("100");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.GetByText("'model' is missing")).ToBeVisibleAsync();
        await form.GetByRole(AriaRole.Combobox, new() { Name = "Model that rates" }).FillAsync("openai/gpt-4o-mini");
        var first = form.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option).First;
        await Expect(first).ToContainTextAsync("openai/gpt-4o-mini");   // the list has been narrowed and moves no more
        await first.ClickAsync();
        await form.GetByLabel("Daily limit").FillAsync("2");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("The judge is on.")).ToBeVisibleAsync();
        await Expect(form.Locator("[data-spent]")).ToContainTextAsync("of $2");

        var reply = await world.Host.Http.ChatAsync(world.Key.Secret, GatewayWorld.Body("Tell me forty sentences.", model: "standard"));
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var request = reply.HiWay!["request_id"]!.GetValue<string>();
        await UntilAsync(world, view => view["judged_today"]!.GetValue<long>() == 1);
        await tab.OpenAsync($"/requests/{request}");
        var badge = page.GetByText("Judged 0.90");
        await Expect(badge).ToHaveAttributeAsync("title", "The judge rated this answer 0.90: correct.");
        var bad = page.GetByRole(AriaRole.Button, new() { Name = "Bad answer" });
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Good answer" })).ToHaveAttributeAsync("aria-pressed", "false");   // that was the judge, not a person
        await bad.ClickAsync();
        await Expect(bad).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(badge).ToHaveAttributeAsync("title", "The judge rated this answer 0.90: correct. Your score counts instead.");

        verdict = Reply.Chat("Rather good, I would say.");
        Assert.Equal(HttpStatusCode.OK, (await world.Host.Http.ChatAsync(world.Key.Secret, GatewayWorld.Body("Tell me fifty.", model: "standard"))).Status);
        await UntilAsync(world, view => view["last_failure"] is not null && view["expected_per_day"]!.GetValue<double>() > 0 && view["judged_today"]!.GetValue<long>() == 2);
        await tab.OpenAsync("/routing");
        await Expect(form.Locator("[data-failure]")).ToContainTextAsync("answered without a rating that can be read. Choose a model that follows a JSON schema.");
        await Expect(form.Locator("[data-judged]")).ToHaveTextAsync("2");
        await Expect(form.Locator("[data-expected]")).ToContainTextAsync("at most $");
        await Expect(form.Locator("[data-agreement]")).ToHaveTextAsync("0.90 apart");
        await Expect(form.GetByText("1 of 1 answers seen the other way")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Judged" })).ToBeVisibleAsync();
        await RoutingPageInTheBrowser.ShootAsync(page, "routing-judge");

        await onOff.UncheckAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("Saved; the judge is off.")).ToBeVisibleAsync();
        Assert.Empty(tab.Complaints);
    }

    private static async Task UntilAsync(FaultWorld world, Func<JsonNode, bool> holds)
    {
        for (var patience = System.Diagnostics.Stopwatch.StartNew();
             !holds(await world.Host.Http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{world.Account.WorkspaceId}/routing/judge", world.Account.Key));)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), "It did not come to that within two minutes.");
            await Task.Delay(50);
        }
    }
}
