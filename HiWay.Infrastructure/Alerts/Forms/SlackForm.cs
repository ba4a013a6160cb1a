using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>
/// Slack's incoming webhooks: blocks, and a <c>text</c> for notifications (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
/// Limits of a section: 3,000 characters of text, 10 fields of 2,000 (https://docs.slack.dev/reference/block-kit/blocks/section-block).
/// </summary>
internal static class SlackForm
{
    public static string Write(AlertMessage message)
    {
        var alert = message.Alert;
        var title = Escape(FormText.Cut(alert.Title, 500));
        var blocks = new JsonArray(Section($"*{title.Replace('*', '∗')}*\n{Escape(FormText.Cut(message.Text, 2000))}"));
        var fields = FormText.Facts(alert, 10).Select(fact => Markdown($"*{fact.Name}*\n{Escape(FormText.Cut(fact.Value, 500))}")).ToArray();
        if (fields.Length > 0)
        {
            blocks.Add(new JsonObject { ["type"] = "section", ["fields"] = new JsonArray([.. fields]) });
        }

        var link = message.DashboardUrl is { } url ? $"  ·  <{url}|Open HiWay>" : "";
        blocks.Add(new JsonObject { ["type"] = "context", ["elements"] = new JsonArray(Markdown($"{alert.Type}  ·  {FormText.ForPeople(alert.At)}{link}")) });
        return FormText.Json(new JsonObject { ["text"] = title, ["blocks"] = blocks });
    }

    private static JsonObject Section(string text) => new() { ["type"] = "section", ["text"] = Markdown(text) };

    private static JsonObject Markdown(string text) => new() { ["type"] = "mrkdwn", ["text"] = text };

    /// <summary>These three are all that Slack gives a meaning to, links and mentions included (https://docs.slack.dev/messaging/formatting-message-text).</summary>
    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
