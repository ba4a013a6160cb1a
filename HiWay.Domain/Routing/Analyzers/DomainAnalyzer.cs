using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>The subject, and how often small models go wrong in it.</summary>
internal sealed class DomainAnalyzer : IAnalyzer
{
    private static readonly (Cue Cue, double Score, string Reason)[] Domains =
    [
        (Cue.Mathematics, 0.85, "mathematics"),
        (Cue.Law, 0.75, "law"),
        (Cue.Science, 0.75, "natural science"),
        (Cue.Medicine, 0.7, "medicine"),
        (Cue.Finance, 0.6, "finance"),
        (Cue.Code, 0.6, "software"),
    ];

    public string Name => "domain";

    public double Points => 0.25;

    public string[] Reasons { get; } = ["general", .. Domains.Select(domain => domain.Reason)];

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        ref readonly var ask = ref signals.Ask;
        var best = new Reading(0.1, "general");
        foreach (var (cue, full, reason) in Domains)
        {
            // One word may be chance ("the bond between them"); two are a subject.
            var hits = ask.Cues.Of(cue);
            var score = hits == 0 ? 0 : hits == 1 ? full * 0.5 : full;
            if (score > best.Score)
            {
                best = new(score, reason);
            }
        }

        return best;
    }
}
