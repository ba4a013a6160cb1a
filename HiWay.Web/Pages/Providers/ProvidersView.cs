using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Pages.Providers;

/// <summary>What the workspace's list of providers shows.</summary>
public static class ProvidersView
{
    public static bool IsConnected(ProviderView provider) => provider.Status is not "not_configured";

    /// <summary>Providers that run wherever their owner put them, so only the workspace can say where.</summary>
    public static bool HasNoAddressOfItsOwn(string slug) => ProviderCatalogue.Find(slug) is { BaseUrl: null, Fields.Count: 0 };

    /// <summary>Where a built-in provider is called unless the workspace says otherwise.</summary>
    public static string? UsualAddress(string slug) => ProviderCatalogue.Find(slug)?.BaseUrl?.ToString();

    /// <summary>The address that the workspace gave; null when it is the provider's own.</summary>
    public static string? OwnAddress(ProviderView provider) =>
        provider.BaseUrl == UsualAddress(provider.Provider)
        || provider.BaseUrl == ProviderCatalogue.Resolve(provider.Provider, provider.Kind, null, provider.Settings ?? ProviderSettings.None)?.BaseUrl.ToString()
            ? null
            : provider.BaseUrl;

    /// <summary>What a key is called; the first one has no name until somebody gives it one.</summary>
    public static string KeyName(ProviderKeyView key, ProviderView provider) =>
        key.Label.Length > 0 ? key.Label : key.Id == provider.Keys[0].Id ? "First key" : "Unnamed key";

    /// <summary>A key's share of the provider's calls while all its keys are well.</summary>
    public static string Share(ProviderKeyView key, ProviderView provider)
    {
        var total = provider.Keys.Where(one => one.Enabled).Sum(one => one.Weight);
        return !key.Enabled ? "paused"
            : key.Weight == 0 ? "reserve"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100.0 * key.Weight / total:0.#}% of calls");
    }

    /// <summary>Those that match what was typed: name or slug.</summary>
    public static IEnumerable<ProviderView> Matching(IEnumerable<ProviderView> all, string? search) =>
        string.IsNullOrWhiteSpace(search)
            ? all
            : all.Where(p => p.Name.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase) || p.Provider.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase));

    /// <summary>One or two letters instead of a logo.</summary>
    public static string Monogram(string name)
    {
        var words = name.Split([' ', '-', '_', '.'], StringSplitOptions.RemoveEmptyEntries);
        var letters = words.Length > 1 ? $"{words[0][0]}{words[1][0]}" : name[..Math.Min(2, name.Length)];
        return letters.ToUpperInvariant();
    }

    /// <summary>A stable colour per provider: the number of a chart series, 1 to 7.</summary>
    /// <remarks>FNV-1a, because a string's own hash differs from start to start.</remarks>
    public static int Colour(string slug)
    {
        var hash = 2166136261u;
        foreach (var c in slug)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)((hash ^ hash >> 15) % 7) + 1;   // the eighth is the grey that stands for "other"
    }
}
