using System.Globalization;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Providers;
using HiWay.Infrastructure.Snapshots;

namespace HiWay.Infrastructure.Credentials;

/// <summary>Between a credential's row and what people and the audit log see of it. The key itself is in neither.</summary>
internal static class ProviderViews
{
    /// <param name="keys">The provider's credentials, oldest first; at least one.</param>
    public static ProviderView View(IReadOnlyList<CredentialRow> keys, CatalogueSnapshot catalogue)
    {
        var row = keys[0];
        var provider = ProviderCatalogue.Find(row.Provider) ?? ProviderCatalogue.Custom(row.Provider, row.Kind);
        return new(
            row.Provider, provider?.Name ?? row.Provider, row.Enabled ? "enabled" : "disabled", row.Enabled, row.Kind, row.BaseUrl ?? (provider?.BaseUrl ?? ProviderCatalogue.Resolve(row)?.BaseUrl)?.AbsoluteUri,
            row.Last4, row.Models, provider?.Custom ?? true, provider?.NeedsApiKey ?? false, provider?.KeysUrl,
            provider is null ? 0 : ProviderModels.Of(row, provider, catalogue).Count(model => model.Listed),
            row.CreatedAt, row.UpdatedAt, row.TestedAt, row.TestError, [.. keys.Select(Key)])
        {
            Settings = row.Settings is null ? null : ProviderSettings.Read(row.Settings),
        };
    }

    public static ProviderView NotConfigured(ProviderDefinition provider, CatalogueSnapshot catalogue) => new(
        provider.Slug, provider.Name, "not_configured", false, null, provider.BaseUrl?.AbsoluteUri, null, null, false, provider.NeedsApiKey, provider.KeysUrl,
        catalogue.OfProvider(provider.Slug).Count(model => model.Listed), null, null, null, null, []);

    public static ProviderKeyView Key(CredentialRow row) => new(
        row.Id, row.Label, row.Weight, !row.Paused, row.Last4, row.BaseUrl, row.CreatedAt, row.UpdatedAt, row.TestedAt, row.TestError);

    public static Dictionary<string, string?> Facts(CredentialRow row) => new(StringComparer.Ordinal)
    {
        ["kind"] = row.Kind,
        ["base_url"] = row.BaseUrl,
        ["last4"] = row.Last4,
        ["enabled"] = row.Enabled ? "true" : "false",
        ["settings"] = row.Settings is null ? null : string.Join("; ", ProviderSettings.Read(row.Settings).Named().Where(field => field.Value is not null).Select(field => $"{field.Name}: {field.Value}")),
        ["models"] = row.Models is null ? null : string.Join(", ", row.Models),
        ["label"] = row.Label,
        ["weight"] = row.Weight.ToString(CultureInfo.InvariantCulture),
        ["paused"] = row.Paused ? "true" : "false",
        ["key_saved_at"] = row.UpdatedAt.ToString("u", CultureInfo.InvariantCulture),
    };
}
