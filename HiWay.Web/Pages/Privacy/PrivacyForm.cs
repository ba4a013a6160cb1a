using HiWay.Infrastructure.Privacy;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Privacy;

/// <summary>A custom pattern while it is edited.</summary>
public sealed class PatternField
{
    public string Name { get; set; } = "";

    public string Pattern { get; set; } = "";
}

/// <summary>A workspace's masking as a form.</summary>
public sealed class PrivacyForm
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["scope", "families", "key_prefixes", "custom_patterns"];

    private readonly PrivacyView _saved;

    public PrivacyForm(PrivacyView saved)
    {
        _saved = saved;
        (Enabled, Scope, Restore) = (saved.Enabled, saved.Scope, saved.Restore);
        Families = [.. saved.Families];
        KeyPrefixes = string.Join(", ", saved.KeyPrefixes);
        Patterns = [.. saved.CustomPatterns.Select(pattern => new PatternField { Name = pattern.Name, Pattern = pattern.Pattern })];
    }

    public static IReadOnlyList<(string Value, string Name, string Text)> AllFamilies { get; } =
    [
        ("email", "E-mail", "Addresses with a domain."),
        ("phone", "Phone", "International and national numbers."),
        ("card", "Card", "Issuer, length and check digit agree."),
        ("iban", "IBAN", "Country, length and checksum agree."),
        ("api_key", "API keys", "OpenAI, Anthropic, AWS, GitHub, Slack, Stripe and some forty more."),
    ];

    public static IReadOnlyList<(string Value, string Name, string Text)> Scopes { get; } =
    [
        ("full", "Providers too", "Prompts leave with placeholders; the provider never sees the values."),
        ("cache_only", "Only what HiWay keeps", "Prompts leave as they are; caches and their keys hold placeholders."),
    ];

    public bool Enabled { get; set; }

    public string Scope { get; set; }

    public bool Restore { get; set; }

    public HashSet<string> Families { get; private set; }

    public string KeyPrefixes { get; set; }

    public List<PatternField> Patterns { get; private set; }

    public bool IsChanged => Enabled != _saved.Enabled || Scope != _saved.Scope || Restore != _saved.Restore || !Families.SetEquals(_saved.Families)
        || !FieldText.Words(KeyPrefixes).SequenceEqual(_saved.KeyPrefixes)
        || !Shown.SequenceEqual(_saved.CustomPatterns);

    public PrivacyPatch ToPatch() => new(
        Enabled, Scope, Restore, [.. AllFamilies.Select(family => family.Value).Where(Families.Contains)], [.. FieldText.Words(KeyPrefixes)], [.. Shown]);

    public void Toggle(string family, bool on)
    {
        if (on)
        {
            Families.Add(family);
        }
        else
        {
            Families.Remove(family);
        }
    }

    /// <summary>Rows that were left empty do not count.</summary>
    private IEnumerable<CustomPatternView> Shown =>
        Patterns.Where(row => row.Name.Trim().Length + row.Pattern.Length > 0).Select(row => new CustomPatternView(row.Name.Trim(), row.Pattern));
}
