namespace HiWay.Web.Components.Snippets;

/// <summary>A route of the gateway as people call it.</summary>
/// <param name="Endpoint">As a model's `endpoints` name it.</param>
/// <param name="Name">Short, for tabs and lists.</param>
/// <param name="Code">The call in every language.</param>
public sealed record CallRoute(string Endpoint, string Name, Func<ChatSnippet, IReadOnlyList<Snippet>> Code);

/// <summary>Every route that pages show code for, in the order of their tabs.</summary>
public static class CallRoutes
{
    public static IReadOnlyList<CallRoute> All { get; } =
    [
        new("/v1/chat/completions", "Chat", ChatSnippets.All),
        new("/v1/responses", "Responses", ResponsesSnippets.All),
        new("/v1/messages", "Messages", MessagesSnippets.All),
        new("/v1/embeddings", "Embeddings", EmbeddingsSnippets.All),
        new("/v1/images/generations", "Images", ImagesSnippets.All),
    ];

    /// <summary>Those of a model's routes that have code.</summary>
    public static IReadOnlyList<CallRoute> Of(IReadOnlyList<string> endpoints) => [.. All.Where(route => endpoints.Contains(route.Endpoint))];

    /// <summary>A route's name for lists; routes without code of their own have one too.</summary>
    public static string NameOf(string endpoint) => endpoint switch
    {
        "/v1/completions" => "Completions",
        "/v1/images/edits" => "Image edits",
        _ => All.FirstOrDefault(route => route.Endpoint == endpoint)?.Name ?? endpoint,
    };
}
