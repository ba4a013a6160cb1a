using System.Globalization;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Learned;
using HiWay.RouterTrainer;
using HiWay.RoutingBench;

// RoutingBench <dev.jsonl> [--perturb] [--time | --seed N | --seeds N]: quality by cross-validation, time of the shipped router. --perturb as in evaluate.py; --seed trains in another order than the
// shipped weights, --time measures decisions alone, and --seeds trains so N times (the shipped order first) and prints the sums alone with their spread, to tell what is chance.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var perturb = args.Contains("--perturb");
var seed = Number("--seed") ?? Training.Seed;
var plain = DevSet.Load(args[0]);
var rows = perturb ? DevSet.Load(args[0], perturb: true) : plain;

if (Number("--seeds") is null)
{
    DecisionTime.Print(rows);   // first, before the trainings below have filled the memory
}

if (args.Contains("--time"))
{
    return;
}

var features = plain.ConvertAll(row => (row, PromptFeatures.Of(row)));
if (Number("--seeds") is { } seeds)
{
    Spread(seeds);
    return;
}

var (scores, tiers) = Decide(seed);

Console.WriteLine($"{"set",-12} {"rows",6} {"APGR",6} {"AUC",6} {"tier ok",8} {"saved %",8} {"score",6}  light/standard/heavy %");
var (apgr, macro, pooled) = Metrics.Pairs(rows, scores);
foreach (var set in rows.GroupBy(row => row.Source).OrderBy(g => g.Key, StringComparer.Ordinal))
{
    var need = set.Where(r => r.Strong - r.Weak >= 0.2).Select(r => scores[r.Id]).ToArray();
    var rest = set.Where(r => r.Strong - r.Weak < 0.2).Select(r => scores[r.Id]).ToArray();
    var judged = set.Where(r => r.Expected is not null).ToArray();
    Console.WriteLine(
        $"{set.Key,-12} {set.Count(),6} {Show(apgr.TryGetValue(set.Key, out var a) ? a : null, "0.000"),6} {Show(need.Length > 0 ? Metrics.Auc(need, rest) : null, "0.000"),6} "
        + $"{Show(judged.Length > 0 ? judged.Average(r => r.Expected!.Contains(tiers[r.Id]) ? 1 : 0) : null, "0.000"),8} "
        + $"{Show(set.First().Tiers is not null ? Metrics.Tiers([.. set], tiers).SavedPercent : null, "0.0"),8} {set.Average(r => scores[r.Id]),6:0.00}  "
        + string.Join(" / ", new[] { Tier.Light, Tier.Standard, Tier.Heavy }.Select(t => Share(set, t).ToString("0"))));
}

var all = Metrics.Tiers(rows, tiers);
Console.WriteLine($"macro APGR {macro:0.0000}, pooled APGR {pooled:0.0000}, easy versus hard AUC {Metrics.EasyVersusHard(rows, scores):0.000}");
Console.WriteLine($"four-tier sets: quality {all.Quality:0.000} at cost {all.Cost:0.000}, {all.SavedPercent:0.0} % saved against mixing tiers at equal quality");

// Everyday requests, which no weights have seen: the shipped router.
var everyday = EverydayRequests.Load()
    .ConvertAll(request => (request.Kind, request.Language, Right: request.Row.Expected!.Contains((int)Router.Decide(request.Row.Facts, RoutingSettings.Default).Tier) ? 1 : 0));
Console.WriteLine($"{everyday.Count} everyday requests: {everyday.Average(r => r.Right):0.000} in a right tier");
Console.WriteLine("  " + string.Join(", ", everyday.GroupBy(r => r.Kind).Select(g => $"{g.Key} {g.Average(r => r.Right):0.00}")));
Console.WriteLine("  " + string.Join(", ", everyday.GroupBy(r => r.Language).Select(g => $"{g.Key} {g.Average(r => r.Right):0.00}")));

// Five routers, each trained without the rows it is asked about; trained on the unperturbed prompts in any case.
(Dictionary<string, double> Scores, Dictionary<string, int> Tiers) Decide(int order)
{
    var files = CrossValidation.Train(features, order);
    var scale = Calibration.Scale(plain, CrossValidation.Margins(plain, files));
    var models = Array.ConvertAll(files, file => new LearnedModel((file with { Scale = scale }).ToBytes()));
    var decisions = rows.ToDictionary(row => row.Id, row => Router.Decide(row.Facts, RoutingSettings.Default, models[row.Fold]));
    return (decisions.ToDictionary(d => d.Key, d => d.Value.Score.Score), decisions.ToDictionary(d => d.Key, d => (int)d.Value.Tier));
}

void Spread(int seeds)
{
    Console.WriteLine($"{"seed",-6} {"macro",7} {"pooled",7} {"easy/hard",9} {"saved %",8}");
    var all = new double[4][];
    Array.Fill(all, []);
    for (var order = Training.Seed; order < Training.Seed + seeds; order++)
    {
        var (scores, tiers) = Decide(order);
        var (_, macro, pooled) = Metrics.Pairs(rows, scores);
        double[] figures = [macro, pooled, Metrics.EasyVersusHard(rows, scores), Metrics.Tiers(rows, tiers).SavedPercent];
        all = [.. all.Zip(figures, (column, figure) => (double[])[.. column, figure])];
        Line(order.ToString(CultureInfo.InvariantCulture), figures);
    }

    Line("mean", [.. all.Select(column => column.Average())]);
    Line("least", [.. all.Select(column => column.Min())]);
    Line("most", [.. all.Select(column => column.Max())]);
    static void Line(string name, double[] figures) => Console.WriteLine($"{name,-6} {figures[0],7:0.0000} {figures[1],7:0.0000} {figures[2],9:0.000} {figures[3],8:0.0}");
}

int? Number(string name) => Array.IndexOf(args, name) is var at and >= 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : null;

double Share(IEnumerable<Row> set, Tier tier) => 100 * set.Average(r => tiers[r.Id] == (int)tier || (tier is Tier.Light && tiers[r.Id] == (int)Tier.UltraLight) ? 1.0 : 0);

static string Show(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
