namespace HiWay.Domain.Routing.Prompts;

/// <summary>What one pass over a text counted.</summary>
internal struct TextSignals
{
    internal CueCounts Cues;

    /// <summary>A bit per <see cref="Cue"/> seen among the first words, where people say what they want.</summary>
    internal uint Opening;

    internal int Characters;

    /// <summary>Words and numbers; ideographs count half, since two make about one word.</summary>
    internal int Words;

    internal int Numbers;

    internal int Lines;

    internal int Questions;

    /// <summary>Operators, powers, LaTeX commands, the mathematical signs of Unicode.</summary>
    internal int MathMarks;

    /// <summary>Braces, semicolons, arrows, calls, underscored names.</summary>
    internal int CodeMarks;

    /// <summary>Fences of three backticks.</summary>
    internal int Fences;

    /// <summary>Lines that begin with a bullet, a number or an option letter.</summary>
    internal int ListItems;

    internal readonly bool Opens(Cue cue) => (Opening & (1u << (int)cue)) != 0;
}
