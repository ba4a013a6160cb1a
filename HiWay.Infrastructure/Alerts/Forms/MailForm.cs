using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HiWay.Infrastructure.Alerts.Forms;

/// <summary>A mail: <c>{subject, text}</c>, plain text.</summary>
internal static class MailForm
{
    public static string Write(AlertMessage message)
    {
        var alert = message.Alert;
        var text = new StringBuilder($"{alert.Title}.\n\n{message.Text}\n");
        foreach (var (name, value) in FormText.Facts(alert, int.MaxValue).Select((fact, i) => (i == 0 ? "\n" + fact.Name : fact.Name, fact.Value)))
        {
            text.Append(name).Append(": ").Append(FormText.Cut(value, 500)).Append('\n');
        }

        text.Append($"\n{alert.Type}, {FormText.ForPeople(alert.At)}, workspace {alert.WorkspaceId}\n");
        text.Append(message.DashboardUrl is { } url ? $"Where alerts go is set at {url}/webhooks\n" : "Where alerts go is set in HiWay under Webhooks & alerts.\n");
        return FormText.Json(new JsonObject { ["subject"] = FormText.Cut($"[HiWay] {OneLine(alert.Title)}", 200), ["text"] = text.ToString() });
    }

    public static (string Subject, string Text) Read(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        return (json.RootElement.GetProperty("subject").GetString()!, json.RootElement.GetProperty("text").GetString()!);
    }

    /// <summary>A line end in a subject would begin another header.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
}
