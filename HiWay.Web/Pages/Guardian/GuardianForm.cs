using System.Globalization;
using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Guardian;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Guardian;

/// <summary>One rule as a form.</summary>
public sealed class GuardianRuleForm
{
    private readonly GuardianRuleView _saved;

    public GuardianRuleForm(GuardianRuleInfo info, GuardianRuleView saved)
    {
        (Info, _saved) = (info, saved);
        (Enabled, Action, AlertTarget) = (saved.Enabled, saved.Action, saved.AlertTarget ?? "");
        Figures = [.. info.Params.Select(param => FieldText.Of(saved.Params[param.Name]))];
    }

    public GuardianRuleInfo Info { get; }

    public string Name => Info.Rule.Text();

    public bool Enabled { get; set; }

    public string Action { get; set; }

    /// <summary>As typed, in the order of the rule's parameters.</summary>
    public string[] Figures { get; private set; }

    public string AlertTarget { get; set; }

    public bool IsChanged => Enabled != _saved.Enabled || Action != _saved.Action || AlertTarget != (_saved.AlertTarget ?? "")
        || Info.Params.Where((param, i) => Figures[i].Trim() != FieldText.Of(_saved.Params[param.Name])).Any();

    /// <summary>The name under which a parameter's error is kept.</summary>
    public string Field(string param) => $"{Name}.{param}";

    /// <summary>What to change; fields that cannot be read are among the errors.</summary>
    public GuardianRulePatch ToPatch(FieldErrors errors)
    {
        var figures = new Dictionary<string, decimal?>();
        for (var i = 0; i < Figures.Length; i++)
        {
            var (param, text) = (Info.Params[i], Figures[i].Trim());
            if (text.Length == 0 && param.Optional)
            {
                figures[param.Name] = null;
            }
            else if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var figure))
            {
                figures[param.Name] = figure;
            }
            else
            {
                errors.Add(Field(param.Name), param.Whole ? "A whole number." : "A number such as 2 or 0.85.");
            }
        }

        return new(Name, Enabled, Action, figures, AlertTarget == (_saved.AlertTarget ?? "") ? null : AlertTarget);
    }
}

/// <summary>The rules as a form, and what they do in words.</summary>
public sealed class GuardianForm(GuardianView saved)
{
    public IReadOnlyList<GuardianRuleForm> Rules { get; } = [.. GuardianCatalog.All.Select(info => new GuardianRuleForm(info, saved.Rules.Single(rule => rule.Rule == info.Rule.Text())))];

    public bool IsChanged => Rules.Any(rule => rule.IsChanged);

    /// <summary>The changed rules; null when a field cannot be read, and then the errors say which.</summary>
    public IReadOnlyList<GuardianRulePatch>? ToPatches(FieldErrors errors)
    {
        errors.Clear();
        List<GuardianRulePatch> patches = [.. Rules.Where(rule => rule.IsChanged).Select(rule => rule.ToPatch(errors))];
        return errors.Any ? null : patches;
    }

    /// <summary>Puts a refusal at its field: <c>rules[1].params.count</c> of the second rule that was sent.</summary>
    public static void Place(Refusal refusal, IReadOnlyList<GuardianRulePatch> sent, FieldErrors errors)
    {
        var parts = refusal.Param?.Split('.') ?? [];
        if (parts.Length > 1 && int.TryParse(parts[0].AsSpan("rules[".Length..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < sent.Count)
        {
            errors.Add($"{sent[index].Rule}.{parts[^1]}", refusal.Message);
        }
        else
        {
            errors.Add(refusal);
        }
    }

    public static string Words(GuardianAction action) => action switch
    {
        GuardianAction.Block => "Refuse the call (429)",
        GuardianAction.Throttle => "One call per second",
        GuardianAction.Suspend => "Suspend the key",
        GuardianAction.Reject => "Refuse the call (413)",
        GuardianAction.Downgrade => "One tier lower",
        GuardianAction.Truncate => "Leave out the oldest turns",
        GuardianAction.Alert => "Alert only",
    };

    public static string Title(string rule) => GuardianNames.ParseRule(rule) is { } known ? GuardianCatalog.Info(known).Title : rule;

    /// <summary>An event's action, as something that has been done.</summary>
    public static (string Text, Tone Tone) Done(string action) => GuardianNames.ParseAction(action) switch
    {
        GuardianAction.Block or GuardianAction.Reject => ("refused", Tone.Bad),
        GuardianAction.Suspend => ("suspended", Tone.Bad),
        GuardianAction.Throttle => ("throttled", Tone.Warn),
        GuardianAction.Downgrade => ("downgraded", Tone.Info),
        GuardianAction.Truncate => ("shortened", Tone.Info),
        GuardianAction.Alert => ("alert only", Tone.Neutral),
        null => (action, Tone.Neutral),
    };
}
