using System.Globalization;
using HiWay.Infrastructure.Budgets;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Budget;

/// <summary>What a person fills in for Budget Control: caps in dollars, thresholds in per cent of the cap.</summary>
public sealed class BudgetForm
{
    public static readonly string[] Fields = ["cap_usd", "warn_at", "downgrade_at", "light_only_at", "block_at", "end_user_cap_usd"];

    private readonly BudgetDraft _saved;

    public BudgetForm(BudgetView budget)
    {
        _saved = new(budget.CapUsd, budget.WarnAt, budget.DowngradeAt, budget.LightOnlyAt, budget.BlockAt, budget.EndUserCapUsd);
        (Cap, EndUserCap) = (Usd(budget.CapUsd), Usd(budget.EndUserCapUsd));
        (Warn, Downgrade, LightOnly, Block) = (Share(budget.WarnAt), Share(budget.DowngradeAt), Share(budget.LightOnlyAt), Share(budget.BlockAt));
    }

    public string Cap { get; set; }

    public string EndUserCap { get; set; }

    public string Warn { get; set; }

    public string Downgrade { get; set; }

    public string LightOnly { get; set; }

    public string Block { get; set; }

    public bool IsChanged => ToDraft(new FieldErrors()) != _saved;

    /// <summary>The draft to send; null when something cannot be read, and then the errors say what.</summary>
    public BudgetDraft? ToDraft(FieldErrors errors)
    {
        errors.Clear();
        var draft = new BudgetDraft(
            FieldText.Usd(Cap, "cap_usd", errors), Percent(Warn, "warn_at", errors), Percent(Downgrade, "downgrade_at", errors), Percent(LightOnly, "light_only_at", errors),
            Percent(Block, "block_at", errors), FieldText.Usd(EndUserCap, "end_user_cap_usd", errors));
        return errors.Any ? null : draft;
    }

    private static decimal Percent(string text, string field, FieldErrors errors)
    {
        if (decimal.TryParse(text.Trim().TrimEnd('%').Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0m and <= 100m)
        {
            return percent / 100m;
        }

        errors.Add(field, "Per cent of the cap: above 0 and at most 100.");
        return 0m;
    }

    private static string Usd(decimal? usd) => usd?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    private static string Share(decimal share) => (share * 100m).ToString("0.####", CultureInfo.InvariantCulture);
}
