using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Keys;

namespace HiWay.Web.Management;

/// <summary>The workspace's keys. A secret is in the answer to its making or rotation, and in no other.</summary>
internal static class KeysResource
{
    /// <summary>How long an old secret stays valid when a rotation does not say.</summary>
    private static readonly TimeSpan s_defaultOverlap = TimeSpan.FromDays(1);

    internal sealed record CreateBody
    {
        public string? Name { get; init; }

        public IReadOnlyList<string>? Scopes { get; init; }

        /// <summary>Makes a <c>hw_test_</c> key, which the built-in test provider answers without cost.</summary>
        public bool Test { get; init; }

        public int? Rpm { get; init; }

        public int? Tpm { get; init; }

        /// <summary>Requests per UTC day.</summary>
        public int? Rpd { get; init; }

        /// <summary>Calls that may run at once.</summary>
        public int? Concurrency { get; init; }

        public decimal? MonthlyCapUsd { get; init; }

        public decimal? DailyCapUsd { get; init; }

        public IReadOnlyList<string>? AllowedModels { get; init; }

        public bool RouterBypass { get; init; }

        public bool Fallback { get; init; } = true;

        public string? RoutingProfile { get; init; }

        public string? SecurityMode { get; init; }

        public bool? Cache { get; init; }

        public IReadOnlyList<string>? Tags { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }
    }

    /// <summary>A field left out stays; null takes a limit away.</summary>
    internal sealed record PatchBody
    {
        public Optional<string?> Name { get; init; }

        public Optional<IReadOnlyList<string>?> Scopes { get; init; }

        public Optional<int?> Rpm { get; init; }

        public Optional<int?> Tpm { get; init; }

        public Optional<int?> Rpd { get; init; }

        public Optional<int?> Concurrency { get; init; }

        public Optional<decimal?> MonthlyCapUsd { get; init; }

        public Optional<decimal?> DailyCapUsd { get; init; }

        public Optional<IReadOnlyList<string>?> AllowedModels { get; init; }

        public bool? RouterBypass { get; init; }

        public bool? Fallback { get; init; }

        public Optional<string?> RoutingProfile { get; init; }

        public Optional<string?> SecurityMode { get; init; }

        public Optional<bool?> Cache { get; init; }

        public Optional<IReadOnlyList<string>?> Tags { get; init; }

        public Optional<DateTimeOffset?> ExpiresAt { get; init; }
    }

    /// <param name="OverlapSeconds">How long the old secret stays valid: 0 ends it at once, at most 30 days; a day when left out.</param>
    internal sealed record RotateBody(int? OverlapSeconds = null);

