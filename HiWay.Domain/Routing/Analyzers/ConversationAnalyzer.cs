using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>What lies before the last message: turns, tokens, and a task that may still be going on.</summary>
internal sealed class ConversationAnalyzer : IAnalyzer
{
    /// <summary>A last message of so few words says to go on and not what with.</summary>
    private const int ShortAnswer = 6;

    public string Name => "conversation";

    public double Points => 0.2;

    public string[] Reasons { get; } =
        ["one message", "one message with much material", "a conversation", "many turns", "a long history", "goes on with a demanding task"];

    public double Beside(in PromptFacts facts, Reading reading) => 1;

    public Reading Read(in PromptFacts facts, in PromptSignals signals)
    {
        var tokens = Math.Min(facts.PromptTokens, 16_000) / 16_000.0;
        if (signals.UserTurns <= 1 && signals.AssistantTurns == 0)
        {
            return new(0.6 * tokens, tokens >= 0.25 ? "one message with much material" : "one message");
        }

        // "Yes, go on" is as hard as what it continues.
        var task = signals.Earlier.Cues.Any(Cue.Build) || signals.Earlier.Cues.Any(Cue.Plan) || signals.Earlier.Cues.Any(Cue.Reason)
            || signals.Earlier.Cues.Any(Cue.Prove);
        var turns = Math.Min(signals.UserTurns + signals.AssistantTurns, 20) / 20.0;
        var goesOn = !task ? 0 : signals.Ask.Words <= ShortAnswer ? 0.8 : 0.4;
        var score = Math.Min(1, 0.1 + (0.3 * turns) + (0.3 * tokens) + goesOn);
        return new(score, task ? "goes on with a demanding task" : tokens >= 0.5 ? "a long history" : turns >= 0.5 ? "many turns" : "a conversation");
    }
}
