using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Alerts;

namespace HiWay.Web.Management;

/// <summary><c>webhooks</c>: where alerts go. A secret is in the answer to its making or rotation, and in no other.</summary>
internal static class WebhooksResource
{
    /// <summary>How long an old secret still signs when a rotation does not say.</summary>
    private static readonly TimeSpan s_defaultOverlap = TimeSpan.FromDays(1);

    internal sealed record CreateBody
    {
        public string? Name { get; init; }

        /// <summary><c>webhook</c>, <c>slack</c>, <c>discord</c>, <c>teams</c> or <c>email</c>.</summary>
        public string Kind { get; init; } = "webhook";

        public string? Url { get; init; }

        public string? Secret { get; init; }

        /// <summary>Left out or null: all. Empty: paused.</summary>
        public IReadOnlyList<string>? Events { get; init; }

        public string? Filter { get; init; }

        public bool Enabled { get; init; } = true;
    }

    /// <summary>A field left out stays; null events are all of them, a null filter is none.</summary>
    internal sealed record PatchBody
    {
        public Optional<string?> Name { get; init; }

        public string? Kind { get; init; }

        public string? Url { get; init; }

        public string? Secret { get; init; }

        public Optional<IReadOnlyList<string>?> Events { get; init; }

        public Optional<string?> Filter { get; init; }

        public bool? Enabled { get; init; }
    }

    /// <param name="OverlapSeconds">How long messages are signed with the old secret too: 0 ends it at once, at most 30 days; a day when left out.</param>
    internal sealed record RotateBody(int? OverlapSeconds = null);

    public static void MapWebhooks(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/webhooks", ListAsync);
        workspace.MapPost("/webhooks", CreateAsync);
        workspace.MapGet("/webhooks/{id}", GetAsync);
        workspace.MapPatch("/webhooks/{id}", PatchAsync);
        workspace.MapDelete("/webhooks/{id}", DeleteAsync);
        workspace.MapPost("/webhooks/{id}/rotate", RotateAsync);
        workspace.MapPost("/webhooks/{id}/test", TestAsync);
        workspace.MapGet("/webhooks/{id}/deliveries", DeliveriesAsync);
        workspace.MapPost("/webhooks/{id}/deliveries/{delivery}/resend", ResendAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, IWebhooks webhooks, CancellationToken cancellationToken) =>
        (await webhooks.ListAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> GetAsync(ManagementCall call, string id, IWebhooks webhooks, CancellationToken cancellationToken) =>
        (await webhooks.GetAsync(call.Actor, id, cancellationToken)).Ok();

    private static async Task<IResult> CreateAsync(ManagementCall call, JsonBody<CreateBody> body, IWebhooks webhooks, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var draft = new WebhookDraft
        {
            Name = asked.Name, Kind = asked.Kind, Url = asked.Url, Secret = asked.Secret, Events = asked.Events, Filter = asked.Filter, Enabled = asked.Enabled,
        };
        return (await webhooks.CreateAsync(call.Actor, draft, cancellationToken)).Created(Issued);
    }

    private static async Task<IResult> PatchAsync(ManagementCall call, string id, JsonBody<PatchBody> body, IWebhooks webhooks, CancellationToken cancellationToken)
    {
        var found = await webhooks.GetAsync(call.Actor, id, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal.Refused();
        }

        var (now, patch) = (found.Value, body.Value);
        var draft = new WebhookDraft
        {
            Name = patch.Name.Or(now.Name),
            Kind = patch.Kind,
            Url = patch.Url,
            Secret = patch.Secret,
            Events = patch.Events.Or(now.Events),
            Filter = patch.Filter.Or(now.Filter),
            Enabled = patch.Enabled ?? now.Enabled,
        };
        return (await webhooks.UpdateAsync(call.Actor, id, draft, cancellationToken)).Ok();
    }

    private static async Task<IResult> DeleteAsync(ManagementCall call, string id, IWebhooks webhooks, CancellationToken cancellationToken) =>
        (await webhooks.DeleteAsync(call.Actor, id, cancellationToken)).NoContent();

    private static async Task<IResult> RotateAsync(ManagementCall call, string id, IWebhooks webhooks, CancellationToken cancellationToken)
    {
        var body = await JsonBody<RotateBody>.BindOrNothingAsync(call.Http);
        if (body?.Refusal is { } refusal)
        {
            return refusal.Refused();
        }

        var overlap = body?.Value.OverlapSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_defaultOverlap;
        return (await webhooks.RotateAsync(call.Actor, id, overlap, cancellationToken)).Ok(Issued);
    }

    /// <summary>200 whatever the target said: the test itself has been made, and the answer tells how it went.</summary>
    private static async Task<IResult> TestAsync(ManagementCall call, string id, IWebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        (await deliveries.TestAsync(call.Actor, id, cancellationToken)).Ok();

    private static async Task<IResult> DeliveriesAsync(ManagementCall call, string id, Paging paging, string? status, IWebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        (await deliveries.ListAsync(call.Actor, id, status, paging.Cursor, paging.Limit, cancellationToken)).Page();

    private static async Task<IResult> ResendAsync(ManagementCall call, string id, string delivery, IWebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        (await deliveries.ResendAsync(call.Actor, id, delivery, cancellationToken)).Created();

    /// <summary>The webhook's own fields with the secret among them.</summary>
    private static JsonObject Issued(IssuedWebhook issued)
    {
        var json = JsonSerializer.SerializeToNode(issued.View, ManagementJson.Options)!.AsObject();
        json.Insert(4, "secret", issued.Secret);
        return json;
    }
}
