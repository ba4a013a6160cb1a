using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace HiWay.Web.Components.Markdown;

/// <summary>Markdown that a model wrote, as HTML that may stand in our pages.</summary>
/// <remarks>
/// A model repeats what strangers put into its prompt, so its text is hostile input: HTML is shown as text, links keep only
/// schemes that cannot run code, and pictures become links, because loading one would tell its server what the
/// conversation holds.
/// </remarks>
public static class ModelMarkdown
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml()
        .UsePipeTables()
        .UseEmphasisExtras()
        .UseTaskLists()
        .UseAutoLinks()
        .Build();

    public static string ToHtml(string markdown)
    {
        var document = Markdig.Markdown.Parse(markdown, Pipeline);

        // The list is taken first: the loop changes the tree that it would walk.
        foreach (var inline in document.Descendants<Inline>().ToList())
        {
            switch (inline)
            {
                case LinkInline link:
                    Disarm(link);
                    break;
                case AutolinkInline { IsEmail: false } link when !MayFollow(link.Url):
                    link.ReplaceBy(new LiteralInline(link.Url));
                    break;
                case AutolinkInline link:
                    Mark(link);
                    break;
            }
        }

        return document.ToHtml(Pipeline);
    }

    /// <summary>Only absolute addresses of three schemes; a relative one would lead to our own pages in the model's name.</summary>
    internal static bool MayFollow(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "mailto"
        && (url!.StartsWith("http", StringComparison.OrdinalIgnoreCase) || url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase));

    private static void Disarm(LinkInline link)
    {
        var url = link.GetDynamicUrl?.Invoke() ?? link.Url;
        if (!MayFollow(url))
        {
            // The words stay, the link goes.
            while (link.FirstChild is { } child)
            {
                child.Remove();
                link.InsertBefore(child);
            }

            link.Remove();
            return;
        }

        if (link.IsImage)
        {
            link.IsImage = false;
            if (link.FirstChild is null)
            {
                link.AppendChild(new LiteralInline(url!));
            }
        }

        Mark(link);
    }

    private static void Mark(MarkdownObject link)
    {
        var attributes = link.GetAttributes();
        attributes.AddPropertyIfNotExist("target", "_blank");
        attributes.AddPropertyIfNotExist("rel", "noopener noreferrer nofollow");
    }
}
