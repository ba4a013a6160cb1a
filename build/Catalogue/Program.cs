using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HiWay.CatalogueTool;
using HiWay.Infrastructure.Catalogue;

// Deterministic: the same sources give the same bytes. Run it from the root of the repository.
if (args is not [var folder])
{
    Console.Error.WriteLine("usage: dotnet run --project build/Catalogue -c Release <folder with models.json and models-legacy.json>");
    return 1;
}

using var current = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "models.json")));
using var retired = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "models-legacy.json")));
var models = SourceReader.Read(current.RootElement.GetProperty("models"), retired.RootElement.GetProperty("models"));

var rows = models.Select(model => JsonSerializer.Serialize(model, CatalogueJson.Options)).ToList();
var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows))))[..12];
var version = $"{current.RootElement.GetProperty("generated").GetString()}-{digest}";

// One model a line, so that a change to the data reads as a change of lines.
var path = Path.Combine("HiWay.Infrastructure", "Catalogue", "Data", "catalogue.json");
File.WriteAllText(path, $"{{\"version\":\"{version}\",\"models\":[\n{string.Join(",\n", rows)}\n]}}\n");
Console.WriteLine($"{models.Count} models, version {version}, {models.Count(model => model.Quality is not null)} with quality, {models.Count(model => !model.Listed)} retired");
return 0;
