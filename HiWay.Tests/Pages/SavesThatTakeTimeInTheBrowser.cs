using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Privacy;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>Answers that take their time: what people go on typing meanwhile is theirs.</summary>
public sealed class SavesThatTakeTimeInTheBrowser
{
    [Theory]
    [InlineData("/settings", "Name", "Another", "Another name")]
    [InlineData("/budget", "Monthly cap", "12", "125")]
    [InlineData("/guardian", "Prompt tokens allowed", "4000", "40000")]
    [InlineData("/security", "Keep events for", "30", "300")]
    [InlineData("/privacy", "Further key prefixes", "acme_", "acme_, corp_")]
    [InlineData("/routing", "Light below", "0.2", "0.25")]
    [InlineData("/routing", "Daily limit", "3", "35")]
    public async Task WhatIsTypedWhileASaveRuns_Stays_AndIsSavedWithTheNext(string path, string label, string sent, string typed)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);
        var (form, field, save) = await SaveSlowlyAsync(host, tab, path, label, sent, field => field.FillAsync(typed));

        await Expect(form.GetByText("Not saved yet")).ToBeVisibleAsync();
        await Expect(field).ToHaveValueAsync(typed);
        await save.ClickAsync();
        await Expect(form.GetByText("Everything is saved")).ToBeVisibleAsync();
        await Expect(field).ToHaveValueAsync(typed);
    }

    [Theory]
    [InlineData("/budget", "Monthly cap", "12", "125")]
    [InlineData("/guardian", "Prompt tokens allowed", "4000", "40000")]
    [InlineData("/security", "Keep events for", "30", "300")]
    [InlineData("/privacy", "Further key prefixes", "acme_", "acme_, corp_")]
    [InlineData("/privacy", "Regular expression", "ORD-1", "ORD-12")]
    [InlineData("/routing", "Light below", "0.2", "0.25")]
    [InlineData("/routing", "Daily limit", "3", "35")]
    public async Task WhatIsOnItsWayWhenASaveIsDone_Stays(string path, string label, string sent, string typed)
    {
        await using var host = await HiWayHost.StartAsync();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var line = await SlowLine.ToServerAsync(tab.Page);
        await tab.SignInAsync(account);
        var (form, field, _) = await SaveSlowlyAsync(host, tab, path, label, sent, async field =>
        {
            line.Hold();
            await field.FillAsync(typed);
            await Patience.UntilAsync(() => line.Held > 0, "what was typed is on its way");
        });

        line.Release();
        await Expect(form.GetByText("Not saved yet")).ToBeVisibleAsync();
        await Expect(field).ToHaveValueAsync(typed);
    }

    /// <summary>Saves one field of a page, and does something to it before the save is done.</summary>
    private static async Task<(ILocator Form, ILocator Field, ILocator Save)> SaveSlowlyAsync(
        HiWayHost host, Tab tab, string path, string label, string sent, Func<ILocator, Task> meanwhile)
    {
        await tab.OpenAsync(path);
        if (label == "Regular expression")
        {
            await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add pattern" }).ClickAsync();
            await tab.Page.Locator(".pattern").GetByLabel("Name").FillAsync("order_no");
        }

        var field = tab.Page.GetByRole(AriaRole.Main).GetByLabel(label);
        var form = tab.Page.Locator("form", new() { Has = tab.Page.GetByLabel(label) });
        var save = form.Locator("button[type=submit]");

        await field.FillAsync(sent);
        await Expect(form.GetByText("Not saved yet")).ToBeVisibleAsync();
        await using (var session = await host.Database.Source.OpenConnectionAsync())
        {
            // Each save writes to the audit log, and waits for this.
            await using var transaction = await session.BeginTransactionAsync();
            await using var hold = session.CreateCommand();
            hold.CommandText = "LOCK TABLE audit_log IN EXCLUSIVE MODE";
            await hold.ExecuteNonQueryAsync();
            await save.ClickAsync();
            await Expect(save).ToHaveTextAsync("Saving…");
            await meanwhile(field);
            await transaction.RollbackAsync();
        }

        await Expect(save).ToHaveTextAsync("Save");
        return (form, field, save);
    }

    [Fact]
    public async Task PreviewsThatOvertakeEachOther_ShowTheNewestText()
    {
        LatePrivacy late = null!;
        await using var host = await HiWayHost.StartAsync(null, services =>
        {
            var real = services.Single(service => service.ServiceType == typeof(IPrivacy)).ImplementationType!;
            services.AddSingleton<IPrivacy>(all => late = new LatePrivacy((IPrivacy)ActivatorUtilities.CreateInstance(all, real)));
        });
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/privacy");

        await page.GetByLabel("Text to try").FillAsync("the late one");
        await late.Asked;
        await page.GetByLabel("Text to try").FillAsync("the newest");
        await Expect(page.GetByTestId("masked")).ToHaveTextAsync("the newest");
        late.Answer();
        await late.Answered;

        // Whatever the page made of it is drawn before the next press is heard.
        await page.GetByRole(AriaRole.Button, new() { Name = "Add pattern" }).ClickAsync();
        await Expect(page.GetByLabel("Regular expression")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("masked")).ToHaveTextAsync("the newest");
    }

    /// <summary>Keeps one answer back.</summary>
    private sealed class LatePrivacy(IPrivacy real) : IPrivacy
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task.WaitAsync(Patience.Limit);

        public Task Answered => _answered.Task.WaitAsync(Patience.Limit);

        public void Answer() => _answer.SetResult();

        public Task<Outcome<PrivacyView>> GetAsync(Actor actor, CancellationToken cancellationToken) => real.GetAsync(actor, cancellationToken);

        public Task<Outcome<PrivacyView>> UpdateAsync(Actor actor, PrivacyPatch patch, CancellationToken cancellationToken) => real.UpdateAsync(actor, patch, cancellationToken);

        public async Task<Outcome<PrivacyPreview>> PreviewAsync(Actor actor, string? text, PrivacyPatch tried, CancellationToken cancellationToken)
        {
            var preview = await real.PreviewAsync(actor, text, tried, cancellationToken);
            if (text == "the late one")
            {
                _asked.SetResult();
                await _answer.Task;
                _answered.SetResult();
            }

            return preview;
        }
    }
}
