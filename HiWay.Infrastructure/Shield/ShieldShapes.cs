using System.Globalization;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Shield;

/// <summary>Between rows, settings and what is shown of them.</summary>
internal static class ShieldShapes
{
    /// <summary>A mode that this version does not know watches; it neither blocks nor looks away.</summary>
    public static ShieldSettings Settings(SecuritySettingsRow? row) => row is null
        ? ShieldSettings.Default
        : new(ShieldNames.ParseMode(row.Mode) ?? ShieldMode.Monitor, row.Threshold, row.RetentionDays, row.ScanOutput);

    /// <exception cref="InvalidDataException">A row holds no network: the workspace keeps its last rules rather than lose one.</exception>
    public static IpRules Rules(IReadOnlyList<IpRuleRow> rows) => rows.Count == 0 ? IpRules.None : new(rows.Select(row =>
        (IpRules.TryParse(row.Cidr, out var network) ? network : throw new InvalidDataException($"'{row.Cidr}' is no network."), row.Action == "allow")));

    public static SecurityConfigView View(ShieldSettings settings) => new(settings.Mode.Text(), settings.Threshold, settings.RetentionDays, settings.ScanOutput);

    public static IpRuleView View(IpRuleRow row) => new(row.Id, row.Cidr, row.Action, row.Comment, row.CreatedAt);

    public static SecurityEventView View(SecurityEventRow row) => new(
        row.Id, row.CreatedAt, row.ThreatType, row.Score, row.Action, row.Direction, row.Mode, row.Detail, row.KeyId, row.EndUser, row.Model, row.IpAddress, row.RequestId, row.PromptSha256);

    public static Dictionary<string, string?> Facts(ShieldSettings settings) => new()
    {
        ["mode"] = settings.Mode.Text(),
        ["threshold"] = settings.Threshold.ToString(CultureInfo.InvariantCulture),
        ["retention_days"] = settings.RetentionDays.ToString(CultureInfo.InvariantCulture),
        ["scan_output"] = settings.ScanOutput ? "true" : "false",
    };
}
