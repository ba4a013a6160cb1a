using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>Tools on offer, tools demanded, tools already in use.</summary>
internal sealed class ToolsAnalyzer : IAnalyzer
{
    public string Name => "tools";

    public double Points => 0.3;

    public string[] Reasons { get; } =
        ["no tools", "one tool on offer", "a few tools on offer", "many tools on offer", "must call a tool", "in the middle of a tool run"];

    public double Beside(in PromptFacts facts, Reading reading) => facts.HasToolHistory ? 1 : 0;

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        if (facts.ToolCount == 0 && !facts.HasToolHistory)
        {
            return new(0, "no tools");
        }

        // Models lose their way in long tool lists sooner than in long texts.
        var score = facts.ToolCount >= 16 ? 0.9 : facts.ToolCount >= 6 ? 0.7 : facts.ToolCount >= 2 ? 0.5 : 0.4;
        return facts.HasToolHistory ? new(Math.Min(1, score + 0.2), "in the middle of a tool run")
            : facts.ToolForced ? new(score, "must call a tool")
            : new(score, facts.ToolCount == 1 ? "one tool on offer" : facts.ToolCount < 6 ? "a few tools on offer" : "many tools on offer");
    }
}
