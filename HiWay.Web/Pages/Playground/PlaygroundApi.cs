using HiWay.Domain.Catalogue;
using HiWay.Web.Gateway.Models;

namespace HiWay.Web.Pages.Playground;

/// <summary>A route that the playground can talk to.</summary>
/// <param name="Id">In the page's address.</param>
/// <param name="Name">For people.</param>
public sealed record PlaygroundApi(string Id, string Name, string Endpoint);

/// <summary>The dialects of conversations, and pictures.</summary>
public static class PlaygroundApis
{
    public static PlaygroundApi Chat { get; } = new("chat", "Chat", "/v1/chat/completions");

    public static PlaygroundApi Responses { get; } = new("responses", "Responses", "/v1/responses");

    public static PlaygroundApi Messages { get; } = new("messages", "Messages", "/v1/messages");

    public static PlaygroundApi Images { get; } = new("images", "Images", "/v1/images/generations");

    /// <summary>Those that this gateway answers.</summary>
    public static IReadOnlyList<PlaygroundApi> All { get; } = [.. new[] { Chat, Responses, Messages, Images }.Where(api => ServedEndpoints.All.Contains(api.Endpoint))];

    public static PlaygroundApi Of(string? id) => All.FirstOrDefault(api => api.Id == id) ?? Chat;

    /// <summary>The first one that a model is reached on; null when it is no model to talk to.</summary>
    public static PlaygroundApi? For(ModelEntry model)
    {
        var routes = ServedEndpoints.Of(model);
        var pictures = model.Mode is ModelMode.Image;
        return All.Where(api => routes.Contains(api.Endpoint)).OrderBy(api => api == Images == pictures ? 0 : 1).FirstOrDefault();
    }
}
