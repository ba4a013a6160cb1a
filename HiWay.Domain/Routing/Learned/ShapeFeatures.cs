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
        var kind = KindOf(ask);
        var form = FormOf(facts, ask, kind);
        AddBoth(ref sink, form, 1, Steps(ask.Words), Share.Complexity);
        AddBoth(ref sink, form, 2, Steps(ask.Numbers), Share.Complexity);
        AddBoth(ref sink, form, 3, Steps(ask.Lines), Share.Complexity);
        AddBoth(ref sink, form, 4, Math.Min(ask.Questions, 3), Share.Complexity);
        AddBoth(ref sink, form, 5, Steps(ask.MathMarks), Share.Complexity);
        AddBoth(ref sink, form, 6, Steps(ask.CodeMarks), Share.Code);
        AddBoth(ref sink, form, 7, Math.Min(ask.Fences, 2), Share.Code);
        AddBoth(ref sink, form, 8, Steps(ask.ListItems), Share.Complexity);
        AddBoth(ref sink, form, 9, Math.Min(facts.ToolCount, 5), Share.Tools);
        AddBoth(ref sink, form, 10, facts.ToolCount == 0 ? 0 : Steps(ToolTokens(facts)), Share.Tools);
        AddBoth(ref sink, form, 12, Steps(ask.Characters * 10 / words), Share.Complexity);
        AddBoth(ref sink, form, 13, ask.Numbers * 20 / words, Share.Complexity);
        AddBoth(ref sink, form, 14, Math.Min(10, ask.MathMarks * 20 / words), Share.Complexity);
        AddBoth(ref sink, form, 15, Math.Min(10, ask.CodeMarks * 20 / words), Share.Code);
        for (var cue = 0; cue < CueCounts.Count; cue++)
        {
            AddBoth(ref sink, form, 20 + (uint)cue, Math.Min(ask.Cues.Of((Cue)cue), 4), ShareOf((Cue)cue));
            if (ask.Opens((Cue)cue))
            {
                AddBoth(ref sink, form, 60 + (uint)cue, 1, ShareOf((Cue)cue));
            }
        }

        EmitPairs(facts, ask, kind, ref sink);
    }

    private static void EmitPairs<TSink>(in PromptFacts facts, in TextSignals ask, int kind, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
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

    /// <summary>3 code, 2 formulas, 1 many numbers, 0 prose.</summary>
    private static int KindOf(in TextSignals ask) =>
        ask.Fences > 0 || (ask.CodeMarks * 12 >= ask.Words && ask.CodeMarks >= 6) ? 3
        : ask.MathMarks * 10 >= ask.Words ? 2
        : ask.Numbers * 12 >= ask.Words ? 1 : 0;

    /// <summary>
    /// What form the request has: with tools, code, a list such as options to choose from, and else by its kind. A length or a number of
    /// questions says something else in each, in every language.
    /// </summary>
    private static int FormOf(in PromptFacts facts, in TextSignals ask, int kind) =>
        facts.ToolCount > 0 ? 1 : kind == 3 ? 3 : ask.ListItems >= 3 ? 4 : kind == 2 ? 5 : kind == 1 ? 6 : 7;

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

    /// <summary>The property, and once more for requests of this form only.</summary>
    private static void AddBoth<TSink>(ref TSink sink, int form, uint property, int value, Share share)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        Add(ref sink, property, value, share);
        sink.Shape(WordRuns.Key(5000 + property, (uint)((value * 8) + form)), share);
    }

    private static void Add<TSink>(ref TSink sink, uint property, int value, Share share)
        where TSink : struct, IFeatureSink, allows ref struct => sink.Shape(WordRuns.Key(1000 + property, (uint)value), share);
}
