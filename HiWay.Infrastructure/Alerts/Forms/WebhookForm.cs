using System.Globalization;
using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>For programs: <c>{id, type, created_at, workspace_id, data}</c>.</summary>
internal static class WebhookForm
{
    public static string Write(AlertMessage message)
    {
        var data = new JsonObject { ["title"] = message.Alert.Title, ["text"] = message.Alert.Text };
        AddFacts(data, message.Alert);
        if (message.More.Count > 0)
        {
            data["more"] = new JsonArray([.. message.More.Select(alert =>
            {
                var facts = new JsonObject { ["created_at"] = FormText.Instant(alert.At) };
                AddFacts(facts, alert);
                return facts;
            })]);
        }

        return FormText.Json(new JsonObject
        {
            ["id"] = message.EventId,
            ["type"] = message.Alert.Type,
            ["created_at"] = FormText.Instant(message.Alert.At),
            ["workspace_id"] = message.Alert.WorkspaceId,
            ["data"] = data,
        });
    }

    private static void AddFacts(JsonObject target, AlertEvent alert)
    {
        foreach (var (name, value) in alert.Data)
        {
            target[name] = value switch
            {
                null => null,
                string text => JsonValue.Create(text),
                bool yes => JsonValue.Create(yes),
                int number => JsonValue.Create(number),
                long number => JsonValue.Create(number),
                double number => JsonValue.Create(number),
                decimal number => JsonValue.Create(number),
                DateTimeOffset at => JsonValue.Create(FormText.Instant(at)),
                _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),   // thrown, it would take the alerts of others with it
            };
        }
    }
}
