using HiWay.Domain.Guardian.Rules;

namespace HiWay.Domain.Guardian;

/// <summary>
/// The steps that a key's callers have been repeating: a step is the end of a prompt and the answer to it. Twelve steps are remembered, so
/// that an agent that goes round in a few of them is seen too. Not thread-safe: its owner locks.
/// </summary>
public sealed class LoopWindow
{
    private const int Places = 12;

    private readonly Step[] _steps = new Step[Places];
    private long _answers;
    private long _loopsUntilMs = long.MinValue;
    private int _loopedSeconds;

    private struct Step
    {
        public TextPrint Prompt;
        public TextPrint Answer;
        public long FirstMs;
        public long LastMs;
        public int Times;

        /// <summary>Answers of the key before the first of this step.</summary>
        public long AnswersBefore;
    }

    /// <summary>Counts an answer.</summary>
    /// <returns>The violation that it completes; null while all is in line.</returns>
    public GuardianHit? Add(in TextPrint prompt, in TextPrint answer, in ZombieAgentLimits limits, long nowMs) =>
        Judge(_steps[Count(prompt, answer, limits, nowMs)], limits, ZombieAgentRule.LongestGapMs(limits));

    /// <summary>Takes in an answer of another node. Whether it completes a violation is seen with the next one of this node, which has a call to tell of.</summary>
    public void Hear(in StepSeen step, in ZombieAgentLimits limits) => Count(step.Prompt, step.Answer, limits, step.AtMs);

    /// <summary>The place of the step that the answer belongs to.</summary>
    private int Count(in TextPrint prompt, in TextPrint answer, in ZombieAgentLimits limits, long nowMs)
    {
        _answers++;
        var gap = ZombieAgentRule.LongestGapMs(limits);
        var stalest = 0;
        for (var i = 0; i < Places; i++)
        {
            ref var step = ref _steps[i];
            if (step.Times > 0 && nowMs - step.LastMs <= gap
                && TextPrint.Similarity(step.Answer, answer) >= limits.Similarity && TextPrint.Similarity(step.Prompt, prompt) >= ZombieAgentRule.PromptSimilarity)
            {
                step.Times++;
                step.LastMs = Math.Max(step.LastMs, nowMs);
                return i;
            }

            if (_steps[stalest].Times > 0 && (step.Times == 0 || step.LastMs < _steps[stalest].LastMs))
            {
                stalest = i;
            }
        }

        _steps[stalest] = new() { Prompt = prompt, Answer = answer, FirstMs = nowMs, LastMs = nowMs, Times = 1, AnswersBefore = _answers - 1 };
        return stalest;
    }

    /// <summary>Whether a loop that was found still goes on, for actions that let the key live.</summary>
    public GuardianHit? Judge(in ZombieAgentLimits limits, long nowMs) => nowMs >= _loopsUntilMs
        ? null
        : new(GuardianRule.ZombieAgent, limits.Action, limits.Action is not GuardianAction.Alert, (int)((_loopsUntilMs - nowMs + 999) / 1000),
            _loopedSeconds, limits.WindowSeconds, limits.WindowSeconds);

    /// <summary>The loop has been answered for: a restored key begins anew.</summary>
    public void Clear()
    {
        Array.Clear(_steps);
        (_answers, _loopsUntilMs) = (0, long.MinValue);
    }

    private GuardianHit? Judge(in Step step, in ZombieAgentLimits limits, long gap)
    {
        var looped = step.LastMs - step.FirstMs;
        if (looped < limits.WindowSeconds * 1000L || step.Times < ZombieAgentRule.LeastAnswers
            || step.Times < (_answers - step.AnswersBefore) * ZombieAgentRule.LeastShare)
        {
            return null;
        }

        (_loopsUntilMs, _loopedSeconds) = (step.LastMs + gap, (int)(looped / 1000));
        return new(GuardianRule.ZombieAgent, limits.Action, Stops: false, 0, _loopedSeconds, limits.WindowSeconds, limits.WindowSeconds);
    }
}
