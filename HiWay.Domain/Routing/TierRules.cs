using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing.Analyzers;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing;

/// <summary>From a score to a tier.</summary>
internal static class TierRules
{
    /// <summary>Limits of the ultra_light gate: characters of the request, tokens of the whole context.</summary>
    internal const int GateCharacters = 600, GateTokens = 500;

    internal static RouteDecision Decide(RouteScore score, in RouteFeatures features, RoutingSettings settings)
    {
        var plain = ByCuts(score.Score, settings);
        var tier = ByCuts(score.Score + settings.Margin, settings);
        var bumped = tier != plain;
        if (features.HasTools && tier < Tier.Standard)
        {
            return new(score, Tier.Standard, bumped, $"Score {score.Score:0.000} would do for {tier.Text()}, but tools go to standard or heavy.");
        }

        // The words of such tasks are mostly the material to sort, and material can sound hard. So where the request opens with the
        // task the gate asks for no score; elsewhere it opens from the lower half of standard down.
        if (settings.UltraLight && features.PassesGate && (features.SortsFirst || score.Score < (settings.LightBelow + settings.HeavyFrom) / 2))
        {
            return new(score, Tier.UltraLight, Bumped: false, $"Score {score.Score:0.000}: a short single task that the smallest models do.");
        }

        return new(score, tier, bumped, bumped
            ? $"Score {score.Score:0.000} is within {settings.Margin:0.###} below {Cut(tier, settings):0.##}, so {tier.Text()}."
            : tier switch
            {
                Tier.Light => $"Score {score.Score:0.000} is below {settings.LightBelow:0.##}.",
                Tier.Standard => $"Score {score.Score:0.000} is between {settings.LightBelow:0.##} and {settings.HeavyFrom:0.##}.",
                _ => $"Score {score.Score:0.000} is at least {settings.HeavyFrom:0.##}.",
            });
    }

    /// <summary>Single shot, short, no tools, no code, no reasoning; and the task is sorting, labelling, extracting or parsing.</summary>
    internal static bool PassesGate(in PromptFacts facts, in PromptSignals signals)
    {
        ref readonly var ask = ref signals.Ask;
        return signals.UserTurns == 1 && signals.AssistantTurns == 0
            && facts.ToolCount == 0 && !facts.HasToolHistory && !facts.WantsReasoning
            && facts.ImageCount == 0 && !facts.HasAudio && !facts.HasFiles
            && ask.Characters <= GateCharacters && signals.AskBytes <= GateCharacters * 6 && facts.PromptTokens <= GateTokens
            && !CodeAnalyzer.HasCode(ask)
            && !ask.Cues.Any(Cue.Reason) && !ask.Cues.Any(Cue.Prove) && !ask.Cues.Any(Cue.Build) && !ask.Cues.Any(Cue.Plan)
            && !signals.System.Cues.Any(Cue.Reason)
            && (ask.Cues.Any(Cue.Sort) || signals.System.Cues.Any(Cue.Sort));
    }

    /// <summary>The request, or a system prompt that sets the task, begins with sorting; and its material is no calculation.</summary>
    internal static bool IsSortingFirst(in PromptSignals signals) =>
        (signals.Ask.Opens(Cue.Sort) || signals.System.Opens(Cue.Sort))
        && signals.Ask.MathMarks < 3 && signals.Ask.Cues.Of(Cue.Mathematics) < 2 && signals.Ask.Cues.Of(Cue.Science) < 2;

    private static Tier ByCuts(double score, RoutingSettings settings) =>
        score < settings.LightBelow ? Tier.Light : score < settings.HeavyFrom ? Tier.Standard : Tier.Heavy;

    private static double Cut(Tier tier, RoutingSettings settings) => tier is Tier.Heavy ? settings.HeavyFrom : settings.LightBelow;
}
