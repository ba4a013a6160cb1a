using System.Globalization;
using HiWay.Infrastructure.Shield;
using HiWay.Web.Components;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Security;

/// <summary>The Shield's settings as a form, and events in words.</summary>
public sealed class SecurityForm(SecurityConfigView saved)
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["mode", "threshold", "retention_days"];

    public static IReadOnlyList<(string Value, string Name, string Text)> Modes { get; } =
    [
        ("off", "Off", "Nothing is looked at."),
        ("monitor", "Monitor", "Looked at aside and written down; no call waits or is refused."),
        ("block", "Block", "Threats from the threshold on are refused with 400 before anything leaves."),
    ];

    public static IReadOnlyList<(string? Value, string Text)> Filters { get; } = [(null, "All"), ("blocked", "Blocked"), ("logged", "Logged")];

    public string Mode { get; set; } = saved.Mode;

    public string Threshold { get; set; } = saved.Threshold.ToString(CultureInfo.InvariantCulture);

    public string RetentionDays { get; set; } = saved.RetentionDays.ToString(CultureInfo.InvariantCulture);

    public bool ScanOutput { get; set; } = saved.ScanOutput;

    public bool IsChanged => Mode != saved.Mode || ScanOutput != saved.ScanOutput
        || Threshold.Trim() != saved.Threshold.ToString(CultureInfo.InvariantCulture) || RetentionDays.Trim() != saved.RetentionDays.ToString(CultureInfo.InvariantCulture);

    /// <summary>Null when a field cannot be read, and then the errors say which.</summary>
    public SecurityConfigPatch? ToPatch(FieldErrors errors)
    {
        errors.Clear();
        if (!double.TryParse(Threshold.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var threshold))
        {
            errors.Add("threshold", "A number above 0 and at most 1, such as 0.85.");
        }

        if (!int.TryParse(RetentionDays.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var days))
        {
            errors.Add("retention_days", "A whole number of days.");
        }

        return errors.Any ? null : new(Mode, threshold, days, ScanOutput);
    }

    public static Tone ToneOf(SecurityEventView seen) => seen.Action == "blocked" ? Tone.Bad : Tone.Warn;

    public static string Threat(string type) => type switch
    {
        "prompt_injection" => "Prompt injection",
        "prompt_extraction" => "Prompt extraction",
        "jailbreak" => "Jailbreak",
        "pii" => "Personal data",
        "secrets" => "Secrets",
        _ => type,
    };
}
