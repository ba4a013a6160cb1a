using System.Globalization;
using HiWay.Domain.Budgets;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Keys;

/// <summary>Between a key's row and what people and the audit log see of it.</summary>
internal static class KeyShapes
{
    public static KeyView View(ApiKeyRow row, DateTimeOffset now) => new(
        row.Id, row.Name, row.Prefix, row.Source, row.IsTest, row.Scopes, row.Rpm, row.Tpm, row.Rpd, row.Concurrency, Plain(row.MonthlyCapUsd), Plain(row.DailyCapUsd),
        row.AllowedModels, row.RouterBypass, row.Fallback, row.RoutingProfile, row.SecurityMode, row.Cache, row.Tags, row.ExpiresAt, Status(row, now),
        row.SuspendedByRule, row.CreatedAt, row.LastUsedAt, row.PreviousExpiresAt > now ? row.PreviousExpiresAt : null);

    /// <summary>The strongest state wins: a revoked key that has also expired is revoked.</summary>
    public static string Status(ApiKeyRow row, DateTimeOffset now) =>
        row.RevokedAt is not null ? "revoked"
        : row.ExpiresAt <= now ? "expired"
        : row.SuspendedAt is not null ? "suspended"
        : "active";

    public static void Apply(KeyDraft draft, ApiKeyRow row)
    {
        row.Name = draft.Name!.Trim();
        row.Scopes = [.. (draft.Scopes ?? ["inference"]).Distinct()];
        row.Rpm = draft.Rpm;
        row.Tpm = draft.Tpm;
        row.Rpd = draft.Rpd;
        row.Concurrency = draft.Concurrency;
        row.MonthlyCapUsd = CapAmount.Kept(draft.MonthlyCapUsd);
        row.DailyCapUsd = CapAmount.Kept(draft.DailyCapUsd);
        row.AllowedModels = draft.AllowedModels is null ? null : [.. draft.AllowedModels.Select(model => model.Trim()).Distinct()];
        row.RouterBypass = draft.RouterBypass;
        row.Fallback = draft.Fallback;
        row.RoutingProfile = draft.RoutingProfile;
        row.SecurityMode = draft.SecurityMode;
        row.Cache = draft.Cache;
        row.Tags = [.. (draft.Tags ?? []).Select(tag => tag.Trim()).Distinct()];
        row.ExpiresAt = draft.ExpiresAt?.ToUniversalTime();
    }

    /// <summary>The settings as the audit log writes them.</summary>
    public static Dictionary<string, string?> Facts(ApiKeyRow row) => new(StringComparer.Ordinal)
    {
        ["name"] = row.Name,
        ["scopes"] = string.Join(", ", row.Scopes),
        ["rpm"] = row.Rpm?.ToString(CultureInfo.InvariantCulture),
        ["tpm"] = row.Tpm?.ToString(CultureInfo.InvariantCulture),
        ["rpd"] = row.Rpd?.ToString(CultureInfo.InvariantCulture),
        ["concurrency"] = row.Concurrency?.ToString(CultureInfo.InvariantCulture),
        ["monthly_cap_usd"] = Usd(row.MonthlyCapUsd),
        ["daily_cap_usd"] = Usd(row.DailyCapUsd),
        ["allowed_models"] = row.AllowedModels is null ? null : string.Join(", ", row.AllowedModels),
        ["router_bypass"] = Flag(row.RouterBypass),
        ["fallback"] = Flag(row.Fallback),
        ["routing_profile"] = row.RoutingProfile,
        ["security_mode"] = row.SecurityMode,
        ["cache"] = row.Cache is { } cache ? Flag(cache) : null,
        ["tags"] = string.Join(", ", row.Tags),
        ["expires_at"] = row.ExpiresAt?.ToString("u", CultureInfo.InvariantCulture),
    };

    /// <summary>As it was typed: the column's six decimals would show 12.5 as 12.500000.</summary>
    private static decimal? Plain(decimal? usd) => usd / 1.0000000000000000000000000000m;

    private static string? Usd(decimal? value) => value?.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Flag(bool value) => value ? "true" : "false";
}
