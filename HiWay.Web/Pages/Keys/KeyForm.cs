using System.Globalization;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Keys;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Keys;

/// <summary>When a new or edited key ends.</summary>
public enum KeyExpiry { Never, In30Days, In90Days, InAYear, OnADate }

/// <summary>What a person fills in to make or change a key; texts as typed, turned into a <see cref="KeyDraft"/> when sent.</summary>
public sealed class KeyForm
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields =
        ["name", "scopes", "rpm", "tpm", "rpd", "concurrency", "monthly_cap_usd", "daily_cap_usd", "allowed_models", "router_bypass", "fallback", "security_mode", "tags", "expires_at"];

    public string Name { get; set; } = "";

    public bool Test { get; set; }

    public bool Inference { get; set; } = true;

    public bool Manage { get; set; }

    public string Rpm { get; set; } = "";

    public string Tpm { get; set; } = "";

    public string Rpd { get; set; } = "";

    public string Concurrency { get; set; } = "";

    public string MonthlyCapUsd { get; set; } = "";

    public string DailyCapUsd { get; set; } = "";

    /// <summary>Empty allows all.</summary>
    public List<string> AllowedModels { get; set; } = [];

    public bool RouterBypass { get; set; }

    public bool Fallback { get; set; } = true;

    /// <summary>The key's own routing profile; blank takes the workspace's.</summary>
    public string RoutingProfile { get; set; } = "";

    public string Tags { get; set; } = "";

    /// <summary>The key's own Shield mode; blank takes the workspace's.</summary>
    public string SecurityMode { get; set; } = "";

    public KeyExpiry Expiry { get; set; }

    /// <summary>Last day of validity, UTC; only for <see cref="KeyExpiry.OnADate"/>.</summary>
    public DateOnly? ExpiresOn { get; set; }

    // Fields that this form does not show travel through it unchanged: an update sets every field.
    private bool? _cache;
    private DateTimeOffset? _expiresAt;

    /// <summary>A form that shows a key as it is.</summary>
    public static KeyForm Of(KeyView key) => new()
    {
        Name = key.Name,
        Test = key.Test,
        Inference = key.Scopes.Contains("inference"),
        Manage = key.Scopes.Contains("manage"),
        Rpm = FieldText.Of(key.Rpm),
        Tpm = FieldText.Of(key.Tpm),
        Rpd = FieldText.Of(key.Rpd),
        Concurrency = FieldText.Of(key.Concurrency),
        MonthlyCapUsd = FieldText.Of(key.MonthlyCapUsd),
        DailyCapUsd = FieldText.Of(key.DailyCapUsd),
        AllowedModels = [.. key.AllowedModels ?? []],
        RouterBypass = key.RouterBypass,
        Fallback = key.Fallback,
        RoutingProfile = key.RoutingProfile ?? "",
        Tags = string.Join(", ", key.Tags),
        Expiry = key.ExpiresAt is null ? KeyExpiry.Never : KeyExpiry.OnADate,
        ExpiresOn = key.ExpiresAt is { } at ? LastDay(at) : null,
        SecurityMode = key.SecurityMode ?? "",
        _cache = key.Cache,
        _expiresAt = key.ExpiresAt,
    };

    /// <summary>The draft to send; null when something cannot be read, and then the errors say what.</summary>
    public KeyDraft? ToDraft(DateTimeOffset now, FieldErrors errors)
    {
        errors.Clear();
        if (string.IsNullOrWhiteSpace(Name))
        {
            errors.Add("name", "Give the key a name, such as the program that will use it.");
        }

        List<string> scopes = [];
        if (Inference)
        {
            scopes.Add("inference");
        }

        if (Manage)
        {
            scopes.Add("manage");
        }

        if (scopes.Count == 0)
        {
            errors.Add("scopes", "Choose at least one.");
        }

        var draft = new KeyDraft
        {
            Name = Name.Trim(),
            Test = Test,
            Scopes = scopes,
            Rpm = FieldText.Count(Rpm, "rpm", errors),
            Tpm = FieldText.Count(Tpm, "tpm", errors),
            Rpd = FieldText.Count(Rpd, "rpd", errors),
            Concurrency = FieldText.Count(Concurrency, "concurrency", errors),
            MonthlyCapUsd = FieldText.Usd(MonthlyCapUsd, "monthly_cap_usd", errors),
            DailyCapUsd = FieldText.Usd(DailyCapUsd, "daily_cap_usd", errors),
            AllowedModels = AllowedModels.Count == 0 ? null : [.. AllowedModels],
            RouterBypass = RouterBypass,
            Fallback = Fallback,
            RoutingProfile = RoutingProfile.Length > 0 ? RoutingProfile : null,
            Tags = FieldText.Words(Tags),
            ExpiresAt = ExpiresAt(now, errors),
            SecurityMode = SecurityMode.Length > 0 ? SecurityMode : null,
            Cache = _cache,
        };
        return errors.Any ? null : draft;
    }

    private DateTimeOffset? ExpiresAt(DateTimeOffset now, FieldErrors errors)
    {
        switch (Expiry)
        {
            case KeyExpiry.In30Days:
                return now.AddDays(30);
            case KeyExpiry.In90Days:
                return now.AddDays(90);
            case KeyExpiry.InAYear:
                return now.AddYears(1);
            case KeyExpiry.OnADate when ExpiresOn is { } day:
                // An instant set through the API in the middle of a day stays to the second unless the day is changed.
                return _expiresAt is { } at && LastDay(at) == day ? at : new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
            case KeyExpiry.OnADate:
                errors.Add("expires_at", "Choose the last day, or let the key not expire.");
                return null;
            case KeyExpiry.Never:
            default:
                return null;
        }
    }

    /// <summary>The last day on which a key that ends at an instant still works, at least in part.</summary>
    internal static DateOnly LastDay(DateTimeOffset end) => DateOnly.FromDateTime(end.UtcDateTime.AddTicks(-1));

    /// <summary>How long the old secret may go on after a rotation, as offered.</summary>
    public static IReadOnlyList<(TimeSpan Overlap, string Text)> Overlaps { get; } =
    [
        (TimeSpan.Zero, "End it now"),
        (TimeSpan.FromHours(1), "1 hour"),
        (TimeSpan.FromDays(1), "1 day"),
        (TimeSpan.FromDays(7), "7 days"),
        (TimeSpan.FromDays(30), "30 days"),
    ];
}
