using System.Text.RegularExpressions;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Providers;

/// <summary>What a person fills in to connect a provider, or to name one of their own.</summary>
public sealed partial class ProviderForm
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields =
    [
        "provider", "kind", "api_key", "base_url", "models",
        .. ProviderCatalogue.All.SelectMany(provider => provider.Fields).Select(ErrorName).Distinct(),
    ];

    private const string Vertex = "vertex";

    /// <summary>Set for a provider that the workspace names itself; the slug can then be typed.</summary>
    public bool Custom { get; private init; }

    /// <summary>A credential exists already: a blank key keeps it.</summary>
    public bool Exists { get; private init; }

    public string Slug { get; set; } = "";

    /// <summary>What people call the provider.</summary>
    public string Name { get; private init; } = "";

    /// <summary><c>openai</c> or <c>anthropic</c>; only for custom ones.</summary>
    public string Kind { get; set; } = "openai";

    public string ApiKey { get; set; } = "";

    public bool NeedsApiKey { get; private init; } = true;

    public string? KeysUrl { get; private init; }

    public string BaseUrl { get; set; } = "";

    /// <summary>What this provider must be told besides; rendered in this order.</summary>
    public IReadOnlyList<ProviderField> Further { get; private init; } = [];

    /// <summary>What is filled in there, by the field's name.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Model ids, one a line or between commas.</summary>
    public string Models { get; set; } = "";

    public bool Enabled { get; set; } = true;

    /// <summary>Whether the address cannot come from HiWay: an own provider, or one that everybody runs elsewhere.</summary>
    public bool NeedsBaseUrl { get; private init; }

    /// <summary>Whether the models cannot come from the catalogue: every such server runs its owner's own.</summary>
    public bool NeedsModels => Custom || !NeedsApiKey || Slug == Vertex;

    public static ProviderForm ForCustom() => new() { Custom = true, NeedsApiKey = false, NeedsBaseUrl = true };

    public static ProviderForm Of(ProviderView provider)
    {
        var exists = provider.Status is not "not_configured";
        var further = ProviderCatalogue.Find(provider.Provider)?.Fields ?? [];
        var form = new ProviderForm
        {
            Custom = provider.Custom,
            Exists = exists,
            Slug = provider.Provider,
            Name = provider.Name,
            Kind = provider.Kind ?? "openai",
            NeedsApiKey = provider.NeedsApiKey,
            KeysUrl = provider.KeysUrl,
            BaseUrl = ProvidersView.OwnAddress(provider) ?? "",
            NeedsBaseUrl = provider.Custom || ProvidersView.HasNoAddressOfItsOwn(provider.Provider),
            Models = string.Join('\n', provider.Models ?? []),
            Enabled = !exists || provider.Enabled,
            Further = further,
        };
        foreach (var (name, value) in (provider.Settings ?? ProviderSettings.None).Named())
        {
            form.Values[name] = name == "deployments" ? (value ?? "").Replace(", ", "\n", StringComparison.Ordinal) : value ?? "";
        }

        return form;
    }

    /// <summary>The name that an error of the field comes under: settings are an object of their own.</summary>
    public static string ErrorName(ProviderField field) => field.Secret ? field.Name : $"settings.{field.Name}";

    /// <summary>The draft to send; null when something is missing, and then the errors say what.</summary>
    public CredentialDraft? ToDraft(FieldErrors errors)
    {
        errors.Clear();
        var slug = Slug.Trim();
        if (!SlugForm().IsMatch(slug))
        {
            errors.Add("provider", "2 to 40 characters: small letters, digits and hyphens, beginning with a letter.");
        }

        var accessKey = new AwsAccessKey(Value("access_key_id"), Value("secret_access_key"), Value("session_token"));
        if (NeedsApiKey && !Exists && string.IsNullOrWhiteSpace(ApiKey) && accessKey.IsEmpty)
        {
            errors.Add("api_key", "Paste the provider's key.");
        }

        var baseUrl = BaseUrl.Trim();
        if (NeedsBaseUrl && baseUrl.Length == 0)
        {
            errors.Add("base_url", "Needed: the address that the models are called at.");
        }
        else if (baseUrl.Length > 0 && !(Uri.TryCreate(baseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            errors.Add("base_url", "An absolute address such as https://llm.example.com/v1.");
        }

        var models = FieldText.Words(Models);
        if (NeedsModels && models.Count == 0)
        {
            errors.Add("models", "At least one: the catalogue does not know what this server runs.");
        }

        var deployments = Deployments(errors);
        return errors.Any ? null : new CredentialDraft(
            Blank(ApiKey), Blank(BaseUrl), Enabled, Custom ? Kind : null, models.Count == 0 ? null : models)
        {
            AccessKey = accessKey.IsEmpty ? null : accessKey,
            Settings = Further.Count == 0 ? null : new ProviderSettings
            {
                Region = Value("region"), Project = Value("project"), Resource = Value("resource"), ApiVersion = Value("api_version"),
                InferenceProfile = Value("inference_profile"), Deployments = deployments,
            },
        };
    }

    private string? Value(string name) => Blank(Values.GetValueOrDefault(name) ?? "");

    /// <summary>Pairs of model and deployment, one a line.</summary>
    private Dictionary<string, string>? Deployments(FieldErrors errors)
    {
        if (Value("deployments") is not { } text)
        {
            return null;
        }

        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('=', StringSplitOptions.TrimEntries) is [{ Length: > 0 } model, { Length: > 0 } deployment])
            {
                pairs[model] = deployment;
            }
            else
            {
                errors.Add("settings.deployments", $"'{line}' is no pair. Write model = deployment, one a line.");
            }
        }

        return pairs;
    }

    /// <summary>The same as a change of what exists. Blank text takes a setting back, a blank key keeps the one that is there.</summary>
    public CredentialPatch? ToPatch(FieldErrors errors) => ToDraft(errors) is { } draft
        ? new CredentialPatch(draft.ApiKey, BaseUrl.Trim(), Enabled, draft.Models ?? []) { AccessKey = draft.AccessKey, Settings = draft.Settings }
        : null;

    /// <summary>A slug made from what people call a thing: "My vLLM box" becomes my-vllm-box.</summary>
    internal static string SlugOf(string name) => NotSlug().Replace(name.Trim().ToLowerInvariant(), "-").Trim('-');

    private static string? Blank(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex("^[a-z][a-z0-9-]{1,39}$")]
    private static partial Regex SlugForm();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotSlug();
}
