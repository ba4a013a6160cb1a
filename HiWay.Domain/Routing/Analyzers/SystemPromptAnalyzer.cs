using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>What the system prompt demands of every answer.</summary>
internal sealed class SystemPromptAnalyzer : IAnalyzer
{
    public string Name => "system_prompt";

    public double Points => 0.15;

    public string[] Reasons { get; } = ["no system prompt", "plain instructions", "long instructions", "many rules to follow", "sets an agent to work"];

    public double Beside(in PromptFacts facts, Reading reading) => 0.2;

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        if (signals.SystemBytes == 0)
        {
            return new(0, "no system prompt");
        }

        ref readonly var system = ref signals.System;
        var length = Math.Min(signals.SystemBytes, 6_000) / 6_000.0;
        var rules = Math.Min(system.Cues.Of(Cue.Condition), 8) / 8.0;
        var agent = Math.Min(system.Cues.Of(Cue.Agent) + system.Cues.Of(Cue.Reason), 4) / 4.0;
        var score = Math.Min(1, 0.1 + (0.4 * length) + (0.3 * rules) + (0.3 * agent));
        return new(score, agent >= 0.5 ? "sets an agent to work" : rules >= 0.5 ? "many rules to follow" : length >= 0.5 ? "long instructions" : "plain instructions");
    }
}
