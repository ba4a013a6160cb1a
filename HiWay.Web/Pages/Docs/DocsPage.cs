using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace HiWay.Web.Pages.Docs;

/// <summary>A heading to jump to.</summary>
public sealed record DocsHeading(string Id, string Text);

/// <summary>One page of the guide, ready to show.</summary>
/// <param name="Title">Its first heading.</param>
/// <param name="Headings">Those of the second level.</param>
public sealed record DocsPage(string Slug, string Title, IReadOnlyList<DocsHeading> Headings, string Html)
{
    /// <summary>What the files write where the installation's own address belongs, so that they also read well where they lie.</summary>
    public const string ExampleOrigin = "http://127.0.0.1:5080";

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseAutoIdentifiers(Markdig.Extensions.AutoIdentifiers.AutoIdentifierOptions.GitHub)
        .Build();

    public string Href => HrefOf(Slug);

    /// <summary>The page with this installation's address in every example.</summary>
    /// <param name="origin">Without a slash at the end.</param>
    public string HtmlAt(string origin) => Html.Replace(ExampleOrigin, origin, StringComparison.Ordinal);

    public static DocsPage Read(string slug, string markdown)
    {
        var document = Markdown.Parse(markdown, Pipeline);
        foreach (var link in document.Descendants<LinkInline>())
        {
            link.Url = Address(slug, link.Url ?? "");
        }

        var headings = document.Descendants<HeadingBlock>().ToList();
        return new(
            slug,
            headings.Where(h => h.Level == 1).Select(Text).First(),
            [.. headings.Where(h => h.Level == 2).Select(h => new DocsHeading(h.GetAttributes().Id!, Text(h)))],
            ToHtml(document));
    }

    /// <summary>Links between the files as links between the pages. A bare anchor gets its page's path: the site has a base address.</summary>
    internal static string Address(string slug, string url)
    {
        if (url.StartsWith('#'))
        {
            return HrefOf(slug) + url;
        }

        if (Uri.TryCreate(url, UriKind.Absolute, out _))
        {
            return url;
        }

        var (file, anchor) = url.IndexOf('#', StringComparison.Ordinal) is var at and >= 0 ? (url[..at], url[at..]) : (url, "");
        return file.EndsWith(".md", StringComparison.Ordinal) ? HrefOf(file[..^3]) + anchor : url;
    }

    private static string HrefOf(string slug) => $"/docs/{slug}";

    private static string Text(HeadingBlock heading) =>
        string.Concat(heading.Inline!.Descendants().Select(part => part switch
        {
            LiteralInline literal => literal.Content.ToString(),
            CodeInline code => code.Content,
            _ => "",
        }));

    private static string ToHtml(MarkdownDocument document)
    {
        using var writer = new StringWriter();
        var renderer = new Markdig.Renderers.HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<CodeBlockRenderer>(new DocsCode());
        renderer.Render(document);
        return writer.ToString();
    }
}
