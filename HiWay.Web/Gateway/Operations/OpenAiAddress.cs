using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Operations;

/// <summary>Where an upstream of OpenAI's dialect takes calls that are no chat: beside its chats, with the same query.</summary>
internal static class OpenAiAddress
{
    private const string Chat = "chat/completions";

    /// <param name="route">Below the version: <c>embeddings</c>, <c>images/generations</c>.</param>
    public static Uri Of(Deployment deployment, string route)
    {
        // Azure's dated API names the deployment in the path and its version in the query; both hold for every route.
        var chat = UpstreamDialects.For(deployment.Provider.Dialect).ChatUri(deployment, stream: false);
        return chat.AbsolutePath.EndsWith(Chat, StringComparison.Ordinal)
            ? new Uri(chat, chat.AbsolutePath[..^Chat.Length] + route + chat.Query)
            : new Uri(deployment.BaseUrl, route);
    }
}
