using System.Globalization;
using HiWay.RouterTrainer;

// Trains the router: RouterTrainer <dev.jsonl> <weights file>. One thread, no chance, the same file every time on one machine.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length != 2)
{
    Console.Error.WriteLine("Usage: dotnet run --project build/RouterTrainer -c Release <dev.jsonl> HiWay.Domain/Routing/Learned/router-weights.bin");
    return 2;
}

var rows = DevSet.Load(args[0]);
var features = rows.ConvertAll(row => (row, PromptFeatures.Of(row)));
var margins = CrossValidation.Margins(rows, CrossValidation.Train(features));
var scores = margins.ToDictionary(m => m.Key, m => (double)m.Value);
var (sources, macro, pooled) = Metrics.Pairs(rows, scores);
foreach (var (source, apgr) in sources.OrderBy(s => s.Key, StringComparer.Ordinal))
{
    Console.WriteLine($"{source,-12} APGR {apgr:0.000}");
}

Console.WriteLine($"macro {macro:0.0000}, pooled {pooled:0.0000}, easy versus hard AUC {Metrics.EasyVersusHard(rows, scores):0.000}, each row judged by weights that have not seen it");

var weights = Training.Train(features, Training.Seed) with { Scale = Calibration.Scale(rows, margins) };
var file = weights.ToBytes();
File.WriteAllBytes(args[1], file);
Console.WriteLine($"{weights.Vocabulary.Keys.Length:N0} features, {file.Length:N0} bytes, scale {string.Join(", ", weights.Scale)}");
return 0;
