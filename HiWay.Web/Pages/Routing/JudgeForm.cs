using System.Globalization;
using HiWay.Infrastructure.Judging;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Routing;

/// <summary>What a person fills in for the judge: the share in per cent of the answers, the limit in dollars a day.</summary>
public sealed class JudgeForm(JudgeView saved)
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["model", "sample_rate", "daily_limit_usd"];

    public bool Enabled { get; set; } = saved.Enabled;

    public string? Model { get; set; } = saved.Model;

    public string Share { get; set; } = Percent(saved.SampleRate);

    public string DailyLimit { get; set; } = FieldText.Of(saved.DailyLimitUsd);

    public bool IsChanged => Enabled != saved.Enabled || Model != saved.Model || Share.Trim() != Percent(saved.SampleRate) || DailyLimit.Trim() != FieldText.Of(saved.DailyLimitUsd);

    /// <summary>What to send; null when something cannot be read, and then the errors say what.</summary>
    public JudgePatch? ToPatch(FieldErrors errors)
    {
        errors.Clear();
        if (!decimal.TryParse(Share.Trim().TrimEnd('%').Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent))
        {
            errors.Add("sample_rate", "Per cent of the answers: from 0 to 100, such as 5.");
        }

        var limit = FieldText.Usd(DailyLimit, "daily_limit_usd", errors);
        if (limit is null)
        {
            errors.Add("daily_limit_usd", "US dollars a day, such as 1.");
        }

        return errors.Any ? null : new() { Enabled = Enabled, Model = Model, SampleRate = (double)(percent / 100m), DailyLimitUsd = limit };
    }

    private static string Percent(double share) => ((decimal)share * 100m).ToString("0.####", CultureInfo.InvariantCulture);
}
