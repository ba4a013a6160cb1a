namespace HiWay.Web.Components;

/// <summary>What a badge, dot or note means; the colour follows.</summary>
public enum Tone { Neutral, Accent, Good, Warn, Bad, Info }

public static class ToneNames
{
    /// <summary>The tone as class names spell it.</summary>
    public static string Text(this Tone tone) => tone switch
    {
        Tone.Neutral => "neutral",
        Tone.Accent => "accent",
        Tone.Good => "good",
        Tone.Warn => "warn",
        Tone.Bad => "bad",
        Tone.Info => "info",
    };
}
