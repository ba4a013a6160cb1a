using System.Text.Json;

namespace HiWay.Infrastructure.Catalogue;

/// <summary>The model data that comes with HiWay; build/Catalogue writes it, Data/ORIGINS.md says from what.</summary>
internal static class CatalogueFile
{
    public static CatalogueData Read()
    {
        using var stream = typeof(CatalogueFile).Assembly.GetManifestResourceStream("catalogue.json")
            ?? throw new InvalidOperationException("The assembly carries no catalogue.json; the build is broken.");
        return JsonSerializer.Deserialize<CatalogueData>(stream, CatalogueJson.Options)
            ?? throw new InvalidOperationException("catalogue.json is empty; run build/Catalogue.");
    }
}
