using System.Net;
using System.Text.RegularExpressions;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Accounts;

/// <summary>What a browser without scripts does: keeps cookies, fills in forms, follows redirects by hand.</summary>
internal sealed partial class BrowserSession(HiWayHost host) : IDisposable
{
    private readonly SocketsHttpHandler _handler = new() { AllowAutoRedirect = false };
    private HttpClient? _client;

    /// <summary>The last page's text as a reader sees it in the markup, entities resolved.</summary>
    public string Page { get; private set; } = "";

    public HttpStatusCode Status { get; private set; }

    /// <summary>Where the last answer points, without the host; null when it was a page.</summary>
    public string? RedirectedTo { get; private set; }

    public HttpClient Http => _client ??= new HttpClient(_handler, disposeHandler: false) { BaseAddress = new Uri(host.Url), Timeout = Patience.Limit };

    /// <summary>The same browser with its cookies at another host, as after a restart.</summary>
    public void MoveTo(HiWayHost other)
    {
        _client?.Dispose();
        _client = new HttpClient(_handler, disposeHandler: false) { BaseAddress = new Uri(other.Url), Timeout = Patience.Limit };
    }

    public async Task<BrowserSession> OpenAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        await TakeAsync(response);
        return this;
    }

    /// <summary>Opens the page, fills in its form of that name and sends it.</summary>
    public async Task<BrowserSession> SubmitAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        await OpenAsync(path);
        Assert.Equal(HttpStatusCode.OK, Status);
        return await SendAsync(path, form, fields);
    }

    /// <summary>Fills in a form of the page that is open, however long it has been, and sends it.</summary>
    public async Task<BrowserSession> SendAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var markup = FormOf(Page, form);
        var values = HiddenFields().Matches(markup).ToDictionary(match => match.Groups["name"].Value, match => WebUtility.HtmlDecode(match.Groups["value"].Value));
        foreach (var (name, value) in fields)
        {
            values[name] = value;
        }

        using var response = await Http.PostAsync(path, new FormUrlEncodedContent(values));
        await TakeAsync(response);
        return this;
    }

    /// <summary>Sends a form as a page elsewhere would: with the cookies, without the token.</summary>
    public async Task<BrowserSession> ForgeAsync(string path, params (string Name, string Value)[] fields)
    {
        using var response = await Http.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
        await TakeAsync(response);
        return this;
    }

    public Task<BrowserSession> SignUpAsync(string email, string password, string workspace = "Test workspace") =>
        SubmitAsync("/signup", "signup", ("Input.Email", email), ("Input.Password", password), ("Input.WorkspaceName", workspace));

    public Task<BrowserSession> SignInAsync(string email, string password) =>
        SubmitAsync("/login", "login", ("Input.Email", email), ("Input.Password", password));

    /// <summary>Whether the start page lets this browser in.</summary>
    public async Task<bool> IsSignedInAsync()
    {
        await OpenAsync("/account");
        return Status is HttpStatusCode.OK;
    }

    public void Dispose()
    {
        _client?.Dispose();
        _handler.Dispose();
    }

    private async Task TakeAsync(HttpResponseMessage response)
    {
        Page = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync());
        Status = response.StatusCode;
        RedirectedTo = response.Headers.Location is not { } to ? null : to.IsAbsoluteUri ? to.PathAndQuery : to.OriginalString;
    }

    private static string FormOf(string page, string name)
    {
        var handler = page.IndexOf($"name=\"_handler\" value=\"{name}\"", StringComparison.Ordinal);
        Assert.True(handler >= 0, $"The page has no form '{name}':\n{page}");
        var start = page.LastIndexOf("<form", handler, StringComparison.Ordinal);
        return page[start..page.IndexOf("</form>", handler, StringComparison.Ordinal)];
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex HiddenFields();
}
