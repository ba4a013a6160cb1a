namespace HiWay.Domain.Shield;

/// <summary>How a workspace wants to be shielded; the defaults are those of a new workspace.</summary>
/// <param name="Threshold">Score from which block mode refuses, 0..1.</param>
/// <param name="RetentionDays">How long security events are kept.</param>
/// <param name="ScanOutput">Answers are looked at for leaked secrets too.</param>
public sealed record ShieldSettings(ShieldMode Mode, double Threshold, int RetentionDays, bool ScanOutput)
{
    public static ShieldSettings Default { get; } = new(ShieldMode.Monitor, 0.85, 90, false);
}
