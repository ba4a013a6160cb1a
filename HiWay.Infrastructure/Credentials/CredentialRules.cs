using System.Text.RegularExpressions;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Credentials;

/// <summary>What a provider's settings must be like; each refusal names its field.</summary>
internal static partial class CredentialRules
{
    public const int MaxApiKeyLength = 4096;
    public const int MaxModels = 500;
    private const int MaxModelLength = 200;

    private static readonly string[] s_kinds = ["openai", "anthropic"];

    /// <summary>The definition behind a slug, or why there is none: unknown names need a kind, known ones take none.</summary>
    public static Outcome<ProviderDefinition> Provider(string slug, string? kind)
    {
        if (ProviderCatalogue.Find(slug) is { } builtIn)
        {
            return kind is null || ProviderCatalogue.Custom(slug, kind)?.Dialect == builtIn.Dialect
                ? builtIn
                : new Refusal(RefusalKind.Invalid, $"'{slug}' is a built-in provider and does not speak '{kind}'; leave 'kind' out. For a server of your own choose another name.", "kind");
        }

        if (ProviderCatalogue.IsBuiltIn(slug))
        {
            return new Refusal(RefusalKind.Invalid, $"'{slug}' cannot be used as a provider here. Known: {string.Join(", ", ProviderCatalogue.All.Select(provider => provider.Slug))}.", "provider");
        }

        if (!Slug().IsMatch(slug))
        {
            return new Refusal(RefusalKind.Invalid, "A provider's name has 2 to 40 lower-case letters, digits or hyphens and starts with a letter. Example: my-server.", "provider");
        }

        return kind is not null && s_kinds.Contains(kind) && ProviderCatalogue.Custom(slug, kind) is { } custom
            ? custom
            : new Refusal(RefusalKind.Invalid, $"'{slug}' is no built-in provider, so 'kind' must say which API it speaks: openai or anthropic.", "kind");
    }

    /// <param name="given">Trimmed; empty where the provider needs none.</param>
    public static Outcome<string> ApiKey(string? given, ProviderDefinition provider)
    {
        var key = given?.Trim() ?? "";
        if (key.Length == 0)
        {
            return provider.NeedsApiKey ? Wrong($"'api_key' is missing; {provider.Name} needs one.") : key;
        }

        // Header values are visible ASCII; anything else is a slip while pasting, and some handlers would throw on it much later.
        return key.Length > MaxApiKeyLength || key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? Wrong($"'api_key' must be at most {MaxApiKeyLength} visible ASCII characters without spaces. Was more than the key pasted?")
            : key;

        static Outcome<string> Wrong(string message) => new Refusal(RefusalKind.Invalid, message, "api_key");
    }

    /// <param name="given">Null or empty takes the provider's own.</param>
    public static Outcome<Uri?> BaseUrl(string? given, ProviderDefinition provider, EgressOptions egress)
    {
        if (string.IsNullOrWhiteSpace(given))
        {
            return provider.BaseUrl is null
                ? new Refusal(RefusalKind.Invalid, $"'base_url' is missing; {provider.Name} has no address of its own. Example: https://llm.example.com/v1", "base_url")
                : new Outcome<Uri?>();
        }

        var checkedUrl = OutgoingUrl.CheckBase(given, "base_url", egress);
        return checkedUrl.Refusal is { } refusal ? refusal : checkedUrl.Value;
    }

    /// <summary>An empty list is refused for servers without a catalogue: nothing could be called.</summary>
    public static Outcome<List<string>?> Models(IReadOnlyList<string>? given, ProviderDefinition provider)
    {
        var own = provider.Custom || provider.BaseUrl is null or { IsLoopback: true };
        if (given is null or { Count: 0 })
        {
            return own
                ? Wrong($"'models' is missing; name the models that {provider.Name} serves. Example: [\"llama-3.3-70b\"]")
                : new Outcome<List<string>?>();
        }

        var names = given.Select(name => name?.Trim() ?? "").Distinct(StringComparer.Ordinal).ToList();
        return names.Count > MaxModels || names.Any(name => name.Length is 0 or > MaxModelLength || name.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)))
            ? Wrong($"'models' must be at most {MaxModels} names of 1 to {MaxModelLength} characters without spaces.")
            : names;

        static Outcome<List<string>?> Wrong(string message) => new Refusal(RefusalKind.Invalid, message, "models");
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{1,39}$", RegexOptions.CultureInvariant)]
    private static partial Regex Slug();
}
