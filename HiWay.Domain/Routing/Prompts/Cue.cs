namespace HiWay.Domain.Routing.Prompts;

/// <summary>What a word or a phrase tells about the request it stands in.</summary>
internal enum Cue
{
    /// <summary>Hello, thanks, yes: talk without a task.</summary>
    SmallTalk,

    /// <summary>Classify, label, detect the sentiment, extract, parse: what the smallest models do well.</summary>
    Sort,

    /// <summary>What is, who was, when, where: one fact.</summary>
    LookUp,

    /// <summary>Translate, summarise, correct, rephrase: the text is there already.</summary>
    Reshape,

    /// <summary>Write, draft, compose.</summary>
    Compose,

    /// <summary>Implement, refactor, debug, migrate, design a system.</summary>
    Build,

    /// <summary>Why, step by step, analyse, compare, trade-off.</summary>
    Reason,

    /// <summary>Prove, derive, show that.</summary>
    Prove,

    /// <summary>Plan, strategy, roadmap, research: many steps in one answer.</summary>
    Plan,

    /// <summary>Must, exactly, at least, without: conditions to keep.</summary>
    Condition,
    Code,
    Mathematics,
    Science,
    Medicine,
    Law,
    Finance,

    /// <summary>You are an agent, use the tools, think before you act.</summary>
    Agent,
}

/// <summary>How often each cue was seen.</summary>
[System.Runtime.CompilerServices.InlineArray(Count)]
internal struct CueCounts
{
    internal const int Count = (int)Cue.Agent + 1;
    private ushort _first;

    internal readonly int Of(Cue cue) => this[(int)cue];

    internal readonly bool Any(Cue cue) => this[(int)cue] != 0;
}
