using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Budgets;

/// <summary>Section <c>Budgets</c> of the settings.</summary>
public sealed class BudgetOptions
{
    public const string Section = "Budgets";

    /// <summary>The most that a node takes of a cap beyond what its running calls need, in US dollars: what a lost node can keep from the others.</summary>
    public decimal MaxSliceUsd { get; set; } = 50m;

    /// <summary>How often a node tells the others what it has used, and asks what they have.</summary>
    public TimeSpan ExchangeInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a node may not be heard of before its slices are written off. A node cut off for nine tenths of that stops using them.</summary>
    public TimeSpan WriteOffAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Days that a cap's window is kept after its end: for nodes that come back late with calls of it.</summary>
    public int WindowRetentionDays { get; set; } = 62;

    /// <summary>Days that the budget page remembers when a cap's thresholds were reached.</summary>
    public int EventRetentionDays { get; set; } = 400;
}

/// <summary>Lists every problem of the section at start, with its key and an example.</summary>
internal sealed class BudgetOptionsCheck : IValidateOptions<BudgetOptions>
{
    public ValidateOptionsResult Validate(string? name, BudgetOptions options)
    {
        var problems = new List<string>();
        if (options.MaxSliceUsd <= 0m)
        {
            problems.Add($"`Budgets:MaxSliceUsd` is {options.MaxSliceUsd}; it must be above 0. Example: 50.");
        }

        if (options.ExchangeInterval < TimeSpan.FromMilliseconds(50) || options.ExchangeInterval > TimeSpan.FromSeconds(1))
        {
            problems.Add($"`Budgets:ExchangeInterval` is {options.ExchangeInterval}; it must be from 50 ms to 1 s. Example: 00:00:00.250.");
        }

        if (options.WriteOffAfter < TimeSpan.FromMinutes(1))
        {
            problems.Add($"`Budgets:WriteOffAfter` is {options.WriteOffAfter}; it must be at least a minute. Example: 1.00:00:00.");
        }

        if (options.WindowRetentionDays < 1)
        {
            problems.Add($"`Budgets:WindowRetentionDays` is {options.WindowRetentionDays}; it must be at least 1. Example: 62.");
        }

        // Shorter than a period, and a threshold would be told of twice in it.
        if (options.EventRetentionDays < 31)
        {
            problems.Add($"`Budgets:EventRetentionDays` is {options.EventRetentionDays}; it must be at least 31. Example: 400.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
