using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Requests;

/// <summary>How rows of the log read.</summary>
public static class RequestsView
{
    /// <summary>Columns that a filter can name, and the query parameter of each.</summary>
    public static IReadOnlyList<(string Key, string Text)> Statuses { get; } =
    [
        ("", "All"), ("ok", "Succeeded"), ("error", "Failed"),
    ];

    public static Tone ToneOf(int status, string endReason) => (status, endReason) switch
    {
        ( >= 200 and < 300, "completed") => Tone.Good,
        ( >= 200 and < 300, _) => Tone.Warn,
        (429, _) => Tone.Warn,
        ( >= 400, _) => Tone.Bad,
        _ => Tone.Neutral,
    };

    /// <summary>The outcome in words.</summary>
    public static string OutcomeOf(int status, string endReason) => (status, endReason) switch
    {
        (_, "client_gone") => "client left",
        (_, "upstream_cut") => "cut off by the provider",
        (_, "node_lost") => "lost when HiWay stopped",
        ( >= 200 and < 300, _) => "succeeded",
        (429, _) => "rate limited",
        ( >= 400 and < 500, _) => "refused",
        _ => "failed",
    };

    public static long TokensOf(RequestRow row) =>
        row.InputTokens + row.CacheReadTokens + row.CacheWriteTokens + row.OutputTokens + row.ReasoningTokens;

    public static long InputOf(RequestRow row) => row.InputTokens + row.CacheReadTokens + row.CacheWriteTokens;

    public static long OutputOf(RequestRow row) => row.OutputTokens + row.ReasoningTokens;

    /// <summary>The cost; a price that is not known is not zero.</summary>
    public static string Cost(RequestRow row) => row.Unpriced
        ? row.CostUsd == 0 ? "unpriced" : $"≥ {Format.Money(row.CostUsd)}"
        : Format.Money(row.CostUsd);

    /// <summary>The model that answered; where none did, what was asked for.</summary>
    public static string ModelOf(RequestRow row) => row.Model ?? (row.RequestedModel.Length > 0 ? row.RequestedModel : "no model named");

    /// <summary>Whose call it was; members call without a key.</summary>
    public static string KeyText(RequestRow row) => row.KeyName ?? row.KeyId ?? (row.Dialect == Domain.Metering.UsageEvent.ProviderTest ? "Provider test" : "Playground");

    /// <summary>Whether a call that was just metered belongs to the shown rows.</summary>
    public static bool Matches(RequestFilter filter, Domain.Metering.UsageEvent usage) =>
        (filter.Model is null || filter.Model == usage.Model)
        && (filter.KeyId is null || filter.KeyId == usage.KeyId)
        && (filter.Provider is null || filter.Provider == usage.Provider)
        && (filter.Tier is null || filter.Tier == usage.Tier)
        && (filter.EndUser is null || filter.EndUser == usage.EndUser)
        && (filter.Tag is null || usage.Tags.Contains(filter.Tag))
        && filter.Status switch
        {
            null => true,
            "ok" => usage.Status is >= 200 and < 300 && usage.EndReason is Domain.Metering.EndReason.Completed,
            "error" => usage.Status >= 400 || usage.EndReason is not Domain.Metering.EndReason.Completed,
            var code => code == usage.Status.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
}
