using System.Diagnostics;
using System.Globalization;
using System.Text;
using HiWay.DetectionBench;
using HiWay.Domain.Privacy;
using HiWay.Domain.Shield;
using HiWay.ShieldTrainer;

// DetectionBench [pii lines] [injection lines]: recall and precision of masking; attacks by cross-validation (or, for other lines than the
// development set, by the shipped weights at the default threshold); time per 4 KB. From the root of the repository.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var data = Path.Combine("bench", "detection", "data");
var ownLines = Path.Combine("build", "ShieldTrainer", "Data", "own-lines.jsonl");
var dev = Path.Combine(data, "injection-dev.jsonl");
var injection = args.Length > 1 ? args[1] : dev;

Console.WriteLine("Personal data and secrets");
var pii = PiiTable.Load(args.Length > 0 ? args[0] : Path.Combine(data, "pii-test-values.jsonl"));
PiiTable.Print(pii);
if (args.Length == 0)
{
    Console.WriteLine();
    Console.WriteLine("The same on lines written for HiWay");
    PiiTable.Print(PiiTable.Load(Path.Combine(data, "pii-own-values.jsonl")));
}

Console.WriteLine();
if (Path.GetFullPath(injection) == Path.GetFullPath(dev))
{
    Console.WriteLine("Attacks, five-fold cross-validation, near-duplicates in one fold, lines marked noisy left out");
    var examples = Examples.Load(dev, ownLines);
    CrossValidation.Print(examples, CrossValidation.Margins(examples, new TrainingSettings()));
    Console.WriteLine();
    Console.WriteLine($"Harmless prompts of developers that no weights were trained on, shipped weights, threshold {ShieldModel.CalibratedScore}");
    ShippedTable.Print(DevSet.Load(Path.Combine(data, "harmless-own.jsonl")));
    Console.WriteLine();
    Console.WriteLine("Attacks and harmless texts of other styles than the development set's, likewise never trained on: machine text, documents, mail, many languages");
    ShippedTable.Print(DevSet.Load(Path.Combine(data, "held-out-own.jsonl")));
    Console.WriteLine();
    Console.WriteLine("Attacks and look-alikes in thirteen languages, likewise never trained on");
    ShippedTable.Print(DevSet.Load(Path.Combine(data, "languages-own.jsonl")));
}
else
{
    Console.WriteLine($"Attacks in {injection}, shipped weights, threshold {ShieldModel.CalibratedScore}");
    ShippedTable.Print(DevSet.Load(injection));
}

Console.WriteLine();
Console.WriteLine("Secrets in prompts, as the Shield sees them");
var secrets = pii.Where(line => line.Spans.Any(span => span.Type is not ("email" or "phone" or "card" or "iban"))).ToList();
var caught = secrets.Count(line => Judge(line.Text).Exists(threat => threat.Type == ThreatType.Secrets && threat.Score >= ShieldModel.CalibratedScore));
Console.WriteLine($"recall {(double)caught / secrets.Count:0.000} of {secrets.Count} prompts");

Console.WriteLine();
Console.WriteLine("Time per 4 KB, best of many runs");
var prose = Encoding.UTF8.GetBytes(string.Join(' ', DevSet.Load(dev).Where(row => !row.Attack && row.Utf8.Length < 400).Select(row => row.Text)))[..4096];
Measure("personal data and secrets", () =>
{
    List<PiiFinding>? found = null;
    PiiScanner.Everything.Scan(prose, ref found);
});
Measure("attacks", () => ShieldDetector.Judge(prose));
return 0;

static List<Threat> Judge(string text)
{
    using var prompt = new PromptCopy(text.Length * 4);
    prompt.Add(HiWay.Domain.Routing.PromptRole.User, System.Text.Json.JsonEncodedText.Encode(text).EncodedUtf8Bytes);
    return PromptJudge.Judge(prompt, []);
}

static void Measure(string name, Action run)
{
    for (var i = 0; i < 3_000; i++)
    {
        run();
    }

    var best = double.MaxValue;
    for (var round = 0; round < 50; round++)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            run();
        }

        best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMicroseconds / 20);
    }

    Console.WriteLine($"{name,-28} {best,8:0.0} us");
}
