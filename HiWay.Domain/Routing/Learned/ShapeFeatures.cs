using System.Numerics;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Learned;

/// <summary>
/// Properties of the whole prompt as features: counts in steps that double, and pairs of properties that mean more together (a short
/// question about law with four options, a long one with formulas). Sums of single weights cannot say that.
/// </summary>
internal static class ShapeFeatures
{
    internal static void Emit<TSink>(in PromptFacts facts, in PromptSignals signals, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        ref readonly var ask = ref signals.Ask;
        var words = Math.Max(1, ask.Words);
        Add(ref sink, 1, Steps(ask.Words), Share.Complexity);
        Add(ref sink, 2, Steps(ask.Numbers), Share.Complexity);
        Add(ref sink, 3, Steps(ask.Lines), Share.Complexity);
        Add(ref sink, 4, Math.Min(ask.Questions, 3), Share.Complexity);
        Add(ref sink, 5, Steps(ask.MathMarks), Share.Complexity);
        Add(ref sink, 6, Steps(ask.CodeMarks), Share.Code);
        Add(ref sink, 7, Math.Min(ask.Fences, 2), Share.Code);
        Add(ref sink, 8, Steps(ask.ListItems), Share.Complexity);
        Add(ref sink, 9, Math.Min(facts.ToolCount, 5), Share.Tools);
        Add(ref sink, 10, facts.ToolCount == 0 ? 0 : Steps(ToolTokens(facts)), Share.Tools);
        Add(ref sink, 12, Steps(ask.Characters * 10 / words), Share.Complexity);
        Add(ref sink, 13, ask.Numbers * 20 / words, Share.Complexity);
        Add(ref sink, 14, Math.Min(10, ask.MathMarks * 20 / words), Share.Complexity);
        Add(ref sink, 15, Math.Min(10, ask.CodeMarks * 20 / words), Share.Code);
        for (var cue = 0; cue < CueCounts.Count; cue++)
        {
            Add(ref sink, 20 + (uint)cue, Math.Min(ask.Cues.Of((Cue)cue), 4), ShareOf((Cue)cue));
            if (ask.Opens((Cue)cue))
            {
                Add(ref sink, 60 + (uint)cue, 1, ShareOf((Cue)cue));
            }
        }

        EmitPairs(facts, ask, ref sink);
    }

    private static void EmitPairs<TSink>(in PromptFacts facts, in TextSignals ask, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        var kind = ask.Fences > 0 || (ask.CodeMarks * 12 >= ask.Words && ask.CodeMarks >= 6) ? 3
            : ask.MathMarks * 10 >= ask.Words ? 2
            : ask.Numbers * 12 >= ask.Words ? 1 : 0;
        var list = ask.ListItems >= 7 ? 3 : ask.ListItems >= 3 ? 2 : ask.ListItems > 0 ? 1 : 0;
        var length = Math.Clamp(BitOperations.Log2((uint)ask.Words + 1) - 2, 0, 7);
        var opening = ask.Opens(Cue.Build) ? 1 : ask.Opens(Cue.Reason) || ask.Opens(Cue.Prove) ? 2 : ask.Opens(Cue.Compose) ? 3
            : ask.Opens(Cue.LookUp) ? 4 : ask.Opens(Cue.Mathematics) ? 5 : 0;
        var subject = Subject(ask);
        Add(ref sink, 200, (kind * 8) + list, Share.Complexity);
        Add(ref sink, 201, (kind * 8) + length, Share.Complexity);
        Add(ref sink, 202, (list * 8) + length, Share.Complexity);
        Add(ref sink, 203, (opening * 8) + length, Share.Intent);
        Add(ref sink, 204, (opening * 8) + kind, Share.Intent);
        Add(ref sink, 205, (subject * 8) + list, Share.Domain);
        Add(ref sink, 206, (subject * 8) + length, Share.Domain);
        Add(ref sink, 207, (((kind * 4) + list) * 8) + length, Share.Complexity);
        Add(ref sink, 208, (subject * 8) + kind, Share.Domain);
        Add(ref sink, 209, (Math.Min(facts.ToolCount, 4) * 8) + length, Share.Tools);
    }

    /// <summary>The subject with the most cue words; 0 for none.</summary>
    private static int Subject(in TextSignals ask)
    {
        var (subject, most) = (0, 0);
        foreach (var cue in (ReadOnlySpan<Cue>)[Cue.Mathematics, Cue.Science, Cue.Medicine, Cue.Law, Cue.Finance, Cue.Code])
        {
            if (ask.Cues.Of(cue) > most)
            {
                (subject, most) = ((int)cue, ask.Cues.Of(cue));
            }
        }

        return subject;
    }

    private static Share ShareOf(Cue cue) => cue switch
    {
        Cue.Condition => Share.Complexity,
        Cue.Code => Share.Code,
        Cue.Mathematics or Cue.Science or Cue.Medicine or Cue.Law or Cue.Finance => Share.Domain,
        _ => Share.Intent,
    };

    /// <summary>Tokens that are not the messages' own: the tools' descriptions.</summary>
    private static int ToolTokens(in PromptFacts facts)
    {
        var bytes = 0;
        foreach (ref readonly var text in facts.Texts)
        {
            bytes += text.Length;
        }

        return Math.Max(0, facts.PromptTokens - (bytes / 4));
    }

    /// <summary>0, 1, 2, 3, then two steps for each doubling.</summary>
    private static int Steps(int value)
    {
        if (value < 4)
        {
            return Math.Max(0, value);
        }

        var doublings = BitOperations.Log2((uint)value);
        return (2 * doublings) + (int)(((uint)value >> (doublings - 1)) & 1);
    }

    private static void Add<TSink>(ref TSink sink, uint property, int value, Share share)
        where TSink : struct, IFeatureSink, allows ref struct => sink.Shape(WordRuns.Key(1000 + property, (uint)value), share);
}
