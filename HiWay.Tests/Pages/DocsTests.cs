using System.Text.Json;
using System.Text.RegularExpressions;
using HiWay.Domain.Errors;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Wire;
using HiWay.Web.Pages.Docs;

namespace HiWay.Tests.Pages;

/// <summary>The guide says what is so: its links lead somewhere, its errors are all of them, its examples can be read.</summary>
public sealed partial class DocsTests
{
    private static readonly DocsLibrary Library = new(Path.Combine(AppContext.BaseDirectory, "docs"));

    [Fact]
    public void EveryErrorThatTheGatewayCanAnswer_IsExplained()
    {
        var page = Library.Find("errors")!.Html;

        // An upstream's own refusal keeps the upstream's code.
        Assert.All(Enum.GetValues<GatewayErrorKind>().Where(kind => kind is not GatewayErrorKind.UpstreamRefused), kind =>
        {
            var (status, code) = ErrorEnvelope.Map(kind);
            Assert.Matches($"<td>{status}</td>\\s*<td><code>{code}</code></td>", page);
        });
    }

    [Fact]
    public void EveryLinkBetweenPages_LeadsToAPageAndAHeadingThatExist() =>
        Assert.All(Library.Pages, page => Assert.All(Links().Matches(page.Html).Select(link => link.Groups[1].Value), target =>
        {
            if (!target.StartsWith('/'))
            {
                Assert.True(Uri.TryCreate(target, UriKind.Absolute, out _), $"{page.Slug} links to '{target}'.");
                return;
            }

            var parts = target.Split('#');
            var other = Library.Find(parts[0]["/docs/".Length..]);
            Assert.True(other is not null, $"{page.Slug} links to '{target}', which is no page.");
            Assert.True(parts.Length == 1 || other.Html.Contains($"id=\"{parts[1]}\"", StringComparison.Ordinal), $"{page.Slug} links to '{target}', which is no heading.");
        }));

    [Fact]
    public void EveryJsonExample_IsJson() =>
        Assert.All(JsonBlocks().Matches(string.Concat(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "docs"), "*.md").Select(File.ReadAllText))), block =>
            JsonDocument.Parse(block.Groups[1].Value).Dispose());

    [Fact]
    public void EveryExample_HasWhatItNeedsOnItsPage() =>
        Assert.All(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "docs"), "*.md").Select(file => (Name: Path.GetFileName(file), Text: File.ReadAllText(file))), page =>
        {
            foreach (var name in ShellBlocks().Matches(page.Text).SelectMany(block => ShellVariables().Matches(block.Value)).Select(used => used.Groups[1].Value).Where(name => name != "PWD"))
            {
                Assert.True(Regex.IsMatch(page.Text, $@"(^|\s){name}="), $"{page.Name} uses ${name} and does not say what it is.");
            }

            Assert.All(PythonBlocks().Matches(page.Text).Select(block => block.Value).Where(code => code.Contains("os.environ", StringComparison.Ordinal)), code => Assert.Contains("import os\n", code, StringComparison.Ordinal));
        });

    [Fact]
    public void ThePageShows_ThisInstallationsOwnAddress()
    {
        var html = Library.Find("integrations")!.HtmlAt("https://hiway.example.com");

        Assert.Contains("base_url=&quot;https://hiway.example.com/v1&quot;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("errors.md#upstream", "/docs/errors#upstream")]
    [InlineData("#keys", "/docs/concepts#keys")]
    [InlineData("https://example.com/a.md", "https://example.com/a.md")]
    public void LinksBetweenFiles_BecomeLinksBetweenPages(string url, string address) => Assert.Equal(address, DocsPage.Address("concepts", url));

    [Fact]
    public async Task TheGuide_IsReadWithoutAnAccount_AndAnUnknownPageIsNotFound()
    {
        await using var host = await HiWayHost.StartAsync();

        var page = await host.Http.GetStringAsync("/docs/errors");
        Assert.Contains("upstream_unavailable", page, StringComparison.Ordinal);
        Assert.Equal(404, (int)(await host.Http.GetAsync("/docs/no-such-page")).StatusCode);
    }

    [GeneratedRegex("href=\"([^\"]+)\"")]
    private static partial Regex Links();

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlocks();

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PythonBlocks();

    [GeneratedRegex("\\$([A-Za-z_][A-Za-z_0-9]*)")]
    private static partial Regex ShellVariables();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlocks();
}
