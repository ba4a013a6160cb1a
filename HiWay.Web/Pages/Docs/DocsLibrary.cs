using System.Collections.Frozen;

namespace HiWay.Web.Pages.Docs;

/// <summary>The guide that ships with HiWay: the Markdown files of <c>docs/</c> that are meant for users, read once.</summary>
public sealed class DocsLibrary
{
    /// <summary>Reading order. A page is a file and a line here.</summary>
    private static readonly string[] Order = ["quickstart", "concepts", "providers", "translation", "integrations", "api-reference", "webhooks", "errors"];

    private readonly FrozenDictionary<string, DocsPage> _bySlug;

    /// <param name="folder">Where the Markdown files are.</param>
    /// <exception cref="FileNotFoundException">A page of the guide did not ship.</exception>
    public DocsLibrary(string folder)
    {
        Pages = [.. Order.Select(slug => DocsPage.Read(slug, File.ReadAllText(Path.Combine(folder, slug + ".md"))))];
        _bySlug = Pages.ToFrozenDictionary(page => page.Slug, StringComparer.Ordinal);
    }

    public IReadOnlyList<DocsPage> Pages { get; }

    /// <param name="slug">Null is the first page.</param>
    public DocsPage? Find(string? slug) => slug is null ? Pages[0] : _bySlug.GetValueOrDefault(slug);

    /// <summary>The pages before and after one, in reading order.</summary>
    public (DocsPage? Before, DocsPage? After) Around(DocsPage page)
    {
        var at = Array.IndexOf(Order, page.Slug);
        return (at > 0 ? Pages[at - 1] : null, at < Pages.Count - 1 ? Pages[at + 1] : null);
    }
}
