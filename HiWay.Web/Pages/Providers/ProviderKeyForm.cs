using HiWay.Infrastructure.Credentials;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Providers;

/// <summary>What a person fills in for one of a provider's keys.</summary>
public sealed class ProviderKeyForm
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["api_key", "label", "weight", "base_url"];

    public required string Provider { get; init; }

    public required string ProviderName { get; init; }

    /// <summary>Null for a key that is to be added.</summary>
    public string? Id { get; private init; }

    public string ApiKey { get; set; } = "";

    public string Label { get; set; } = "";

    public int? Weight { get; set; } = 1;

    public string BaseUrl { get; set; } = "";

    public static ProviderKeyForm For(ProviderView provider) => new() { Provider = provider.Provider, ProviderName = provider.Name };

    public static ProviderKeyForm Of(ProviderKeyView key, ProviderView provider) => new()
    {
        Provider = provider.Provider, ProviderName = provider.Name, Id = key.Id, Label = key.Label, Weight = key.Weight,
    };

    /// <summary>The draft of a new key; null when something is missing, and then the errors say what.</summary>
    public ProviderKeyDraft? ToDraft(FieldErrors errors)
    {
        Check(errors);
        if (string.IsNullOrWhiteSpace(ApiKey))
        {
            errors.Add("api_key", "Paste the key.");
        }

        return errors.Any ? null : new ProviderKeyDraft(ApiKey.Trim(), Blank(Label), Weight!.Value, true, Blank(BaseUrl));
    }

    /// <summary>The change of a key that is there; a blank key keeps it.</summary>
    public ProviderKeyPatch? ToPatch(FieldErrors errors)
    {
        Check(errors);
        return errors.Any ? null : new ProviderKeyPatch(Blank(ApiKey), Label.Trim(), Weight);
    }

    private void Check(FieldErrors errors)
    {
        errors.Clear();
        if (Weight is null or < 0 or > 1000)
        {
            errors.Add("weight", "A whole number from 0 to 1000.");
        }
    }

    private static string? Blank(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
