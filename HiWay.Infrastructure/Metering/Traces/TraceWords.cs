using System.Collections.Frozen;
using HiWay.Infrastructure.Metering.Journal;

namespace HiWay.Infrastructure.Metering.Traces;

/// <summary>
/// The words that nearly every trace is made of. The journal and the log hold their numbers: a call passes a dozen stages, and their names and
/// verdicts would be a third of its row. Any other text is written out.
/// </summary>
internal static class TraceWords
{
    /// <summary>They are referred to by position: a new word goes to the end, and none is ever changed or taken away.</summary>
    private static readonly string[] s_all =
    [
        // Stages.
        "authenticate", "read_body", "recall", "guardian", "guard", "shield", "mask", "judge_budget", "choose_chain", "guard_free", "reserve",
        "dispatch", "deliver", "resume",

        // Verdicts.
        "key", "member", "refused", "nothing", "within limits", "monitor", "clean", "off", "nothing to mask", "no body", "no cap", "costs nothing",
        "ok", "no free model", "test", "one answer", "answered", "answered by attempt 2", "failed after 1", "failed after 2", "failed after 3",
        "whole", "streamed", "relayed", "broke off", "the client left", "the upstream broke off",
    ];

    private static readonly FrozenDictionary<string, int> s_numbers = s_all.Index().ToFrozenDictionary(word => word.Item, word => word.Index, StringComparer.Ordinal);

    public static ReadOnlySpan<string> All => s_all;

    public static void Write(RecordWriter to, string text)
    {
        if (s_numbers.TryGetValue(text, out var number))
        {
            to.Word(number);
        }
        else
        {
            to.Text(text);
        }
    }
}
