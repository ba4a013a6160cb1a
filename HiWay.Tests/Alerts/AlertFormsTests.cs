using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Alerts.Forms;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Alerts;

/// <summary>Each kind's message, whole, as the service is sent it.</summary>
public sealed class AlertFormsTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 25, 21, 4, 5, 123, TimeSpan.Zero);

    private static readonly AlertMessage Budget = Message(new(
        AlertTypes.BudgetAlert, "ws_A", At, "WARN: The key 'a<b> & [x](http://evil.example)' has spent 7.50 of its cap", "Nothing changes yet.",
        [new("scope", "key"), new("spent_usd", 7.5m), new("reset_at", new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero)), new("model", null), new("final", false)]));

    [Fact]
    public void Program_GetsFactsAsTheyAre() => AssertJson(Budget, WebhookKind.Webhook, """
        {
          "id": "evt_1", "type": "budget.alert", "created_at": "2026-11-25T21:04:05.123Z", "workspace_id": "ws_A",
          "data": {
            "title": "WARN: The key 'a<b> & [x](http://evil.example)' has spent 7.50 of its cap", "text": "Nothing changes yet.",
            "scope": "key", "spent_usd": 7.5, "reset_at": "2026-12-01T00:00:00.000Z", "model": null, "final": false
          }
        }
        """);

    [Fact]
    public void Slack_GetsBlocks_WithEverythingEscapedThatCouldMentionOrLink() => AssertJson(Budget, WebhookKind.Slack, """
        {
          "text": "WARN: The key 'a&lt;b&gt; &amp; [x](http://evil.example)' has spent 7.50 of its cap",
          "blocks": [
            { "type": "section", "text": { "type": "mrkdwn", "text": "*WARN: The key 'a&lt;b&gt; &amp; [x](http://evil.example)' has spent 7.50 of its cap*\nNothing changes yet." } },
            { "type": "section", "fields": [
              { "type": "mrkdwn", "text": "*Scope*\nkey" },
              { "type": "mrkdwn", "text": "*Spent USD*\n7.5" },
              { "type": "mrkdwn", "text": "*Reset at*\n2026-12-01 00:00 UTC" },
              { "type": "mrkdwn", "text": "*Final*\nno" } ] },
            { "type": "context", "elements": [ { "type": "mrkdwn", "text": "budget.alert  ·  2026-11-25 21:04 UTC  ·  <https://hiway.example.com|Open HiWay>" } ] }
          ]
        }
        """);

    [Fact]
    public void Discord_GetsAnEmbed_ThatMentionsNobody() => AssertJson(Budget, WebhookKind.Discord, """
        {
          "embeds": [ {
            "title": "WARN: The key 'a<b> & [x]\u200b(http://evil.example)' has spent 7.50 of its cap",
            "description": "Nothing changes yet.",
            "color": 14251782,
            "fields": [
              { "name": "Scope", "value": "key", "inline": true },
              { "name": "Spent USD", "value": "7.5", "inline": true },
              { "name": "Reset at", "value": "2026-12-01 00:00 UTC", "inline": true },
              { "name": "Final", "value": "no", "inline": true } ],
            "timestamp": "2026-11-25T21:04:05.123Z",
            "footer": { "text": "budget.alert" },
            "url": "https://hiway.example.com"
          } ],
          "allowed_mentions": { "parse": [] }
        }
        """);

    [Fact]
    public void Teams_GetsAnAdaptiveCard() => AssertJson(Budget, WebhookKind.Teams, """
        {
          "type": "message",
          "attachments": [ {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
              "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
              "type": "AdaptiveCard",
              "version": "1.4",
              "body": [
                { "weight": "Bolder", "size": "Medium", "color": "Warning", "type": "TextBlock", "text": "WARN: The key 'a<b> & [x]\u200b(http://evil.example)' has spent 7.50 of its cap", "wrap": true },
                { "type": "TextBlock", "text": "Nothing changes yet.", "wrap": true },
                { "type": "FactSet", "facts": [
                  { "title": "Scope", "value": "key" }, { "title": "Spent USD", "value": "7.5" }, { "title": "Reset at", "value": "2026-12-01 00:00 UTC" }, { "title": "Final", "value": "no" } ] },
                { "size": "Small", "isSubtle": true, "type": "TextBlock", "text": "budget.alert · 2026-11-25 21:04 UTC", "wrap": true }
              ],
              "actions": [ { "type": "Action.OpenUrl", "title": "Open HiWay", "url": "https://hiway.example.com" } ]
            }
          } ]
        }
        """);

    [Fact]
    public void Mail_HasASubjectOfOneLine_AndPlainText()
    {
        var (subject, text) = MailForm.Read(Message(Budget.Alert with { Title = "First\r\nBcc: everybody@example.com" }).WriteFor(WebhookKind.Email));

        Assert.Equal("[HiWay] First  Bcc: everybody@example.com", subject);
        Assert.EndsWith("""

            Nothing changes yet.

            Scope: key
            Spent USD: 7.5
            Reset at: 2026-12-01 00:00 UTC
            Final: no

            budget.alert, 2026-11-25 21:04 UTC, workspace ws_A
            Where alerts go is set at https://hiway.example.com/webhooks

            """, text, StringComparison.Ordinal);
    }

    /// <summary>Services refuse a message that is too long; Slack's limits are the tightest.</summary>
    [Fact]
    public void LongTexts_AreCut()
    {
        var message = Message(new(AlertTypes.ProviderDown, "ws_A", At, new string('t', 9000), new string('x', 9000) + "😀", [.. Enumerable.Range(0, 40).Select(i => new KeyValuePair<string, object?>($"fact_{i}", new string('v', 9000)))]));

        var slack = JsonNode.Parse(message.WriteFor(WebhookKind.Slack))!;
        Assert.True(slack["blocks"]![0]!["text"]!["text"]!.GetValue<string>().Length <= 3000);
        Assert.Equal(10, slack["blocks"]![1]!["fields"]!.AsArray().Count);
        var embed = JsonNode.Parse(message.WriteFor(WebhookKind.Discord))!["embeds"]![0]!;
        Assert.True(embed["title"]!.GetValue<string>().Length <= 256);
        Assert.True(embed["title"]!.GetValue<string>().Length + embed["description"]!.GetValue<string>().Length
            + embed["fields"]!.AsArray().Sum(field => field!["name"]!.GetValue<string>().Length + field["value"]!.GetValue<string>().Length) <= 6000, "Discord takes 6,000 characters in all.");
        Assert.True(message.WriteFor(WebhookKind.Teams).Length < 28_000, "Teams takes 28 KB.");
    }

    [Fact]
    public void FactOfAnUnforeseenType_IsWrittenAsText() =>
        Assert.Equal("00:01:00", JsonNode.Parse(Message(Budget.Alert with { Data = [new("window", TimeSpan.FromMinutes(1))] }).WriteFor(WebhookKind.Webhook))!["data"]!["window"]!.GetValue<string>());

    [Theory]
    [InlineData(WebhookKind.Slack)]
    [InlineData(WebhookKind.Discord)]
    [InlineData(WebhookKind.Teams)]
    [InlineData(WebhookKind.Email)]
    public void OneMessageForMany_SaysHowMany(WebhookKind kind) =>
        Assert.Contains("2 more like it", new AlertMessage("evt_1", Budget.Alert, [Budget.Alert, Budget.Alert], null).WriteFor(kind), StringComparison.Ordinal);

    [Fact]
    public async Task Mail_LeavesThroughTheMailServer()
    {
        await using var mail = MailServer.Start();
        await using var world = await AlertsWorld.StartAsync(settings: mail.Settings);
        var (id, _) = await world.EndpointAsync(new { kind = "email", url = "ops@example.com" });

        world.Raise(title: "OpenAI is failing");

        var seen = await mail.SeesAsync("ops@example.com", "OpenAI is failing");
        Assert.Equal(("hiway@example.com", "ops@example.com"), (seen.From, seen.To));
        Assert.Contains("Subject: [HiWay] OpenAI is failing\r\n", seen.Data, StringComparison.Ordinal);
        Assert.Contains("Calls go elsewhere.", seen.Data, StringComparison.Ordinal);
        var delivery = await world.DeliveryAsync(id, "delivered");
        Assert.Null(delivery["response_status"]);
    }

    [Fact]
    public async Task Mail_IsNoWayToFloodAnInbox()
    {
        await using var mail = MailServer.Start();
        await using var world = await AlertsWorld.StartAsync(settings: mail.Settings);
        var (id, _) = await world.EndpointAsync(new { kind = "email", url = "ops@example.com" });
        world.Raise();
        var sent = await world.DeliveryAsync(id, "delivered");
        await world.Host.Database.ExecuteAsync($"INSERT INTO webhook_deliveries SELECT (jsonb_populate_record(d, jsonb_build_object('id', d.id || n))).* FROM webhook_deliveries d, generate_series(10, 68) n WHERE d.id = '{sent["id"]}'");

        world.Raise();

        await Patience.UntilAsync(async () => (await world.DeliveriesAsync(id)).Any(row => row["status"]!.GetValue<string>() == "failed"), "a delivery that failed");

        Assert.Contains("60 mails within an hour", Assert.Single(await world.DeliveriesAsync(id), row => row["status"]!.GetValue<string>() == "failed")["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Single(mail.Mails, seen => seen.To == "ops@example.com");
    }

    [Fact]
    public async Task Mail_WithoutAMailServer_IsNotCalledDelivered()
    {
        await using var world = await AlertsWorld.StartAsync();
        var (id, _) = await world.EndpointAsync(new { kind = "email", url = "ops@example.com" });

        var tested = await world.Http.CallAsync(HttpMethod.Post, $"{world.Path}/{id}/test", world.Account.Key);

        Assert.Equal("given_up", tested["status"]!.GetValue<string>());
        Assert.Contains("Smtp:Host", tested["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static AlertMessage Message(AlertEvent alert) => new("evt_1", alert, [], "https://hiway.example.com");

    private static void AssertJson(AlertMessage message, WebhookKind kind, string expected) =>
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), JsonNode.Parse(message.WriteFor(kind))!.ToJsonString());
}
