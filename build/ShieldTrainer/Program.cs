using System.Globalization;
using HiWay.Domain.Shield;
using HiWay.ShieldTrainer;

// Trains the Shield: ShieldTrainer <injection-dev.jsonl> <own-lines.jsonl> <weights file>. One thread, no chance, the same file every time.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length != 3)
{
    Console.Error.WriteLine("Usage: dotnet run --project build/ShieldTrainer -c Release bench/detection/data/injection-dev.jsonl build/ShieldTrainer/Data/own-lines.jsonl HiWay.Domain/Shield/shield-weights.bin");
    return 2;
}

var examples = Examples.Load(args[0], args[1]);
var settings = new TrainingSettings();
var margins = CrossValidation.Margins(examples, settings);
CrossValidation.Print(examples, margins);
if (Environment.GetEnvironmentVariable("MISTAKES") is not null)
{
    CrossValidation.PrintMistakes(examples, margins);
}

var model = Fitting.Fit(examples, margins, settings);
File.WriteAllBytes(args[2], model.ToBytes());
Console.WriteLine($"cut {model.Cut:0.00}, slope {model.Slope:0.00}, {model.Slots.Count(weight => weight != 0):N0} runs of words, {model.ToBytes().Length:N0} bytes");
return 0;
