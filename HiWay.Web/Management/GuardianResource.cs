using HiWay.Domain.Errors;
using HiWay.Infrastructure.Guardian;

namespace HiWay.Web.Management;

/// <summary><c>guardian</c>: the rules; <c>guardian/events</c>: what ran into them.</summary>
internal static class GuardianResource
{
    /// <summary>Rules that are left out stay as they are.</summary>
    internal sealed record PutBody
    {
        public IReadOnlyList<RuleBody>? Rules { get; init; }
    }

    /// <summary>A field or figure left out stays. What GET answers may be sent back: counts that nobody sets are ignored.</summary>
    internal sealed record RuleBody
    {
        public string? Rule { get; init; }

        public bool? Enabled { get; init; }

        public string? Action { get; init; }

        public Dictionary<string, decimal?>? Params { get; init; }

        /// <summary>The id of a webhook endpoint; null takes it away.</summary>
        public Optional<string?> AlertTarget { get; init; }

        public long? HitsToday { get; init; }

        public long? HitsLastDay { get; init; }
    }

    public static void MapGuardian(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/guardian", GetAsync);
        workspace.MapPut("/guardian", PutAsync);
        workspace.MapGet("/guardian/events", EventsAsync);
    }

    private static async Task<IResult> GetAsync(ManagementCall call, IGuardian guardian, CancellationToken cancellationToken) =>
        (await guardian.GetAsync(call.Actor, cancellationToken)).Ok();

    private static async Task<IResult> PutAsync(ManagementCall call, JsonBody<PutBody> body, IGuardian guardian, CancellationToken cancellationToken)
    {
        if (body.Value.Rules is not { } rules || rules.Any(rule => rule is null))
        {
            return new Refusal(RefusalKind.Invalid, "'rules' must be a list of rules: [{\"rule\": \"dedup\", \"enabled\": true, \"action\": \"block\", \"params\": {\"count\": 3}}].", "rules").Refused();
        }

        return (await guardian.UpdateAsync(call.Actor, [.. rules.Select(rule => new GuardianRulePatch(
            rule.Rule, rule.Enabled, rule.Action, rule.Params, rule.AlertTarget.IsSet ? rule.AlertTarget.Value ?? "" : null))], cancellationToken)).Ok();
    }

    private static async Task<IResult> EventsAsync(ManagementCall call, Paging paging, GuardianEventQuery query, IGuardian guardian, CancellationToken cancellationToken) =>
        (await guardian.EventsAsync(call.Actor, query.Filter, paging.Cursor, paging.Limit, cancellationToken)).Page();
}

/// <summary><c>?rule=&amp;key_id=&amp;from=&amp;to=</c>.</summary>
internal sealed record GuardianEventQuery(GuardianEventFilter Filter, Refusal? Refusal) : IRefusable
{
    public static ValueTask<GuardianEventQuery?> BindAsync(HttpContext http)
    {
        var query = new UsageRange(http.Request.Query);
        var filter = new GuardianEventFilter(query.Text("rule"), query.Text("key_id"), query.Instant("from"), query.Instant("to"));
        return ValueTask.FromResult<GuardianEventQuery?>(new(filter, query.Refusal));
    }
}
