using HiWay.Domain.Accounts;
using HiWay.Tests.Harness;
using HiWay.Web.Components;
using HiWay.Web.Pages.Layout;

namespace HiWay.Tests.Dashboard;

public sealed class ShellTests
{
    [Theory]
    [InlineData("/", "Overview")]
    [InlineData("/requests", "Requests")]
    [InlineData("/requests/req_1", "Requests")]
    [InlineData("/settings/providers", "Providers")]
    [InlineData("/settings", "Settings")]
    [InlineData("/keys/key_1", "Keys")]
    [InlineData("/requestsx", null)]
    public void Address_BelongsToTheEntryWithTheLongestMatch(string path, string? text) => Assert.Equal(text, NavigationMap.Find(path)?.Text);

    [Fact]
    public void EveryEntry_HasAnIcon() =>
        Assert.All(NavigationMap.Groups.SelectMany(group => group.Items), item => Assert.NotEmpty(Icons.Path(item.Icon)));

    [Fact]
    public void Viewer_SeesNoEntryThatRefusesViewers()
    {
        var viewer = new ShellModel("usr_1", "v@example.com", false, "ws_1", WorkspaceRole.Viewer, []);
        var shown = NavigationMap.Groups.SelectMany(group => group.Items).Where(viewer.MayOpen).Select(item => item.Text).ToList();
        Assert.Contains("Requests", shown);
        Assert.DoesNotContain("Audit log", shown);
        Assert.DoesNotContain("Playground", shown);
        Assert.DoesNotContain("Workspaces", shown);   // the operator's
    }

    [Theory]
    [InlineData("Acme", "A")]
    [InlineData("  über", "Ü")]
    [InlineData("…", "·")]
    [InlineData("", "·")]
    public void Initial_IsTheFirstLetter(string name, string initial) => Assert.Equal(initial, ShellModel.InitialOf(name));

    [Fact]
    public void DarkTokens_AreTheSame_ChosenAndFromTheSystem()
    {
        var css = File.ReadAllText(Repository.File("HiWay.Web", "wwwroot", "css", "tokens.css"));
        var chosen = Values(css, "[data-theme=\"dark\"] {");
        Assert.True(chosen.Count > 30);
        Assert.Equal(chosen, Values(css, "[data-theme=\"system\"] {"));

        static IReadOnlyList<string> Values(string css, string selector)
        {
            var start = css.IndexOf(selector, StringComparison.Ordinal) + selector.Length;
            return [.. css[start..css.IndexOf('}', start)].Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        }
    }

    [Theory]
    [InlineData("dark", "dark", "not all", "all")]
    [InlineData("light", "light", "all", "not all")]
    [InlineData("<script>", "system", "not (prefers-color-scheme: dark)", "(prefers-color-scheme: dark)")]
    public void ThemeCookie_ThatIsNoneOfOurs_CountsAsUnset(string cookie, string theme, string light, string dark)
    {
        var look = Look.Of(new Cookies { [Look.ThemeCookie] = cookie, [Look.ZoneCookie] = "Europe/Nowhere" });
        Assert.Equal((theme, light, dark, null), (look.Theme, look.LightMedia, look.DarkMedia, look.ZoneId));
    }

    private sealed class Cookies : Dictionary<string, string>, Microsoft.AspNetCore.Http.IRequestCookieCollection
    {
        ICollection<string> Microsoft.AspNetCore.Http.IRequestCookieCollection.Keys => Keys;

        string? Microsoft.AspNetCore.Http.IRequestCookieCollection.this[string key] => TryGetValue(key, out var value) ? value : null;
    }
}
