using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>
/// Microsoft Teams' Workflows ("When a Teams webhook request is received"): an Adaptive Card as a message's attachment
/// (https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams, https://adaptivecards.io/explorer).
/// </summary>
internal static class TeamsForm
{
    public static string Write(AlertMessage message)
    {
        var alert = message.Alert;
        var tone = FormText.Tone(alert) switch { AlertTone.Good => "Good", AlertTone.Warning => "Warning", AlertTone.Bad => "Attention" };
        var body = new JsonArray(
            Text(FormText.Cut(alert.Title, 500), new() { ["weight"] = "Bolder", ["size"] = "Medium", ["color"] = tone }),
            Text(FormText.Cut(message.Text, 2000), []));
        var facts = FormText.Facts(alert, 12).Select(fact => new JsonObject
        {
            ["title"] = fact.Name, ["value"] = FormText.WithoutLinks(FormText.Cut(fact.Value, 500)),
        }).ToArray();
        if (facts.Length > 0)
        {
            body.Add(new JsonObject { ["type"] = "FactSet", ["facts"] = new JsonArray([.. facts]) });
        }

        body.Add(Text($"{alert.Type} · {FormText.ForPeople(alert.At)}", new() { ["size"] = "Small", ["isSubtle"] = true }));
        var card = new JsonObject
        {
            ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
            ["type"] = "AdaptiveCard",
            ["version"] = "1.4",
            ["body"] = body,
        };
        if (message.DashboardUrl is { } url)
        {
            card["actions"] = new JsonArray(new JsonObject { ["type"] = "Action.OpenUrl", ["title"] = "Open HiWay", ["url"] = url });
        }

        return FormText.Json(new JsonObject
        {
            ["type"] = "message",
            ["attachments"] = new JsonArray(new JsonObject { ["contentType"] = "application/vnd.microsoft.card.adaptive", ["contentUrl"] = null, ["content"] = card }),
        });
    }

    private static JsonObject Text(string text, JsonObject looks)
    {
        looks["type"] = "TextBlock";
        looks["text"] = FormText.WithoutLinks(text);
        looks["wrap"] = true;
        return looks;
    }
}
