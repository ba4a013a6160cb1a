using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;

namespace HiWay.Infrastructure.Keys;

/// <summary>What a key's settings must be like; each refusal names its field.</summary>
internal static class KeyRules
{
    public const int MaxNameLength = 100;
    public const int MaxAllowedModels = 500;
    public const int MaxTags = 20;
    public const int MaxTagLength = 64;

    /// <summary>An old secret lives at most so long after a rotation.</summary>
    public static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(30);

    private static readonly string[] s_scopes = ["inference", "manage"];
    private static readonly string[] s_securityModes = ["off", "monitor", "block"];

    /// <param name="expiryBefore">The key's own expiry before the edit: it may stay although it has passed.</param>
    public static Refusal? Check(KeyDraft draft, DateTimeOffset now, DateTimeOffset? expiryBefore = null) =>
        CheckName(draft.Name)
        ?? CheckScopes(draft.Scopes)
        ?? CheckLimit(draft.Rpm, "rpm", "requests per minute")
        ?? CheckLimit(draft.Tpm, "tpm", "tokens per minute")
        ?? CheckLimit(draft.Rpd, "rpd", "requests per day")
        ?? CheckLimit(draft.Concurrency, "concurrency", "calls at once")
        ?? CheckCap(draft.MonthlyCapUsd, "monthly_cap_usd")
        ?? CheckCap(draft.DailyCapUsd, "daily_cap_usd")
        ?? CheckAllowedModels(draft.AllowedModels)
        ?? CheckProfile(draft.RoutingProfile)
        ?? CheckSecurityMode(draft.SecurityMode)
        ?? CheckTags(draft.Tags)
        ?? CheckExpiry(draft.ExpiresAt, expiryBefore, now);

    public static Refusal? CheckOverlap(TimeSpan overlap) => overlap < TimeSpan.Zero || overlap > MaxOverlap
        ? Wrong("overlap_seconds", $"'overlap_seconds' must be from 0 to {MaxOverlap.TotalSeconds:0} (30 days).")
        : null;

    private static Refusal? CheckName(string? name) => string.IsNullOrWhiteSpace(name) || name.Trim().Length > MaxNameLength || name.Any(char.IsControl)
        ? Wrong("name", $"'name' must have 1 to {MaxNameLength} characters, on one line.")
        : null;

    private static Refusal? CheckScopes(IReadOnlyList<string>? scopes) => scopes is not null && (scopes.Count == 0 || scopes.Any(scope => !s_scopes.Contains(scope)))
        ? Wrong("scopes", "'scopes' must name at least one of inference, manage.")
        : null;

    private static Refusal? CheckLimit(int? limit, string param, string unit) => limit < 1
        ? Wrong(param, $"'{param}' must be at least 1 ({unit}), or null for no limit of its own.")
        : null;

    private static Refusal? CheckCap(decimal? cap, string param) =>
        CapAmount.Wrong(cap, param, "blocks every call that costs") is { } wrong ? Wrong(param, wrong) : null;

    // An empty list could mean "none" or "all"; a key must not become open because its last model was taken off.
    private static Refusal? CheckAllowedModels(IReadOnlyList<string>? models) =>
        models is not null && (models.Count is 0 or > MaxAllowedModels || models.Any(model => string.IsNullOrWhiteSpace(model) || model.Length > 300))
            ? Wrong("allowed_models", $"'allowed_models' must name 1 to {MaxAllowedModels} models or tiers, or be null to allow all.")
            : null;

    private static Refusal? CheckProfile(string? profile) => profile is not null && ProfileNames.ParseProfile(profile) is null
        ? Wrong("routing_profile", "'routing_profile' must be one of budget, balanced, quality, or null to take the workspace's.")
        : null;

    private static Refusal? CheckSecurityMode(string? mode) => mode is not null && !s_securityModes.Contains(mode)
        ? Wrong("security_mode", "'security_mode' must be one of off, monitor, block, or null to take the workspace's.")
        : null;

    private static Refusal? CheckTags(IReadOnlyList<string>? tags) =>
        tags is not null && (tags.Count > MaxTags || tags.Any(tag => string.IsNullOrWhiteSpace(tag) || tag.Length > MaxTagLength))
            ? Wrong("tags", $"'tags' must be at most {MaxTags} texts of 1 to {MaxTagLength} characters.")
            : null;

    private static Refusal? CheckExpiry(DateTimeOffset? expiresAt, DateTimeOffset? before, DateTimeOffset now) => expiresAt <= now && expiresAt != before
        ? Wrong("expires_at", "'expires_at' must lie in the future, or be null for a key that does not expire.")
        : null;

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
