using System.Text.RegularExpressions;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Dialects.Bedrock;
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
    private static readonly string[] s_profiles = ["us", "eu", "apac", "jp", "au", "ca", "us-gov", "global"];

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

    /// <summary>The key as it is stored: what was pasted, or for AWS the parts of an access key put together.</summary>
    public static Outcome<string> ApiKey(string? given, AwsAccessKey? parts, ProviderDefinition provider)
    {
        if (parts is null || parts.IsEmpty)
        {
            return ApiKey(given, provider);
        }

        if (provider.Slug != ProviderAddress.Bedrock)
        {
            return new Refusal(RefusalKind.Invalid, $"'access_key_id' is AWS's; {provider.Name} has one key, in 'api_key'.", "access_key_id");
        }

        if (!string.IsNullOrWhiteSpace(given))
        {
            return new Refusal(RefusalKind.Invalid, "Give either 'api_key' (a Bedrock API key) or 'access_key_id' with 'secret_access_key', not both.", "api_key");
        }

        var (id, secret, token) = (parts.AccessKeyId?.Trim() ?? "", parts.SecretAccessKey?.Trim() ?? "", parts.SessionToken?.Trim() ?? "");
        return !AccessKeyId().IsMatch(id)
            ? new Refusal(RefusalKind.Invalid, "'access_key_id' must be the 16 to 128 letters and digits of an AWS access key. Example: AKIAIOSFODNN7EXAMPLE", "access_key_id")
            : secret.Length == 0 || secret.Contains(':', StringComparison.Ordinal)
                ? new Refusal(RefusalKind.Invalid, "'secret_access_key' is missing, or is none of AWS's.", "secret_access_key")
                : token.Contains(':', StringComparison.Ordinal)
                    ? new Refusal(RefusalKind.Invalid, "'session_token' is none of AWS's.", "session_token")
                    : ApiKey(AwsKeys.Join(id, secret, token), provider);
    }

    /// <summary>What a provider must be told beside key and address; a field that is not its own is refused.</summary>
    /// <param name="baseUrl">The credential's own address, which can stand in for a region or a resource.</param>
    public static Outcome<ProviderSettings> Settings(ProviderSettings? given, ProviderDefinition provider, Uri? baseUrl)
    {
        var settings = (given ?? ProviderSettings.None).Trimmed();
        foreach (var (name, value) in settings.Named())
        {
            if (value is not null && !provider.Fields.Any(field => field.Name == name))
            {
                return Wrong(name, $"'settings.{name}' means nothing to {provider.Name}; leave it out.");
            }
        }

        if (settings.Region is { } region && !RegionName().IsMatch(region))
        {
            return Wrong("region", $"'settings.region' is '{region}'; it must be a region's name. Example: {(provider.Slug == ProviderAddress.Bedrock ? "eu-central-1" : "europe-west4")}");
        }

        if (settings.Resource is { } resource && !ResourceName().IsMatch(resource))
        {
            return Wrong("resource", "'settings.resource' must be the first part of the endpoint's host name: 2 to 64 letters, digits and hyphens. Example: my-resource");
        }

        if (settings.ApiVersion is { } version && !VersionName().IsMatch(version))
        {
            return Wrong("api_version", $"'settings.api_version' is '{version}'; it must be a date, with -preview where the version is one. Example: 2024-10-21");
        }

        if (settings.Project is { } project && !ProjectName().IsMatch(project))
        {
            return Wrong("project", "'settings.project' must be a Google Cloud project's id or number. Example: my-project-123");
        }

        if (settings.InferenceProfile is { } profile && !s_profiles.Contains(profile))
        {
            return Wrong("inference_profile", $"'settings.inference_profile' must be one of {string.Join(", ", s_profiles)}.");
        }

        if (settings.Deployments is { } deployments && (deployments.Count > MaxModels || deployments.Any(pair => !DeploymentName().IsMatch(pair.Value ?? "") || pair.Key.Length is 0 or > MaxModelLength)))
        {
            return Wrong("deployments", "'settings.deployments' must map models to deployments' names of 1 to 64 letters, digits and _.-. Example: {\"gpt-4o\": \"my-gpt4o\"}");
        }

        return (provider.Slug, baseUrl) switch
        {
            (ProviderAddress.Bedrock, null) when settings.Region is null => Wrong("region", "'settings.region' is missing; AWS has an address per region. Example: eu-central-1"),
            (ProviderAddress.Azure, null) when settings.Resource is null => Wrong("resource", "'settings.resource' is missing: the first part of the endpoint's host name. Give it, or a 'base_url'."),
            _ => settings,
        };

        static Outcome<ProviderSettings> Wrong(string field, string message) => new Refusal(RefusalKind.Invalid, message, $"settings.{field}");
    }

    /// <param name="given">Null or empty takes the provider's own.</param>
    public static Outcome<Uri?> BaseUrl(string? given, ProviderDefinition provider, EgressOptions egress)
    {
        if (string.IsNullOrWhiteSpace(given))
        {
            return provider.BaseUrl is null && provider.Fields.Count == 0
                ? new Refusal(RefusalKind.Invalid, $"'base_url' is missing; {provider.Name} has no address of its own. Example: https://llm.example.com/v1", "base_url")
                : new Outcome<Uri?>();
        }

        var checkedUrl = OutgoingUrl.CheckBase(given, "base_url", egress);
        return checkedUrl.Refusal is { } refusal ? refusal : checkedUrl.Value;
    }

    /// <summary>An empty list is refused for servers without a catalogue: nothing could be called.</summary>
    public static Outcome<List<string>?> Models(IReadOnlyList<string>? given, ProviderDefinition provider)
    {
        var own = provider.Custom || provider.Slug == ProviderAddress.Vertex || (provider.Fields.Count == 0 && provider.BaseUrl is null or { IsLoopback: true });
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

    [GeneratedRegex("^[A-Za-z0-9]{16,128}$", RegexOptions.CultureInvariant)]
    private static partial Regex AccessKeyId();

    [GeneratedRegex("^[a-z]{2,12}(-[a-z]+)*(-?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex RegionName();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,62}[A-Za-z0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex ResourceName();

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?$", RegexOptions.CultureInvariant)]
    private static partial Regex VersionName();

    [GeneratedRegex("^[a-z0-9][a-z0-9:.-]{3,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex ProjectName();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex DeploymentName();
}
