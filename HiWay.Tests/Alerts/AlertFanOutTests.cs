using System.Text.Json.Nodes;
using HiWay.Domain.Alerts;
using HiWay.Infrastructure.Alerts;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.Extensions.Configuration;

namespace HiWay.Tests.Alerts;

/// <summary>Who gets which alert.</summary>
public sealed class AlertFanOutTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 15, 12, 0, 0, TimeSpan.Zero);

    private readonly AlertFanOut _fanOut = new(new DeliveryMaker(new ConfigurationBuilder().Build()));

    [Theory]
    [InlineData(null, true)]                                // all
    [InlineData("provider.down", true)]
    [InlineData("provider.up,budget.alert", false)]
    [InlineData("", false)]                                 // paused
    public void Subscription_ChoosesTypes(string? events, bool gets) =>
        Assert.Equal(gets, Deliver([Down()], Endpoint(events: events)).Count == 1);

    [Fact]
    public void EndpointThatIsSwitchedOff_GetsNothing_EvenWhenItIsTheTarget()
    {
        var off = Endpoint();
        off.Enabled = false;

        Assert.Empty(Deliver([Down() with { TargetId = off.Id }], off));
    }

    [Fact]
    public void Target_GetsTheAlert_BesideThoseThatSubscribe_EachOnce()
    {
        var (target, subscribed, other) = (Endpoint(events: "budget.alert"), Endpoint(), Endpoint(events: "budget.alert"));

        var deliveries = Deliver([Down() with { TargetId = target.Id }], target, subscribed, other);

        Assert.Equal([target.Id, subscribed.Id], deliveries.Select(delivery => delivery.WebhookId));
        Assert.Single(deliveries.Select(delivery => delivery.EventId).Distinct());
    }

    [Fact]
    public void OtherWorkspacesAlerts_GoNowhere() => Assert.Empty(Deliver([Down() with { WorkspaceId = "ws_B" }], Endpoint()));

    [Theory]
    [InlineData("blocked", "blocked", true)]
    [InlineData("blocked", "logged", false)]
    [InlineData("logged", "logged", true)]
    [InlineData(null, "logged", true)]
    public void Filter_ChoosesSecurityEvents_ByTheirAction(string? filter, string action, bool gets)
    {
        var endpoint = Endpoint(filter: filter);

        Assert.Equal(gets, Deliver([Threat(action)], endpoint).Count == 1);
        Assert.Single(Deliver([Down()], endpoint));
    }

    [Fact]
    public void People_HearOfAThreatOnceAnHour_ProgramsAndWhoFilters_OfEach()
    {
        WebhookRow[] all = [Endpoint("slack"), Endpoint("slack", filter: "blocked"), Endpoint("webhook")];

        Assert.Equal([1, 3, 3], Counts(Now, "pii"));
        Assert.Equal([0, 3, 3], Counts(Now.AddMinutes(59), "pii"));
        Assert.Equal([1, 3, 3], Counts(Now.AddMinutes(59), "jailbreak"));
        Assert.Equal([1, 3, 3], Counts(Now.AddMinutes(60), "pii"));

        int[] Counts(DateTimeOffset at, string threat)
        {
            var deliveries = DeliverAt(at, [Threat("blocked", threat), Threat("blocked", threat), Threat("blocked", threat)], all);
            return [.. all.Select(webhook => deliveries.Count(delivery => delivery.WebhookId == webhook.Id))];
        }
    }

    [Fact]
    public void FloodOfSecurityEvents_TravelsTogether_AndNoneIsLost()
    {
        var deliveries = Deliver([.. Enumerable.Range(0, 250).Select(i => Threat("blocked", number: i)), Down()], Endpoint());

        Assert.Equal(4, deliveries.Count);
        var numbers = deliveries.Where(delivery => delivery.EventType == AlertTypes.SecurityEvent).Select(delivery => JsonNode.Parse(delivery.Payload)!["data"]!)
            .SelectMany(data => (int[])[data["number"]!.GetValue<int>(), .. data["more"]!.AsArray().Select(more => more!["number"]!.GetValue<int>())]);
        Assert.Equal(Enumerable.Range(0, 250), numbers);
    }

    internal static AlertEvent Down(string workspace = "ws_A") => new(AlertTypes.ProviderDown, workspace, Now, "OpenAI is failing", "Calls go elsewhere.", [new("provider", "openai")]);

    private static AlertEvent Threat(string action, string threat = "pii", int number = 0) =>
        new(AlertTypes.SecurityEvent, "ws_A", Now, "Seen", "A call.", [new("action", action), new("threat_type", threat), new("number", number)]);

    private static WebhookRow Endpoint(string kind = "webhook", string? events = null, string? filter = null) => new()
    {
        Id = HiWay.Domain.Ids.Ulid.New("wh", Now),
        WorkspaceId = "ws_A",
        Name = "Endpoint",
        Kind = kind,
        ShownUrl = "https://example.com",
        Events = events?.Split(',', StringSplitOptions.RemoveEmptyEntries).ToList(),
        Filter = filter,
    };

    private List<WebhookDeliveryRow> Deliver(AlertEvent[] alerts, params WebhookRow[] webhooks) => DeliverAt(Now, alerts, webhooks);

    private List<WebhookDeliveryRow> DeliverAt(DateTimeOffset at, AlertEvent[] alerts, WebhookRow[] webhooks)
    {
        HashSet<(string, string)> told = [];
        var deliveries = _fanOut.DeliveriesOf([.. alerts.Select((alert, i) => new RaisedAlert($"evt_{i}", alert))], webhooks, at, told);
        _fanOut.Remember(told, at);
        return deliveries;
    }
}
