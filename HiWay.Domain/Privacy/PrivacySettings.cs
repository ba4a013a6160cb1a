namespace HiWay.Domain.Privacy;

/// <summary>How far masking reaches.</summary>
public enum MaskScope
{
    /// <summary>Only what HiWay itself keeps: cache keys and cached texts.</summary>
    CacheOnly,

    /// <summary>What goes to the provider too.</summary>
    Full,
}

public static class MaskScopeNames
{
    public static string Text(this MaskScope scope) => scope == MaskScope.Full ? "full" : "cache_only";

    public static MaskScope? Parse(string? text) => text switch
    {
        "full" => MaskScope.Full,
        "cache_only" => MaskScope.CacheOnly,
        _ => null,
    };
}

/// <summary>A workspace's masking, ready to run.</summary>
/// <param name="Restore">Placeholders in answers become the values again.</param>
public sealed record PrivacySettings(bool Enabled, MaskScope Scope, bool Restore, IReadOnlyList<PiiFamily> Families, PiiScanner Scanner)
{
    /// <summary>Masking is off until someone wants it.</summary>
    public static PrivacySettings Off { get; } = new(false, MaskScope.Full, true, [PiiFamily.Email, PiiFamily.Phone, PiiFamily.Card, PiiFamily.Iban, PiiFamily.ApiKey], PiiScanner.Everything);

    /// <summary>Prompts leave masked.</summary>
    public bool MasksUpstream => Enabled && Scope == MaskScope.Full && !Scanner.IsEmpty;
}
