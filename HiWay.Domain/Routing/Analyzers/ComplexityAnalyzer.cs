using System.Numerics;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>How much the request holds: length, conditions, numbers, formulas, parts.</summary>
internal sealed class ComplexityAnalyzer : IAnalyzer
{
    public string Name => "complexity";

    public double Points => 0.5;

    public string[] Reasons { get; } =
        ["short and plain", "a long request", "several conditions to keep", "formulas", "many numbers", "several parts", "pictures, sound or files to read"];

    public double Beside(in PromptFacts facts, Reading reading) => 0.25;

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        ref readonly var ask = ref signals.Ask;
        var length = 0.4 * LengthStep(Math.Max(ask.Words, signals.AskBytes / 6));
        var conditions = 0.25 * Math.Min(ask.Cues.Of(Cue.Condition), 4) / 4;
        var numbers = 0.15 * Math.Min(ask.Numbers, 6) / 6;
        var formulas = 0.25 * Math.Min(ask.MathMarks, 6) / 6;
        var parts = 0.15 * Math.Min(ask.ListItems + Math.Max(0, ask.Questions - 1), 6) / 6;
        var media = facts.ImageCount > 0 || facts.HasFiles || facts.HasAudio ? 0.2 : 0;
        return new(
            Math.Min(1, length + conditions + numbers + formulas + parts + media),
            Largest(length, conditions, formulas, numbers, parts, media));
    }

    /// <summary>0 up to 16 words, 1 from 1,024 on, a sixth for each doubling in between; straight within a doubling.</summary>
    private static double LengthStep(int words)
    {
        if (words <= 16)
        {
            return 0;
        }

        var doublings = BitOperations.Log2((uint)words);
        return Math.Min(1, (doublings - 4 + ((words / (double)(1 << doublings)) - 1)) / 6);
    }

    private static string Largest(double length, double conditions, double formulas, double numbers, double parts, double media)
    {
        var most = Math.Max(Math.Max(Math.Max(length, conditions), Math.Max(formulas, numbers)), Math.Max(parts, media));
        return most < 0.05 ? "short and plain"
            : most == length ? "a long request"
            : most == conditions ? "several conditions to keep"
            : most == formulas ? "formulas"
            : most == numbers ? "many numbers"
            : most == parts ? "several parts"
            : "pictures, sound or files to read";
    }
}
