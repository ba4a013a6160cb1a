using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>Whether there is code in the request, or a wish for some.</summary>
internal sealed class CodeAnalyzer : IAnalyzer
{
    public string Name => "code";

    public double Points => 0.25;

    public string[] Reasons { get; } = ["no code", "may concern code", "asks for code", "code in the request", "much code"];

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        ref readonly var ask = ref signals.Ask;
        var dense = ask.CodeMarks * 12 >= ask.Words; // one mark in a dozen words: prose has none
        if (ask.Fences > 0 || (ask.CodeMarks >= 6 && dense))
        {
            return ask.CodeMarks >= 40 ? new(1, "much code") : new(0.8, "code in the request");
        }

        if (ask.Cues.Of(Cue.Code) >= 2 || (ask.Cues.Any(Cue.Code) && ask.Cues.Any(Cue.Build)))
        {
            return new(0.5, "asks for code");
        }

        return ask.Cues.Any(Cue.Code) ? new(0.25, "may concern code") : new(0, "no code");
    }

    /// <summary>The ultra_light gate's question.</summary>
    internal static bool HasCode(in TextSignals text) => text.Fences > 0 || text.CodeMarks >= 4 || text.Cues.Of(Cue.Code) >= 2;
}
