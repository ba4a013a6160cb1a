namespace HiWay.Domain.Guardian;

/// <summary>A prompt that came, by its hash.</summary>
/// <param name="AtMs">On the clock of the node that holds it.</param>
public readonly record struct PromptSeen(ulong Hash, long AtMs);

/// <summary>A step of a possible loop: the end of a prompt and the answer to it.</summary>
public readonly record struct StepSeen(TextPrint Prompt, TextPrint Answer, long AtMs);

/// <summary>What a node has seen of a key since it told the others last.</summary>
/// <param name="AdmittedMs">When it let a call through last; null when none since.</param>
public sealed record KeyNews(IReadOnlyList<PromptSeen> Prompts, IReadOnlyList<StepSeen> Steps, long? AdmittedMs);
