using System.Globalization;
using System.Net;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace HiWay.Web.Pages.Docs;

/// <summary>Code of the guide with its language and a button that copies it; js/shell.js does the copying.</summary>
internal sealed class DocsCode : HtmlObjectRenderer<CodeBlock>
{
    private int _count;

    protected override void Write(HtmlRenderer renderer, CodeBlock block)
    {
        var language = (block as FencedCodeBlock)?.Info ?? "";
        var id = string.Create(CultureInfo.InvariantCulture, $"code-{++_count}");
        renderer.Write("<div class=\"code\"><div class=\"code-head\"><span class=\"faint tiny\">").Write(WebUtility.HtmlEncode(language))
            .Write("</span><button type=\"button\" class=\"btn btn-sm btn-ghost copy\" data-copy-from=\"").Write(id)
            .Write("\"><span class=\"rest\">Copy</span><span class=\"done\" aria-live=\"polite\">Copied</span></button></div><pre tabindex=\"0\"><code id=\"")
            .Write(id).Write("\">");
        renderer.WriteLeafRawLines(block, writeEndOfLines: true, escape: true);
        renderer.Write("</code></pre></div>");
    }
}
