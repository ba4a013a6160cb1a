namespace HiWay.Domain.Shield;

/// <summary>What the Shield looks for.</summary>
public enum ThreatType
{
    PromptInjection,
    PromptExtraction,
    Jailbreak,
    Pii,
    Secrets,
}

/// <summary>What a workspace or key wants done about threats.</summary>
public enum ShieldMode
{
    Off,

    /// <summary>Looked at aside and written down; never delays a call.</summary>
    Monitor,

    /// <summary>Refused before anything leaves.</summary>
    Block,
}

/// <summary>One threat in one text.</summary>
/// <param name="Score">0..1.</param>
/// <param name="Detail">Which kinds of data were seen, in words; never the data. Null for attacks.</param>
public readonly record struct Threat(ThreatType Type, double Score, string? Detail = null);

public static class ShieldNames
{
    public static IReadOnlyList<string> Modes { get; } = ["off", "monitor", "block"];

    public static string Text(this ThreatType type) => type switch
    {
        ThreatType.PromptInjection => "prompt_injection",
        ThreatType.PromptExtraction => "prompt_extraction",
        ThreatType.Jailbreak => "jailbreak",
        ThreatType.Pii => "pii",
        ThreatType.Secrets => "secrets",
    };

    public static string Text(this ShieldMode mode) => mode switch
    {
        ShieldMode.Off => "off",
        ShieldMode.Monitor => "monitor",
        ShieldMode.Block => "block",
    };

    public static ShieldMode? ParseMode(string? text) => text switch
    {
        "off" => ShieldMode.Off,
        "monitor" => ShieldMode.Monitor,
        "block" => ShieldMode.Block,
        _ => null,
    };
}
