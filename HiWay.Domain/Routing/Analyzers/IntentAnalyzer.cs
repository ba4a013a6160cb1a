using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>What the caller wants done: sorting and looking up are easy, building and reasoning are not.</summary>
internal sealed class IntentAnalyzer : IAnalyzer
{
    private const uint Hard = (1u << (int)Cue.Build) | (1u << (int)Cue.Plan) | (1u << (int)Cue.Reason) | (1u << (int)Cue.Prove);

    private const double Demanding = 0.7;

    // Hardest first: a request that says "summarise, then prove" is judged by the proof.
    private static readonly (Cue Cue, double Score, string Reason)[] Intents =
    [
        (Cue.Build, 0.85, "builds or repairs something"),
        (Cue.Prove, 0.8, "proves or derives something"),
        (Cue.Plan, 0.75, "plans or researches"),
        (Cue.Reason, 0.65, "reasons, compares or explains why"),
        (Cue.Compose, 0.4, "writes something new"),
        (Cue.Reshape, 0.2, "works on a given text"),
        (Cue.Sort, 0.1, "sorts, labels or extracts"),
        (Cue.LookUp, 0.1, "asks for a fact"),
    ];

    public string Name => "intent";

    public double Points => 0.5;

    public string[] Reasons { get; } = ["no text to judge", "small talk", "an open request", .. Intents.Select(intent => intent.Reason)];

    /// <remarks>Building, proving, planning: the data measures few of them, and people mean them.</remarks>
    public double Beside(in PromptFacts facts, Reading reading) => reading.Score >= Demanding ? 0.2 : 0;

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        ref readonly var ask = ref signals.Ask;
        if (ask.Words == 0)
        {
            return new(0.2, "no text to judge");
        }

        if (ask.Words <= 8 && ask.Cues.Any(Cue.SmallTalk) && (ask.Opening & Hard) == 0)
        {
            return new(0, "small talk");
        }

        // What stands further down is often material, not the task, and needs to be said twice to count.
        foreach (var (cue, score, reason) in Intents)
        {
            if (ask.Opens(cue) || ask.Cues.Of(cue) >= 2)
            {
                return new(Math.Min(1, score + (0.05 * Further(ask, cue))), reason);
            }
        }

        return new(0.25, "an open request");
    }

    /// <summary>How many other demanding intents the text names.</summary>
    private static int Further(in TextSignals ask, Cue found) =>
        (found is not Cue.Build && ask.Cues.Any(Cue.Build) ? 1 : 0)
        + (found is not Cue.Prove && ask.Cues.Any(Cue.Prove) ? 1 : 0)
        + (found is not Cue.Plan && ask.Cues.Any(Cue.Plan) ? 1 : 0)
        + (found is not Cue.Reason && ask.Cues.Any(Cue.Reason) ? 1 : 0);
}
