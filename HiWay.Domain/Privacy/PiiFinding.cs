namespace HiWay.Domain.Privacy;

/// <summary>Kinds of personal data that can be switched on and off, in the order in which they claim text.</summary>
public enum PiiFamily
{
    /// <summary>A workspace's own named pattern; runs before all others.</summary>
    Custom,
    ApiKey,
    Email,
    Iban,
    Card,
    Phone,
}

/// <summary>One piece of personal data or one secret in a text.</summary>
/// <param name="Start">Byte offset in the scanned UTF-8 text.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Type">What exactly it is: <c>email</c>, <c>card</c>, <c>github_token</c>; for a custom pattern its name.</param>
public readonly record struct PiiFinding(int Start, int Length, PiiFamily Family, string Type)
{
    public int End => Start + Length;
}

/// <summary>How families are spelt in settings and in placeholders.</summary>
public static class PiiFamilyNames
{
    /// <summary>All families that a workspace can choose, as <c>families[]</c> spells them.</summary>
    public static IReadOnlyList<string> All { get; } = ["email", "phone", "card", "iban", "api_key"];

    /// <summary>Null for unknown names. The plural is understood too.</summary>
    public static PiiFamily? Parse(string? name) => name switch
    {
        "email" or "emails" => PiiFamily.Email,
        "phone" or "phones" => PiiFamily.Phone,
        "card" or "cards" => PiiFamily.Card,
        "iban" or "ibans" => PiiFamily.Iban,
        "api_key" or "api_keys" => PiiFamily.ApiKey,
        _ => null,
    };

    public static string Text(this PiiFamily family) => family switch
    {
        PiiFamily.Email => "email",
        PiiFamily.Phone => "phone",
        PiiFamily.Card => "card",
        PiiFamily.Iban => "iban",
        PiiFamily.ApiKey => "api_key",
        PiiFamily.Custom => "custom",
    };
}
