using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Metering;
using HiWay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Pages;

/// <summary>The request log in a real browser.</summary>
public sealed class RequestsPageInTheBrowser
{
    [Fact]
    public async Task AFilterChosenBeforeTheRowsCame_ShowsWhatItFinds()
    {
        await using var host = await StartAsync();
        var slow = (SlowLog)host.Get<IRequestLog>();
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host);
        await tab.SignInAsync(account);

        slow.Hold();
        await tab.OpenAsync("/requests");
        await slow.HoldsAsync(1);
        await tab.Page.Locator("[aria-label=Outcome] a").Last.ClickAsync();
        await slow.HoldsAsync(2);   // the first is cancelled by now
        slow.Release();

        await Expect(tab.Page.GetByText("No request matches")).ToBeVisibleAsync();
        await Expect(tab.Page.GetByText("This page could not be shown")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task BackFromARequest_TheListStandsWhereItWasLeft_AlthoughItsRowsComeLate()
    {
        await using var host = await StartAsync();
        var slow = (SlowLog)host.Get<IRequestLog>();
        var account = await host.Http.SignUpAsync();
        var key = await host.Http.CreateKeyAsync(account, new { name = "CI", test = true });
        await Task.WhenAll(Enumerable.Range(0, 60).Select(nth => host.Http.ChatAsync(key.Secret, $"Call {nth}")));
        await host.Http.RequestRowsAsync(account, 60);
        await using var tab = await Chromium.OpenAsync(host);
        var page = tab.Page;
        await tab.SignInAsync(account);
        await tab.OpenAsync("/requests");
        var rows = page.Locator("main a[href^='/requests/req_']");
        await Expect(rows.First).ToBeVisibleAsync();
        await page.EvaluateAsync("() => scrollTo(0, 1200)");
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('main a[href^=\"/requests/req_\"]')].some(row => row.getBoundingClientRect().top > 200 && row.getBoundingClientRect().bottom < innerHeight)");
        var path = await page.EvaluateAsync<string>("() => [...document.querySelectorAll('main a[href^=\"/requests/req_\"]')].find(row => row.getBoundingClientRect().top > 200).getAttribute('href')");

        await tab.FollowAsync(page.Locator($"main a[href='{path}']"), path);
        slow.Hold();
        await page.GoBackAsync();
        await slow.HoldsAsync(1);
        slow.Release();

        await Expect(page.Locator($"main a[href='{path}']")).ToBeInViewportAsync();
        await page.WaitForFunctionAsync("() => scrollY === 1200");
    }

    private static Task<HiWayHost> StartAsync() => HiWayHost.StartAsync(null, services =>
    {
        var real = services.Single(service => service.ServiceType == typeof(IRequestLog)).ImplementationType!;
        services.AddSingleton<IRequestLog>(all => new SlowLog((IRequestLog)ActivatorUtilities.CreateInstance(all, real)));
    });

    /// <summary>A database that takes its time with the rows of a window, and ends as Npgsql does when that is cancelled.</summary>
    private sealed class SlowLog(IRequestLog real) : IRequestLog
    {
        private volatile TaskCompletionSource? _held;
        private int _waiting;

        public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _held?.TrySetResult();

        /// <summary>Waits until that many reads have been held up.</summary>
        public Task HoldsAsync(int reads) => Patience.UntilAsync(() => Task.FromResult(Volatile.Read(ref _waiting) >= reads), $"read {reads} of the list");

        public async Task<Outcome<(IReadOnlyList<RequestRow> Rows, int Total)>> WindowAsync(Actor actor, RequestFilter filter, int skip, int take, CancellationToken cancellationToken)
        {
            if (_held is { } held)
            {
                Interlocked.Increment(ref _waiting);
                await held.Task.WaitAsync(cancellationToken);
            }

            return await real.WindowAsync(actor, filter, skip, take, cancellationToken);
        }

        public Task<Outcome<Page<RequestRow>>> ReadAsync(Actor actor, RequestFilter filter, string? cursor, int limit, CancellationToken cancellationToken) =>
            real.ReadAsync(actor, filter, cursor, limit, cancellationToken);

        public Task<Outcome<RequestDetail>> GetAsync(Actor actor, string id, CancellationToken cancellationToken) => real.GetAsync(actor, id, cancellationToken);

        public IAsyncEnumerable<RequestRow> ExportAsync(Actor actor, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
            real.ExportAsync(actor, from, to, cancellationToken);
    }
}