    public static void MapKeys(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/keys", ListAsync);
        workspace.MapPost("/keys", CreateAsync);
        workspace.MapGet("/keys/{id}", GetAsync);
        workspace.MapPatch("/keys/{id}", PatchAsync);
        workspace.MapDelete("/keys/{id}", DeleteAsync);
        workspace.MapPost("/keys/{id}/revoke", RevokeAsync);
        workspace.MapPost("/keys/{id}/rotate", RotateAsync);
        workspace.MapPost("/keys/{id}/restore", RestoreAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, Paging paging, IKeys keys, CancellationToken cancellationToken) =>
        (await keys.ListAsync(call.Actor, paging.Cursor, paging.Limit, cancellationToken)).Page();

    private static async Task<IResult> GetAsync(ManagementCall call, string id, IKeys keys, CancellationToken cancellationToken) =>
        (await keys.GetAsync(call.Actor, id, cancellationToken)).Ok();

    private static async Task<IResult> CreateAsync(ManagementCall call, JsonBody<CreateBody> body, IKeys keys, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var draft = new KeyDraft
        {
            Name = asked.Name,
            Scopes = asked.Scopes,
            Test = asked.Test,
            Rpm = asked.Rpm,
            Tpm = asked.Tpm,
            Rpd = asked.Rpd,
            Concurrency = asked.Concurrency,
            MonthlyCapUsd = asked.MonthlyCapUsd,
            DailyCapUsd = asked.DailyCapUsd,
            AllowedModels = asked.AllowedModels,
            RouterBypass = asked.RouterBypass,
            Fallback = asked.Fallback,
            RoutingProfile = asked.RoutingProfile,
            SecurityMode = asked.SecurityMode,
            Cache = asked.Cache,
            Tags = asked.Tags,
            ExpiresAt = asked.ExpiresAt,
        };
        return (await keys.CreateAsync(call.Actor, draft, "api", cancellationToken)).Created(Issued);
    }

    private static async Task<IResult> PatchAsync(ManagementCall call, string id, JsonBody<PatchBody> body, IKeys keys, CancellationToken cancellationToken)
    {
        var found = await keys.GetAsync(call.Actor, id, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal.Refused();
        }

        var (now, patch) = (found.Value, body.Value);
        var draft = new KeyDraft
        {
            Name = patch.Name.Or(now.Name),
            Scopes = patch.Scopes.Or(now.Scopes),
            Rpm = patch.Rpm.Or(now.Rpm),
            Tpm = patch.Tpm.Or(now.Tpm),
            Rpd = patch.Rpd.Or(now.Rpd),
            Concurrency = patch.Concurrency.Or(now.Concurrency),
            MonthlyCapUsd = patch.MonthlyCapUsd.Or(now.MonthlyCapUsd),
            DailyCapUsd = patch.DailyCapUsd.Or(now.DailyCapUsd),
            AllowedModels = patch.AllowedModels.Or(now.AllowedModels),
            RouterBypass = patch.RouterBypass ?? now.RouterBypass,
            Fallback = patch.Fallback ?? now.Fallback,
            RoutingProfile = patch.RoutingProfile.Or(now.RoutingProfile),
            SecurityMode = patch.SecurityMode.Or(now.SecurityMode),
            Cache = patch.Cache.Or(now.Cache),
            Tags = patch.Tags.Or(now.Tags),
            ExpiresAt = patch.ExpiresAt.Or(now.ExpiresAt),
        };
        return (await keys.UpdateAsync(call.Actor, id, draft, cancellationToken)).Ok();
    }

    private static async Task<IResult> DeleteAsync(ManagementCall call, string id, IKeys keys, CancellationToken cancellationToken)
    {
        // The row stays, revoked: usage that was metered under it keeps its name. Deleting twice is as good as once.
        var revoked = await keys.RevokeAsync(call.Actor, id, cancellationToken);
        return revoked.Refusal is { Kind: RefusalKind.Conflict } ? new Outcome<bool>().NoContent() : revoked.NoContent();
    }

    private static async Task<IResult> RevokeAsync(ManagementCall call, string id, IKeys keys, CancellationToken cancellationToken) =>
        (await keys.RevokeAsync(call.Actor, id, cancellationToken)).Ok();

    private static async Task<IResult> RestoreAsync(ManagementCall call, string id, IKeys keys, CancellationToken cancellationToken) =>
        (await keys.RestoreAsync(call.Actor, id, cancellationToken)).Ok();

    private static async Task<IResult> RotateAsync(ManagementCall call, string id, IKeys keys, CancellationToken cancellationToken)
    {
        var body = await JsonBody<RotateBody>.BindOrNothingAsync(call.Http);
        if (body?.Refusal is { } refusal)
        {
            return refusal.Refused();
        }

        var overlap = body?.Value.OverlapSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_defaultOverlap;
        return (await keys.RotateAsync(call.Actor, id, overlap, cancellationToken)).Ok(Issued);
    }

    /// <summary>The key's own fields with the secret among them, as api.md wants it.</summary>
    private static JsonObject Issued(IssuedKey issued)
    {
        var json = JsonSerializer.SerializeToNode(issued.View, ManagementJson.Options)!.AsObject();
        json.Insert(1, "key", issued.Key);
        return json;
    }
}
