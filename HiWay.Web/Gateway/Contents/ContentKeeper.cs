using HiWay.Infrastructure.Contents;

namespace HiWay.Web.Gateway.Contents;

/// <summary>
/// Keeps prompt and answer of conversations where the workspace wants that; elsewhere it costs one look at a setting. Prompts are copied as they go to
/// the providers, so masked ones stay masked; a call that was refused before leaves nothing.
/// </summary>
internal sealed class ContentKeeper(ICallContents contents)
{
    /// <summary>Takes the prompt, once nothing but the providers can refuse the call.</summary>
    public static void Begin(GatewayCall call)
    {
        if (call.Workspace.LogContent && call.Operation is null && call.Body.Bytes.Length > 0)
        {
            call.Content = new KeptContent(call.Body.Bytes.ToArray(), call.AnswerCopy ??= new());
        }
    }

    /// <summary>Hands over what the call carried; afterwards it has none.</summary>
    public void End(GatewayCall call)
    {
        if (call.Content is { } content)
        {
            call.Content = null;
            contents.Record(content.Of(call));
        }
    }
}
