using HiWay.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HiWay.Tests.Accounts;

/// <summary>Behind a proxy that calls HiWay by an address of its own, as nginx does unless it is told otherwise, people's address is known from <c>PublicUrl</c>.</summary>
public sealed class PasskeysBehindAProxy
{
    [Fact]
    public async Task WithPublicUrl_APasskeyIsMadeAndShown()
    {
        var target = "";
        await using var proxy = await StartProxyAsync(() => target);
        var publicUrl = proxy.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        await using var host = await HiWayHost.StartAsync(("PublicUrl", publicUrl), ("Proxies:Known", "loopback"));
        target = host.Url;
        var account = await host.Http.SignUpAsync();
        await using var tab = await Chromium.OpenAsync(host, url: publicUrl);
        await tab.Context.AddInitScriptAsync("PublicKeyCredential.isConditionalMediationAvailable = async () => false");
        await VirtualAuthenticator.PlugIntoAsync(tab);
        var page = tab.Page;

        await tab.OpenAsync("/login?returnUrl=%2Faccount%2Fpasskeys");
        await page.FillAsync("[name='Input.Email']", account.Email);
        await page.FillAsync("[name='Input.Password']", account.Password);
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }), "/account/passkeys");
        await page.FillAsync("[name='Passkey.Name']", "Phone");
        await page.FillAsync("[name='Passkey.Password']", account.Password);
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }), "/account/passkeys?done=added");

        await tab.Context.ClearCookiesAsync();
        await tab.OpenAsync("/login?returnUrl=%2Faccount%2Fpasskeys");
        await tab.FollowAsync(page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }), "/account/passkeys");
        await Expect(page.Locator(".account-passkeys li")).ToContainTextAsync("used just now");
    }

    private static async Task<WebApplication> StartProxyAsync(Func<string> target)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        app.Lifetime.ApplicationStopped.Register(client.Dispose);
        app.Run(async http =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), target() + http.Request.GetEncodedPathAndQuery());
            if (http.Request.ContentType is not null)
            {
                request.Content = new StreamContent(http.Request.Body);
            }

            foreach (var (name, values) in http.Request.Headers.Where(header => header.Key is not ("Host" or "Connection")))
            {
                if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                {
                    request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
                }
            }

            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
            http.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not "Transfer-Encoding"))
            {
                http.Response.Headers[name] = values.Select(value => value.Replace(target(), "", StringComparison.Ordinal)).ToArray();
            }

            await response.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
        });
        await app.StartAsync();
        return app;
    }
}
