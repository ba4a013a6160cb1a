using System.Globalization;
using HiWay.Domain.Judging;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Judging;

/// <summary>From the row to what the calls, the audit log and the books see.</summary>
internal static class JudgeShapes
{
    /// <summary>Null where nothing is rated.</summary>
    public static JudgeSettings? Settings(JudgeSettingsRow? row) =>
        row is { Enabled: true, Model: { } model, SampleRate: > 0 } ? new(row.SampleRate, model, row.DailyLimitUsd) : null;

    public static JudgeSettingsRow Default(string workspaceId) => new()
    {
        WorkspaceId = workspaceId, SampleRate = JudgeSettings.DefaultSampleRate, DailyLimitUsd = JudgeSettings.DefaultDailyLimitUsd,
    };

    public static Dictionary<string, string?> Facts(JudgeSettingsRow row) => new(StringComparer.Ordinal)
    {
        ["enabled"] = row.Enabled ? "true" : "false",
        ["sample_rate"] = row.SampleRate.ToString(CultureInfo.InvariantCulture),
        ["model"] = row.Model,
        ["daily_limit_usd"] = row.DailyLimitUsd.ToString("0.######", CultureInfo.InvariantCulture),
    };
}
