using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>
/// Discord's webhooks: one embed, and nobody mentioned (https://discord.com/developers/docs/resources/webhook#execute-webhook). Limits of an
/// embed: title 256, description 4,096, 25 fields of 256 and 1,024 characters (https://discord.com/developers/docs/resources/message#embed-object-embed-limits).
/// </summary>
internal static class DiscordForm
{
    public static string Write(AlertMessage message)
    {
        var alert = message.Alert;
        var embed = new JsonObject
        {
            ["title"] = FormText.Cut(FormText.WithoutLinks(alert.Title), 256),
            ["description"] = FormText.Cut(FormText.WithoutLinks(message.Text), 2000),
            ["color"] = FormText.Tone(alert) switch { AlertTone.Good => 0x16A34A, AlertTone.Warning => 0xD97706, AlertTone.Bad => 0xDC2626 },
            ["fields"] = new JsonArray([.. FormText.Facts(alert, 12).Select(fact => new JsonObject
            {
                ["name"] = fact.Name, ["value"] = FormText.Cut(FormText.WithoutLinks(fact.Value), 300), ["inline"] = true,
            })]),
            ["timestamp"] = FormText.Instant(alert.At),
            ["footer"] = new JsonObject { ["text"] = alert.Type },
        };
        if (message.DashboardUrl is { } url)
        {
            embed["url"] = url;
        }

        return FormText.Json(new JsonObject
        {
            ["embeds"] = new JsonArray(embed),
            ["allowed_mentions"] = new JsonObject { ["parse"] = new JsonArray() },
        });
    }
}
