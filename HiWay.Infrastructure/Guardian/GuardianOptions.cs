using HiWay.Domain.Guardian;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Guardian;

/// <summary>Section <c>Guardian</c> of the settings: what holds for workspaces that set nothing.</summary>
public sealed class GuardianOptions
{
    public const string Section = "Guardian";

    public int EventRetentionDays { get; set; } = 90;

    /// <summary>By rule: <c>Guardian:Rules:dedup:Enabled</c>. What is left out is as product and documentation say.</summary>
    public Dictionary<string, GuardianRuleOptions> Rules { get; set; } = [];
}

public sealed class GuardianRuleOptions
{
    public bool? Enabled { get; set; }

    public string? Action { get; set; }

    public Dictionary<string, decimal?> Params { get; set; } = [];
}

/// <summary>Lists all that is wrong, each with its full name.</summary>
internal sealed class GuardianOptionsCheck : IValidateOptions<GuardianOptions>
{
    public ValidateOptionsResult Validate(string? name, GuardianOptions options)
    {
        var wrong = new List<string>();
        if (options.EventRetentionDays is < 1 or > 3_650)
        {
            wrong.Add($"`Guardian:EventRetentionDays` is {options.EventRetentionDays}, not from 1 to 3650. Example: 90.");
        }

        foreach (var (slug, rule) in options.Rules)
        {
            if (GuardianShapes.Apply(GuardianSettings.Default, GuardianShapes.Patch(slug, rule), 0).Refusal is { } refusal)
            {
                wrong.Add($"`Guardian:Rules:{slug}`: {refusal.Message}");
            }
        }

        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}

/// <summary>What holds for workspaces that set nothing.</summary>
internal sealed class GuardianDefaults(IOptions<GuardianOptions> options)
{
    public GuardianSettings Settings { get; } = options.Value.Rules.Aggregate(
        GuardianSettings.Default, (settings, rule) => GuardianShapes.Apply(settings, GuardianShapes.Patch(rule.Key, rule.Value), 0).Value);
}
