using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Infrastructure.Guardian;

/// <summary>Between rows, settings and what is shown of them; and what a change must be like.</summary>
internal static class GuardianShapes
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>One rule as the row keeps it.</summary>
    private sealed record Stored(string Rule, bool Enabled, string Action, Dictionary<string, decimal?> Params, string? AlertTarget);

    /// <summary>The workspace's rules. What this version does not understand of a row is as if it were not set.</summary>
    public static GuardianSettings Settings(GuardianSettingsRow? row, GuardianSettings defaults)
    {
        var settings = defaults;
        foreach (var stored in row is null ? [] : JsonSerializer.Deserialize<List<Stored>>(row.Rules, s_json) ?? [])
        {
            var patch = new GuardianRulePatch(stored.Rule, stored.Enabled, stored.Action, stored.Params, stored.AlertTarget ?? "");
            settings = Apply(settings, patch, 0) is { Succeeded: true } applied ? applied.Value : settings;
        }

        return settings;
    }

    /// <summary>The row's JSON: the rules that differ from the installation's.</summary>
    public static string Store(GuardianSettings settings, GuardianSettings defaults) => JsonSerializer.Serialize(
        GuardianCatalog.All.Where(info => !Same(settings[info.Rule], defaults[info.Rule])).Select(info => settings[info.Rule] is var rule
            ? new Stored(info.Rule.Text(), rule.Enabled, rule.Action.Text(), Params(info, rule), rule.AlertTarget)
            : null), s_json);

    public static GuardianRuleView View(GuardianRuleInfo info, RuleSettings rule, long today, long lastDay) =>
        new(info.Rule.Text(), rule.Enabled, rule.Action.Text(), Params(info, rule), rule.AlertTarget, today, lastDay);

    public static GuardianEventView View(GuardianEventRow row) => new(
        row.Id, row.CreatedAt, row.LastAt, row.Rule, row.Action, row.KeyId, row.EndUser, row.RequestId, row.Detail, row.Value, row.Limit, row.Hits);

    public static GuardianRulePatch Patch(string slug, GuardianRuleOptions rule) => new(slug, rule.Enabled, rule.Action, rule.Params);

    /// <summary>The settings with one rule changed, or the field at fault.</summary>
    /// <param name="index">The rule's place in the caller's list, for the field's name.</param>
    public static Outcome<GuardianSettings> Apply(GuardianSettings settings, GuardianRulePatch patch, int index)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"rules[{index}]");
        if (GuardianNames.ParseRule(patch.Rule) is not { } rule)
        {
            return Invalid($"{path}.rule", $"'{patch.Rule}' is no rule. Known are {string.Join(", ", GuardianCatalog.All.Select(known => known.Rule.Text()))}.");
        }

        var (info, before) = (GuardianCatalog.Info(rule), settings[rule]);
        var action = before.Action;
        if (patch.Action is { } named)
        {
            // Refusing a prompt is what blocking means where the prompt is at fault.
            var wanted = rule is GuardianRule.ContextBloat && named == "block" ? GuardianAction.Reject : GuardianNames.ParseAction(named);
            if (wanted is not { } known || !info.Actions.Contains(known))
            {
                return Invalid($"{path}.action", $"'{named}' is no action of {patch.Rule}. It can {string.Join(", ", info.Actions.Select(one => one.Text()))}.");
            }

            action = known;
        }

        decimal?[] values = [.. before.Values];
        foreach (var (name, value) in patch.Params ?? new Dictionary<string, decimal?>())
        {
            var at = info.Params.ToList().FindIndex(param => param.Name == name);
            if (at < 0)
            {
                return Invalid($"{path}.params.{name}", $"{patch.Rule} has no parameter '{name}'. It has {string.Join(", ", info.Params.Select(param => param.Name))}.");
            }

            if (Wrong(info.Params[at], value) is { } wrong)
            {
                return Invalid($"{path}.params.{name}", wrong);
            }

            values[at] = value;
        }

        return settings.With(rule, new(patch.Enabled ?? before.Enabled, action, values, patch.AlertTarget is null ? before.AlertTarget : patch.AlertTarget.Length == 0 ? null : patch.AlertTarget));
    }

    /// <summary>What the audit log keeps of the rules.</summary>
    public static Dictionary<string, string?> Facts(GuardianSettings settings)
    {
        var facts = new Dictionary<string, string?>();
        foreach (var info in GuardianCatalog.All)
        {
            var rule = settings[info.Rule];
            facts[info.Rule.Text()] = string.Join(", ", [
                rule.Enabled ? "on" : "off", rule.Action.Text(),
                .. info.Params.Select((param, i) => $"{param.Name} {rule.Values[i]?.ToString(CultureInfo.InvariantCulture) ?? "none"}"),
                .. rule.AlertTarget is { } target ? [$"alert_target {target}"] : Array.Empty<string>()]);
        }

        return facts;
    }

    public static Refusal Invalid(string param, string message) => new(RefusalKind.Invalid, message, param);

    private static string? Wrong(GuardianParam param, decimal? value) =>
        value is null ? param.Optional ? null : $"'{param.Name}' must be a number."
        : value < param.Min || value > param.Max || (param.Whole && value != decimal.Truncate(value.Value))
            ? $"'{param.Name}' must be a {(param.Whole ? "whole " : "")}number from {param.Min.ToString(CultureInfo.InvariantCulture)} to {param.Max.ToString(CultureInfo.InvariantCulture)}{(param.Optional ? ", or null" : "")}."
            : null;

    private static Dictionary<string, decimal?> Params(GuardianRuleInfo info, RuleSettings rule) =>
        info.Params.Select((param, i) => (param.Name, Value: rule.Values[i])).ToDictionary(one => one.Name, one => one.Value);

    private static bool Same(RuleSettings one, RuleSettings other) =>
        one.Enabled == other.Enabled && one.Action == other.Action && one.AlertTarget == other.AlertTarget && one.Values.SequenceEqual(other.Values);
}
